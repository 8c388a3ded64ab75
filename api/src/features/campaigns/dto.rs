use chrono::{DateTime, NaiveDate, Utc};
use entity::campaign::{self, CampaignKind, CampaignStatus};
use entity::campaign_item::CampaignItemKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::slogans;
use crate::paged_filter;
use crate::platform::http::text::{many_lines, one_line, trimmed, trimmed_option};

paged_filter! {
    CampaignFilter {
        kind: CampaignKind,
        year: i16,
        /// Code of a region; campaigns that reach it: its own, those of the regions above, the country's.
        #[param(example = "110108")]
        region: String,
    }
}

paged_filter! {
    StaffCampaignFilter {
        status: CampaignStatus,
        kind: CampaignKind,
    }
}

/// The whole of a campaign as an editor writes it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteCampaign {
    pub kind: CampaignKind,
    #[validate(range(min = 2015, max = 2100))]
    pub year: i16,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    #[schema(example = "2026 年全国“质量月”")]
    pub title: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub theme: String,
    #[serde(default, deserialize_with = "trimmed")]
    #[validate(length(max = 2000), custom(function = "many_lines"))]
    pub description: String,
    /// At most 20, of 60 characters each.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "slogans"))]
    pub slogans: Vec<String>,
    /// Absent: the whole country.
    #[validate(length(max = 9))]
    pub region_code: Option<String>,
    /// Days in China, both included.
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    /// An uploaded picture (purpose `article_cover` or `article_image`).
    pub cover_id: Option<Uuid>,
    /// What the cover shows; needed with a cover.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 120), custom(function = "one_line"))]
    pub cover_alt: Option<String>,
    /// In the order in which they are shown.
    #[serde(default)]
    #[validate(length(max = 50))]
    pub items: Vec<WriteCampaignItem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteCampaignItem {
    pub kind: CampaignItemKind,
    pub id: Uuid,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CampaignSummary {
    pub id: Uuid,
    pub kind: CampaignKind,
    pub year: i16,
    pub title: String,
    pub theme: String,
    pub slogans: Vec<String>,
    /// None: the whole country.
    pub region_code: Option<String>,
    /// Days in China, both included.
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    /// Relative to the server.
    pub cover_url: Option<String>,
    pub cover_alt: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
}

/// An article, a quiz or a stop that is public now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CampaignItemView {
    pub kind: CampaignItemKind,
    pub id: Uuid,
    pub title: String,
    /// Of a stop its address.
    pub summary: String,
    /// Of an article, relative to the server.
    pub cover_url: Option<String>,
    pub cover_alt: Option<String>,
    /// Of a stop.
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignView {
    #[serde(flatten)]
    pub campaign: CampaignSummary,
    pub description: String,
    pub items: Vec<CampaignItemView>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffCampaignSummary {
    #[serde(flatten)]
    pub campaign: CampaignSummary,
    pub status: CampaignStatus,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffCampaignItem {
    pub kind: CampaignItemKind,
    pub id: Uuid,
    /// Whether the public sees it now.
    pub is_public: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffCampaignView {
    #[serde(flatten)]
    pub summary: StaffCampaignSummary,
    pub description: String,
    pub cover_id: Option<Uuid>,
    pub items: Vec<StaffCampaignItem>,
}

impl From<&campaign::Model> for CampaignSummary {
    fn from(row: &campaign::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            year: row.year,
            title: row.title.clone(),
            theme: row.theme.clone(),
            slogans: serde_json::from_value(row.slogans.clone()).unwrap_or_default(),
            region_code: row.region_code.clone(),
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            cover_url: row.cover_id.map(|id| format!("/api/v1/media/files/{id}")),
            cover_alt: row.cover_alt.clone(),
            published_at: row.published_at,
        }
    }
}

impl From<&campaign::Model> for StaffCampaignSummary {
    fn from(row: &campaign::Model) -> Self {
        let (status, updated_at, version) = (row.status, row.updated_at, row.version);
        Self { campaign: row.into(), status, updated_at, version }
    }
}
