use chrono::{DateTime, NaiveDate, Utc};
use entity::complaint::{self, ComplaintDemand, ComplaintStatus};
use entity::complaint_event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{ComplaintAction, Party, allowed_actions};
use crate::paged_filter;
use crate::platform::http::text::{many_lines, one_line, phone, trimmed, trimmed_option};

/// What Art. 10 asks of a complaint.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitComplaint {
    #[validate(nested)]
    pub complainant: Complainant,
    #[validate(nested)]
    pub respondent: Respondent,
    pub demand: ComplaintDemand,
    /// What happened: time, place, content, dispute.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 10, max = 4000), custom(function = "many_lines"))]
    pub facts: String,
    /// Amount in dispute, in fen (0.01 yuan).
    #[validate(range(min = 0, max = 10_000_000_000_i64))]
    pub amount_fen: Option<i64>,
    pub purchased_on: Option<NaiveDate>,
    /// 是否同意公示投诉信息
    pub is_publishable: bool,
    /// 是否同意委托调解
    pub is_delegable: bool,
}

/// Real identity (Art. 10): kept encrypted, shown to the handler only.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Complainant {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 40), custom(function = "one_line"))]
    pub name: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(max = 20), custom(function = "phone"))]
    pub phone: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 200), custom(function = "one_line"))]
    pub address: String,
}

#[derive(Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Respondent {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 120), custom(function = "one_line"))]
    pub name: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 200), custom(function = "one_line"))]
    pub address: String,
    /// County, street or township where the respondent does business (Art. 13).
    #[validate(length(max = 9))]
    #[schema(example = "110101")]
    pub region_code: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptComplaint {
    /// Shown to the complainant.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 500), custom(function = "many_lines"))]
    pub note: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseComplaint {
    /// 1–7: the ground of Art. 16.
    #[validate(range(min = 1, max = 7))]
    pub ground: i16,
    /// The reason and the other remedies of Art. 39 of the Consumer Protection Law, as Art. 15
    /// demands. Shown to the complainant.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 500), custom(function = "many_lines"))]
    pub note: String,
}

paged_filter! {
    ComplaintFilter {
        status: ComplaintStatus,
    }
}

/// A complaint without the complainant's identity.
#[derive(Serialize, ToSchema)]
pub struct ComplaintSummary {
    pub id: Uuid,
    #[schema(example = "TS20261120-7F3K9QXW")]
    pub number: String,
    pub status: ComplaintStatus,
    pub respondent: Respondent,
    pub demand: ComplaintDemand,
    pub received_at: DateTime<Utc>,
    /// The authority answers by the end of this day (China).
    pub accept_due_on: NaiveDate,
    pub decided_at: Option<DateTime<Utc>>,
    /// Ground of Art. 16 when it was not accepted.
    pub refusal_ground: Option<i16>,
    pub version: i32,
    pub allowed_actions: Vec<ComplaintAction>,
}

#[derive(Serialize, ToSchema)]
pub struct ComplaintView {
    #[serde(flatten)]
    pub summary: ComplaintSummary,
    pub facts: String,
    pub amount_fen: Option<i64>,
    pub purchased_on: Option<NaiveDate>,
    pub is_publishable: bool,
    pub is_delegable: bool,
    /// Masked for the complainant, whole for the handler.
    pub complainant: ComplainantView,
    pub timeline: Vec<ComplaintEventView>,
}

#[derive(Serialize, ToSchema)]
pub struct ComplainantView {
    pub name: String,
    pub phone: String,
    /// Only the handler needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ComplaintEventView {
    pub at: DateTime<Utc>,
    pub status: ComplaintStatus,
    pub note: Option<String>,
}

impl ComplaintSummary {
    pub fn of(row: &complaint::Model, who: Party) -> Self {
        Self {
            id: row.id,
            number: row.number.clone(),
            status: row.status,
            respondent: Respondent {
                name: row.respondent_name.clone(),
                address: row.respondent_address.clone(),
                region_code: row.region_code.clone(),
            },
            demand: row.demand,
            received_at: row.received_at,
            accept_due_on: row.accept_due_on,
            decided_at: row.decided_at,
            refusal_ground: row.refusal_ground,
            version: row.version,
            allowed_actions: allowed_actions(who, row.status),
        }
    }
}

impl From<complaint_event::Model> for ComplaintEventView {
    fn from(row: complaint_event::Model) -> Self {
        Self { at: row.at, status: row.to_status, note: row.note }
    }
}
