//! A text that editors publish: knowledge, a notice, a warning.

use sea_orm::entity::prelude::*;

use crate::lab_capability::ProductClass;
use crate::scope::{Common as _, Scoped};

words! {
    /// What the public sees. `draft`: was never published. `withdrawn` is for good and leaves a notice.
    ArticleStatus { Draft, Published, Unpublished, Expired, Withdrawn }
}

words! {
    /// How far the latest revision is. `done`: there is nothing to do, it is what the public sees.
    ArticleStage { Draft, InReview, ChangesRequested, Approved, Scheduled, Done }
}

words! {
    ArticleKind { Article, Handbook, Video, Comic, Slides }
}

words! {
    /// The places of the programme that a text is written for.
    ArticleAudience { Community, Campus, Township, Hospital }
}

words! {
    BodyFormat { Markdown, Html }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "articles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub status: ArticleStatus,
    pub title: String,
    pub summary: String,
    /// What the editor wrote, in `body_format`.
    pub body_markdown: String,
    /// Rendered and sanitised at write time.
    pub body_html: String,
    pub category_code: String,
    /// The id of the cover among the media files.
    pub cover_key: Option<String>,
    pub cover_alt: Option<String>,
    /// The authority that issued the document.
    pub issuer: Option<String>,
    /// 文号
    pub document_number: Option<String>,
    pub issued_on: Option<Date>,
    /// Identity of an imported text, so that a second import updates it.
    #[sea_orm(unique)]
    pub import_key: Option<String>,
    /// The staff member; none for an import.
    pub author_id: Option<Uuid>,
    pub published_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
    pub kind: ArticleKind,
    pub body_format: BodyFormat,
    /// `body_html` without its markup.
    pub body_text: String,
    pub reading_minutes: i32,
    /// Headings with the ids that `body_html` gives them.
    pub toc: Json,
    /// Pictures and documents beside the text, with their sizes.
    pub media: Json,
    pub cover_width: Option<i32>,
    pub cover_height: Option<i32>,
    pub video_url: Option<String>,
    pub product_class: Option<ProductClass>,
    pub tags: Json,
    /// `GB 6675.1-2014`
    pub standards: Json,
    pub audiences: Json,
    /// None: the whole country.
    pub region_code: Option<String>,
    pub source: Option<String>,
    /// 责任处室
    pub responsible_unit: Option<String>,
    pub quiz_id: Option<Uuid>,
    pub service_id: Option<Uuid>,
    pub expire_at: Option<DateTimeUtc>,
    pub stage: ArticleStage,
    /// Raised by one whenever `status` or `stage` changes, which ends preview links.
    pub state_seq: i32,
    pub latest_revision_id: Option<Uuid>,
    /// What the public sees; none unless `status` is published.
    pub live_revision_id: Option<Uuid>,
    /// The number of the revision that was published last; 0 for none.
    pub published_number: i32,
    /// When a scheduled revision goes live, by whose right, and with which public note.
    pub publish_at: Option<DateTimeUtc>,
    pub scheduled_by: Option<Uuid>,
    pub schedule_note: Option<String>,
    /// Why it did not go live: the code of an error.
    pub schedule_error: Option<String>,
    pub corrected_at: Option<DateTimeUtc>,
    /// When what the public sees of it changed last, by its end too. None: never published.
    pub changed_at: Option<DateTimeUtc>,
    pub withdrawn_at: Option<DateTimeUtc>,
    /// Why it was withdrawn, for everybody.
    pub notice: Option<String>,
    /// The member of staff who made the last change; none for the system.
    pub updated_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What the public may see.
    #[must_use]
    pub fn published() -> Scoped<Self> {
        Self::common().filter(Column::Status.eq(ArticleStatus::Published))
    }
}
