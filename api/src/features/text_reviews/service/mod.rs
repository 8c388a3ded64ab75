//! Use cases: a text is submitted, WeChat looks, a person looks.

mod check;
mod decide;
mod submit;

pub use check::check;
pub use decide::{claim_text_review, decide_text_review, list_text_reviews};
pub use submit::{ReviewState, SubmittedText, queue_overdue, state_of, submit_text};

use entity::text_review::TextKind;

use crate::app::App;

/// Identifies a text without holding it; keyed, because short texts could be guessed.
fn digest(app: &App, kind: TextKind, text: &str) -> Vec<u8> {
    app.blind_index.of(&purpose(kind), text)
}

/// The same under every key that a review may still be under.
fn digests(app: &App, kind: TextKind, text: &str) -> Vec<Vec<u8>> {
    app.blind_index.all_of(&purpose(kind), text)
}

fn purpose(kind: TextKind) -> String {
    format!("text_review.{}", kind.as_str())
}
