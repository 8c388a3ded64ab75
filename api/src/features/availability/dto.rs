use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AvailabilityQuery {
    /// `transactionTime` of an earlier manifest. The manifest is always whole; use `If-None-Match`.
    #[serde(rename = "_since")]
    #[expect(dead_code, reason = "it has to be an instant, and nothing else follows from it")]
    pub since: Option<DateTime<Utc>>,
}
