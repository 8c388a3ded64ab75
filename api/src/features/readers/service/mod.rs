//! Use cases: what readers keep, say and pass on, and what editors learn of it in numbers.

mod favourites;
mod history;
mod hits;
mod merge;
mod posters;
mod states;
mod votes;

pub use favourites::{delete_favourite, list_favourites, put_favourite};
pub use history::{
    clear_readings, delete_reading, get_reader_settings, list_readings, prune_readings,
    record_reading, set_reader_settings,
};
pub use hits::follow_poster;
pub use merge::merge_readers;
pub use posters::{
    close_poster_code, create_poster_code, get_poster_hits, get_poster_picture, get_readership,
    list_poster_codes,
};
pub use states::{get_article_state, list_article_states};
pub use votes::{share_article, vote_article, withdraw_vote};

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::dto::ArticleCard;
use super::queries::{self, CardRow};
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// What the public cannot see does not exist.
async fn require_published(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<()> {
    if queries::is_published(conn, id).await? {
        return Ok(());
    }
    Err(AppError::new(ErrorCode::NotFound))
}

fn card(row: &CardRow) -> ArticleCard {
    ArticleCard {
        title: row.title.clone(),
        summary: row.summary.clone(),
        category: row.category_code.clone(),
        cover_url: row.cover_key.as_ref().map(|key| format!("/api/v1/covers/{key}")),
        cover_alt: row.cover_alt.clone(),
        published_at: row.published_at,
    }
}
