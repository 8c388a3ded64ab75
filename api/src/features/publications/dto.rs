use chrono::{DateTime, Utc};
pub use entity::article_publication::PublicationChannel;
use entity::article_publication::{self, PublicationState};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationView {
    pub channel: PublicationChannel,
    /// `queued`: not sent yet.
    pub state: PublicationState,
    /// The revision of the article that the channel shows or is to show.
    pub revision_number: i32,
    /// What the channel calls it: an address, the id of a draft.
    pub external_id: Option<String>,
    /// Of sending this revision.
    pub attempts: i32,
    pub last_error_code: Option<String>,
    pub next_try_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

/// One of each channel; none before the article was first published.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationList {
    pub items: Vec<PublicationView>,
}

impl From<article_publication::Model> for PublicationView {
    fn from(row: article_publication::Model) -> Self {
        Self {
            channel: row.channel,
            state: row.state,
            revision_number: row.revision_number,
            external_id: row.external_id,
            attempts: row.attempts,
            last_error_code: row.last_error_code,
            next_try_at: row.next_try_at,
            updated_at: row.updated_at,
        }
    }
}
