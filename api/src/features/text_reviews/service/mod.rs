//! Use cases: a text is submitted, WeChat looks, a person looks.

mod check;
mod decide;
mod submit;

pub use check::check;
pub use decide::{claim_text_review, decide_text_review, list_text_reviews};
pub use submit::{ReviewState, SubmittedText, queue_overdue, state_of, submit_text};

use entity::text_review::{Model, TextKind};
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::queries::{self, StoredText};
use crate::app::App;
use crate::platform::crypto::column::TEXT_DIGEST;
use crate::platform::http::AppResult;

/// Identifies a text without holding it.
fn digest(app: &App, text: &str) -> AppResult<Vec<u8>> {
    app.cipher.seal(TEXT_DIGEST.purpose, &Sha256::digest(text))
}

/// The text as it stands now; none when its row is gone.
async fn text_of(
    app: &App,
    conn: &impl ConnectionTrait,
    kind: TextKind,
    subject_id: Uuid,
) -> AppResult<Option<String>> {
    Ok(match queries::text(conn, kind, subject_id).await? {
        None => None,
        Some(StoredText::Clear(text)) => Some(text),
        Some(StoredText::Sealed(field, sealed)) => {
            Some(app.cipher.open_text(field.purpose, &sealed)?)
        }
    })
}

/// Whether a review is about this very text.
fn is_about(app: &App, review: &Model, text: &str) -> AppResult<bool> {
    let digest = app.cipher.open(TEXT_DIGEST.purpose, &review.digest_cipher)?;
    Ok(digest == Sha256::digest(text).as_slice())
}
