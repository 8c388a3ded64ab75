//! Use cases: what a resident asks, what staff do with it, and what everybody reads.

mod answer;
mod ask;
mod faq;
mod index;
mod triage;
mod view;

pub use answer::{answer_question, claim_question};
pub use ask::{ask_question, follow_up_question, get_question, list_questions, rate_answer};
pub use faq::{
    correct_faq, get_faq, get_staff_faq, list_faqs, list_staff_faqs, publish_faq, withdraw_faq,
};
pub use index::reindex_faqs;
pub use triage::{
    assign_question, get_staff_question, list_staff_questions, redirect_question, reject_question,
};

use entity::question::Model;
use entity::text_review::{ReviewStatus, TextKind};
use sea_orm::ConnectionTrait;

use crate::app::App;
use crate::features::text_reviews::service::state_of;
use crate::platform::crypto::{CipherColumn, column};
use crate::platform::http::{AppResult, ErrorCode};

const CONTENT: CipherColumn = column::QUESTION_CONTENT;
const ANSWER: CipherColumn = column::QUESTION_ANSWER;
const FOLLOW_UP: CipherColumn = column::QUESTION_FOLLOW_UP;
const LAST_ANSWER: CipherColumn = column::QUESTION_LAST_ANSWER;

fn seal(app: &App, field: CipherColumn, text: &str) -> AppResult<Vec<u8>> {
    app.cipher.seal(field.purpose, text.as_bytes())
}

fn open(app: &App, field: CipherColumn, sealed: Option<&[u8]>) -> AppResult<Option<String>> {
    sealed.map(|sealed| app.cipher.open_text(field.purpose, sealed)).transpose()
}

/// What the review says of the words that are to be answered.
async fn review_of(
    app: &App,
    conn: &impl ConnectionTrait,
    row: &Model,
) -> AppResult<Option<ReviewStatus>> {
    let (kind, text) = match open(app, FOLLOW_UP, row.follow_up_cipher.as_deref())? {
        Some(text) => (TextKind::QuestionFollowUp, text),
        None => {
            let content = app.cipher.open_text(CONTENT.purpose, &row.content_cipher)?;
            (TextKind::QuestionContent, content)
        }
    };
    Ok(state_of(app, conn, kind, row.id, &text).await?.map(|review| review.status))
}

/// What the review rejected goes to no expert.
async fn refuse_rejected_text(
    app: &App,
    conn: &impl ConnectionTrait,
    row: &Model,
) -> AppResult<()> {
    if review_of(app, conn, row).await? == Some(ReviewStatus::Rejected) {
        return Err(ErrorCode::QuestionTextRejected.into());
    }
    Ok(())
}
