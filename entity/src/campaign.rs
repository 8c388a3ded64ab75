//! A campaign of a year (质量月, 三进 …): a theme, slogans, and what belongs to it.

use sea_orm::entity::prelude::*;

use crate::scope::{Common as _, Scoped};

words! {
    /// 质量月, 三进 (进社区、进校园、进乡镇), and others.
    CampaignKind { QualityMonth, ThreeEntries, Other }
}

words! {
    CampaignStatus { Draft, Published, Archived }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "campaigns")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: CampaignKind,
    pub year: i16,
    pub title: String,
    pub theme: String,
    pub description: String,
    /// A list of texts.
    pub slogans: Json,
    /// Where it is held; none is the whole country.
    pub region_code: Option<String>,
    /// Days in China, both included.
    pub starts_on: Date,
    pub ends_on: Date,
    /// Among the media files.
    pub cover_id: Option<Uuid>,
    pub cover_alt: Option<String>,
    pub status: CampaignStatus,
    /// Last time.
    pub published_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What the public may see.
    #[must_use]
    pub fn published() -> Scoped<Self> {
        Self::common().filter(Column::Status.eq(CampaignStatus::Published))
    }
}
