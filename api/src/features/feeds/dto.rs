use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Code of a category; of bulletins a kind, such as `recall`.
    #[param(example = "notice")]
    pub category: Option<String>,
    /// From the address of the next page in the feed.
    pub cursor: Option<String>,
}
