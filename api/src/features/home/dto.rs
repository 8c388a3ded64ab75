use chrono::{DateTime, NaiveDate, Utc};
use entity::bulletin::{self, BulletinKind, RiskLevel};
use entity::home_page;
use entity::lab_service::ServiceKind;
use entity::stop::{self, StopKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::MOST_BANNERS;
use crate::features::campaigns::CampaignSummary;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HomeQuery {
    /// Code of a region: its campaign rather than the country's, and stops and slots of its city.
    #[param(example = "110108")]
    pub region: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateHome {
    /// Ids of articles, in the order in which they are shown. One that is not public is not shown.
    #[validate(length(max = MOST_BANNERS))]
    pub banners: Vec<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HomeView {
    /// The one that runs today and is nearest.
    pub campaign: Option<CampaignSummary>,
    /// Articles that editors put on top.
    pub banners: Vec<HomeArticle>,
    /// Newest first.
    pub articles: Vec<HomeArticle>,
    /// The newest articles of the category `notice`.
    pub announcements: Vec<HomeArticle>,
    /// Warnings, recalls and other bulletins in force for the country or near by, newest first.
    pub bulletins: Vec<HomeBulletin>,
    /// Quizzes that can be answered, newest first.
    pub quizzes: Vec<HomeQuiz>,
    /// Where labs come to next.
    pub stops: Vec<HomeStop>,
    /// The next slots with room for everybody.
    pub slots: Vec<HomeSlot>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HomeArticle {
    pub id: Uuid,
    pub title: String,
    pub summary: String,
    pub category: String,
    /// Relative to the server.
    pub cover_url: Option<String>,
    pub cover_alt: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HomeBulletin {
    pub id: Uuid,
    pub kind: BulletinKind,
    pub number: Option<String>,
    pub title: String,
    pub level: Option<RiskLevel>,
    pub issued_on: NaiveDate,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HomeQuiz {
    pub id: Uuid,
    pub title: String,
    pub description: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HomeStop {
    pub id: Uuid,
    pub kind: StopKind,
    pub name: String,
    pub region_code: String,
    pub address: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HomeSlot {
    pub id: Uuid,
    pub service_id: Uuid,
    pub service_kind: ServiceKind,
    pub service_name: String,
    pub lab_id: Uuid,
    pub lab_name: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffHomeView {
    pub banners: Vec<Uuid>,
    pub updated_at: DateTime<Utc>,
    /// Also the `ETag`; send it back as `If-Match`.
    pub version: i32,
}

impl From<bulletin::Model> for HomeBulletin {
    fn from(row: bulletin::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            number: row.number,
            title: row.title,
            level: row.level,
            issued_on: row.issued_on,
        }
    }
}

impl From<stop::Model> for HomeStop {
    fn from(row: stop::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            name: row.name,
            region_code: row.region_code,
            address: row.address,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        }
    }
}

impl From<home_page::Model> for StaffHomeView {
    fn from(row: home_page::Model) -> Self {
        Self {
            banners: serde_json::from_value(row.banners).unwrap_or_default(),
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}
