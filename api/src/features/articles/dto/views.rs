use chrono::{DateTime, NaiveDate, Utc};
use entity::article::{
    self, ArticleAudience, ArticleKind, ArticleStage, ArticleStatus, BodyFormat,
};
use entity::article_step::ArticleStep;
use entity::lab_capability::ProductClass;
use entity::{article_category, article_revision, article_step};
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::features::articles::model::{ArticleAction, Content, Finding, ShownMedia, TocEntry};

#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryView {
    pub code: String,
    pub name: String,
    /// The category that it belongs to.
    pub parent_code: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryList {
    pub items: Vec<CategoryView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleSummary {
    pub id: Uuid,
    pub kind: ArticleKind,
    pub title: String,
    pub summary: String,
    pub category: String,
    pub product_class: Option<ProductClass>,
    pub tags: Vec<String>,
    pub audiences: Vec<ArticleAudience>,
    /// The region it is meant for; null for the whole country.
    pub region_code: Option<String>,
    /// Relative to the server.
    pub cover_url: Option<String>,
    pub cover_alt: Option<String>,
    pub cover_width: Option<i32>,
    pub cover_height: Option<i32>,
    pub reading_minutes: i32,
    pub source: Option<String>,
    pub issuer: Option<String>,
    pub document_number: Option<String>,
    pub issued_on: Option<NaiveDate>,
    pub published_at: Option<DateTime<Utc>>,
    /// When it was corrected last.
    pub corrected_at: Option<DateTime<Utc>>,
}

/// A picture or document beside the text.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleMediaView {
    /// Relative to the server.
    pub url: String,
    pub alt: String,
    pub media_type: String,
    /// Of a picture, in pixels.
    pub width: Option<i32>,
    pub height: Option<i32>,
}

/// What was changed after the publication, and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleCorrection {
    pub note: String,
    pub corrected_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleView {
    #[serde(flatten)]
    pub summary: ArticleSummary,
    /// Sanitised. Headings have the ids of `toc`.
    pub body_html: String,
    pub body_text: String,
    pub toc: Vec<TocEntry>,
    pub media: Vec<ArticleMediaView>,
    pub video_url: Option<String>,
    pub standards: Vec<String>,
    /// 责任处室
    pub responsible_unit: Option<String>,
    pub quiz_id: Option<Uuid>,
    pub service_id: Option<Uuid>,
    pub expire_at: Option<DateTime<Utc>>,
    /// Oldest first.
    pub corrections: Vec<ArticleCorrection>,
    pub updated_at: DateTime<Utc>,
}

/// A text before the public sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticlePreview {
    #[serde(flatten)]
    pub article: ArticleView,
    pub status: ArticleStatus,
    pub stage: ArticleStage,
    pub revision: i32,
}

/// A member of staff as colleagues know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StaffName {
    pub id: Uuid,
    pub name: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleView {
    pub publish_at: DateTime<Utc>,
    pub by: Option<StaffName>,
    pub note: Option<String>,
    /// The code of the error that kept it from being published; it waits for somebody.
    pub failed: Option<String>,
}

/// The review that runs, or the last one.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleReviewView {
    pub status: entity::article_review::ArticleReviewStatus,
    pub submitted_by: Option<StaffName>,
    pub submitted_at: DateTime<Utc>,
    pub decided_by: Option<StaffName>,
    pub decided_at: Option<DateTime<Utc>>,
    pub note: Option<String>,
}

/// The latest text of an article, whether or not the public sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffArticleView {
    #[serde(flatten)]
    pub article: ArticleView,
    pub status: ArticleStatus,
    pub stage: ArticleStage,
    /// Number of the latest revision.
    pub revision: i32,
    /// Number of the revision that the public sees.
    pub live_revision: Option<i32>,
    pub body_format: BodyFormat,
    /// As it was written, in `body_format`.
    pub body_markdown: String,
    pub author_id: Option<Uuid>,
    pub schedule: Option<ScheduleView>,
    pub review: Option<ArticleReviewView>,
    /// Why it was withdrawn.
    pub notice: Option<String>,
    /// What looks like somebody's phone or identity number, to be removed or acknowledged.
    pub personal_data: Vec<Finding>,
    pub allowed_actions: Vec<ArticleAction>,
    pub updated_by: Option<StaffName>,
    /// Also the `ETag`; send it back as `If-Match`.
    pub version: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffArticleSummary {
    #[serde(flatten)]
    pub summary: ArticleSummary,
    pub status: ArticleStatus,
    pub stage: ArticleStage,
    pub publish_at: Option<DateTime<Utc>>,
    /// The code of the error that kept it from being published.
    pub schedule_failed: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionSummary {
    pub id: Uuid,
    pub number: i32,
    pub title: String,
    /// Null for the system.
    pub author: Option<StaffName>,
    pub created_at: DateTime<Utc>,
    /// SHA-256 of the content, hexadecimal.
    pub digest: String,
    pub is_live: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionView {
    #[serde(flatten)]
    pub revision: RevisionSummary,
    pub article: ArticleView,
    pub body_format: BodyFormat,
    /// As it was written, in `body_format`.
    pub body_markdown: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionDiff {
    pub from: i32,
    pub to: i32,
    /// A unified diff; empty when nothing differs.
    pub diff: String,
}

/// One step of a text: who did what, when.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    pub id: Uuid,
    pub step: ArticleStep,
    pub revision: i32,
    /// Null for the system.
    pub by: Option<StaffName>,
    pub at: DateTime<Utc>,
    pub note: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewLinkView {
    /// Relative to the server.
    pub url: String,
    /// It ends earlier when the state of the article changes.
    pub expires_at: DateTime<Utc>,
}

impl From<article_category::Model> for CategoryView {
    fn from(row: article_category::Model) -> Self {
        Self { code: row.code, name: row.name, parent_code: row.parent_code }
    }
}

impl From<article_step::Model> for ArticleCorrection {
    fn from(row: article_step::Model) -> Self {
        Self { note: row.note.unwrap_or_default(), corrected_at: row.at }
    }
}

impl From<ShownMedia> for ArticleMediaView {
    fn from(one: ShownMedia) -> Self {
        let ShownMedia { media_id, alt, media_type, width, height } = one;
        Self { url: format!("/api/v1/media/files/{media_id}"), alt, media_type, width, height }
    }
}

/// A list that only we wrote.
fn list<T: DeserializeOwned>(json: &serde_json::Value) -> Vec<T> {
    Vec::<T>::deserialize(json).unwrap_or_default()
}

impl ArticleSummary {
    pub fn of(row: &article::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            title: row.title.clone(),
            summary: row.summary.clone(),
            category: row.category_code.clone(),
            product_class: row.product_class,
            tags: list(&row.tags),
            audiences: list(&row.audiences),
            region_code: row.region_code.clone(),
            cover_url: row.cover_key.as_ref().map(|key| format!("/api/v1/covers/{key}")),
            cover_alt: row.cover_alt.clone(),
            cover_width: row.cover_width,
            cover_height: row.cover_height,
            reading_minutes: row.reading_minutes,
            source: row.source.clone(),
            issuer: row.issuer.clone(),
            document_number: row.document_number.clone(),
            issued_on: row.issued_on,
            published_at: row.published_at,
            corrected_at: row.corrected_at,
        }
    }
}

impl ArticleView {
    pub fn of(row: &article::Model, corrections: Vec<article_step::Model>) -> Self {
        let media: Vec<ShownMedia> = list(&row.media);
        Self {
            summary: ArticleSummary::of(row),
            body_html: row.body_html.clone(),
            body_text: row.body_text.clone(),
            toc: list(&row.toc),
            media: media.into_iter().map(ArticleMediaView::from).collect(),
            video_url: row.video_url.clone(),
            standards: list(&row.standards),
            responsible_unit: row.responsible_unit.clone(),
            quiz_id: row.quiz_id,
            service_id: row.service_id,
            expire_at: row.expire_at,
            corrections: corrections.into_iter().map(ArticleCorrection::from).collect(),
            // Drafts beside it change nothing for the public.
            updated_at: row.corrected_at.max(row.published_at).unwrap_or(row.updated_at),
        }
    }
}

impl StaffArticleSummary {
    pub fn of(row: &article::Model) -> Self {
        Self {
            summary: ArticleSummary::of(row),
            status: row.status,
            stage: row.stage,
            publish_at: row.publish_at,
            schedule_failed: row.schedule_error.clone(),
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

impl RevisionSummary {
    pub fn of(
        row: &article_revision::Model,
        author: Option<StaffName>,
        live_id: Option<Uuid>,
    ) -> Self {
        Self {
            id: row.id,
            number: row.number,
            title: row.title.clone(),
            author,
            created_at: row.created_at,
            digest: hex::encode(&row.digest),
            is_live: live_id == Some(row.id),
        }
    }
}

impl RevisionView {
    pub fn of(revision: RevisionSummary, article: ArticleView, content: Content) -> Self {
        let Content { body_format, body, .. } = content;
        Self { revision, article, body_format, body_markdown: body }
    }
}
