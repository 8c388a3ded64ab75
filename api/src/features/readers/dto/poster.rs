use chrono::{DateTime, NaiveDate, Utc};
use entity::article_share::ShareChannel;
use entity::article_vote::VoteReason;
use entity::poster_code;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::platform::http::text::{one_line, trimmed};

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePosterCode {
    /// Where the poster hangs or how it is handed out; no person.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 60), custom(function = "one_line"))]
    #[schema(example = "和平里社区公告栏")]
    pub label: String,
    #[validate(length(max = 9))]
    #[schema(example = "110101001")]
    pub region_code: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HitsQuery {
    /// First day (China); thirty days before `to` when absent.
    pub from: Option<NaiveDate>,
    /// Last day; today when absent. At most 366 days.
    pub to: Option<NaiveDate>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PosterCodeView {
    pub id: Uuid,
    #[schema(example = "7F3K9QXW")]
    pub code: String,
    /// What the picture holds.
    pub url: String,
    pub article_id: Uuid,
    pub label: String,
    pub region_code: Option<String>,
    pub created_at: DateTime<Utc>,
    /// From then on it still leads to the article and is not counted.
    pub closed_at: Option<DateTime<Utc>>,
    pub hits: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DayHits {
    pub on: NaiveDate,
    pub hits: i64,
}

/// Days without a hit are left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct PosterHitsView {
    pub id: Uuid,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub days: Vec<DayHits>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonCount {
    pub reason: VoteReason,
    pub votes: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ShareCount {
    pub channel: ShareChannel,
    pub shares: i64,
}

/// How an article is received, in numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadershipView {
    /// The article.
    pub id: Uuid,
    pub useful: i32,
    pub not_useful: i32,
    pub reasons: Vec<ReasonCount>,
    pub favourites: i64,
    pub shares: Vec<ShareCount>,
    /// Of all posters together.
    pub poster_hits: i64,
}

impl PosterCodeView {
    pub fn of(row: poster_code::Model, prefix: &str, hits: i64) -> Self {
        Self {
            id: row.id,
            url: format!("{prefix}{}", row.code),
            code: row.code,
            article_id: row.article_id,
            label: row.label,
            region_code: row.region_code,
            created_at: row.created_at,
            closed_at: row.closed_at,
            hits,
        }
    }
}
