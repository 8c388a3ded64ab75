//! A file that somebody uploaded: first a ticket, then a checked file, in the end nothing. The bytes
//! are in the storage under `storage_key`; the name that the client had for them is never kept.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// What a file is for; decides who may upload it, what it may be, and who sees it.
    MediaPurpose { ArticleImage, ArticleCover, ArticleDocument, ComplaintEvidence, LabReport }
}

words! {
    /// `pending`: a ticket that waits for its bytes. `checking`: they came and are looked at.
    /// `deleted`: the bytes are going; the row follows them.
    MediaState { Pending, Checking, Ready, Rejected, Deleted }
}

words! {
    /// What a file belongs to.
    MediaHolder { Article, Complaint, LabReport, Campaign }
}

/// The kinds of file that are taken, by their media type.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum MediaType {
    #[sea_orm(string_value = "image/jpeg")]
    #[serde(rename = "image/jpeg")]
    Jpeg,
    #[sea_orm(string_value = "image/png")]
    #[serde(rename = "image/png")]
    Png,
    #[sea_orm(string_value = "image/webp")]
    #[serde(rename = "image/webp")]
    Webp,
    #[sea_orm(string_value = "image/gif")]
    #[serde(rename = "image/gif")]
    Gif,
    #[sea_orm(string_value = "application/pdf")]
    #[serde(rename = "application/pdf")]
    Pdf,
}

impl MediaType {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Pdf => "application/pdf",
        }
    }

    /// The ending of a file name.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Pdf => "pdf",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media_files")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The resident who uploads it. Neither this nor `staff_id`: an import.
    pub account_id: Option<Uuid>,
    pub staff_id: Option<Uuid>,
    pub purpose: MediaPurpose,
    pub state: MediaState,
    /// As declared; once it is ready, as it is stored. The same holds for `bytes` and `sha256`.
    pub media_type: MediaType,
    pub bytes: i32,
    pub sha256: Option<Vec<u8>>,
    /// Of a picture, in pixels, as it is seen.
    pub width: Option<i32>,
    pub height: Option<i32>,
    /// Smaller renditions of a picture: a list of width, height and bytes.
    pub renditions: Json,
    /// Random; a rendition is stored under it with its name as ending.
    #[sea_orm(unique)]
    pub storage_key: String,
    pub holder_kind: Option<MediaHolder>,
    pub holder_id: Option<Uuid>,
    /// Whether everybody may see it now.
    pub is_public: bool,
    pub created_at: DateTimeUtc,
    /// When it is deleted unless somebody holds it.
    pub expires_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What everybody may see.
    #[must_use]
    pub fn public() -> Select<Self> {
        Self::find().filter(Column::State.eq(MediaState::Ready)).filter(Column::IsPublic.eq(true))
    }

    /// The files of one object.
    #[must_use]
    pub fn held_by(holder: MediaHolder, id: Uuid) -> Select<Self> {
        Self::find()
            .filter(Column::State.eq(MediaState::Ready))
            .filter(Column::HolderKind.eq(holder))
            .filter(Column::HolderId.eq(id))
    }
}
