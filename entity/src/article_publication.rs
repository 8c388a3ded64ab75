//! Where an article is published to, and how far that is: one row for each channel.

use sea_orm::entity::prelude::*;

words! {
    /// `mini_program` and `h5` read our API; `public_account_draft` is a draft in the public account.
    PublicationChannel { MiniProgram, H5, PublicAccountDraft }
}

words! {
    /// `withdrawn` with an `external_id`: it is still out there until the channel has removed it.
    PublicationState { Queued, Sent, Failed, Withdrawn }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "article_publications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub article_id: Uuid,
    pub channel: PublicationChannel,
    /// The revision of the article that this channel shows or is to show.
    pub revision_number: i32,
    pub state: PublicationState,
    /// What the channel calls it: an address, the id of a draft.
    pub external_id: Option<String>,
    /// Of sending this revision.
    pub attempts: i32,
    pub last_error_code: Option<String>,
    /// When a queued one is due.
    pub next_try_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
