use chrono::{DateTime, Utc};
use entity::question::Model;
use sea_orm::ConnectionTrait;

use super::{ANSWER, CONTENT, FOLLOW_UP, LAST_ANSWER, open, review_of};
use crate::app::App;
use crate::features::questions::dto::{
    QuestionSummary, QuestionView, StaffQuestionSummary, StaffQuestionView,
};
use crate::features::questions::model::title_and_text;
use crate::features::questions::queries;
use crate::platform::http::AppResult;

fn title_and_text_of(app: &App, row: &Model) -> AppResult<(String, String)> {
    let content = app.cipher.open_text(CONTENT.purpose, &row.content_cipher)?;
    Ok(title_and_text(&content))
}

pub(super) fn summary(app: &App, row: &Model) -> AppResult<QuestionSummary> {
    let (title, _) = title_and_text_of(app, row)?;
    Ok(QuestionSummary::of(row, title))
}

/// As its asker sees it.
pub(super) async fn own_view(
    app: &App,
    conn: &impl ConnectionTrait,
    row: &Model,
) -> AppResult<QuestionView> {
    let (title, text) = title_and_text_of(app, row)?;
    Ok(QuestionView {
        summary: QuestionSummary::of(row, title),
        text,
        rejection: row.rejection,
        answer: open(app, ANSWER, row.answer_cipher.as_deref())?,
        follow_up: open(app, FOLLOW_UP, row.follow_up_cipher.as_deref())?,
        followed_up_at: row.followed_up_at,
        follow_up_answer: open(app, LAST_ANSWER, row.follow_up_answer_cipher.as_deref())?,
        follow_up_answered_at: row.follow_up_answered_at,
        rating: row.rating,
        faq_id: queries::faq_of(conn, row.id).await?,
    })
}

/// As staff see it.
pub(super) async fn staff_view(
    app: &App,
    conn: &impl ConnectionTrait,
    row: &Model,
    now: DateTime<Utc>,
) -> AppResult<StaffQuestionView> {
    let (title, text) = title_and_text_of(app, row)?;
    Ok(StaffQuestionView {
        summary: StaffQuestionSummary::of(row, now),
        title,
        text,
        rejection: row.rejection,
        answer: open(app, ANSWER, row.answer_cipher.as_deref())?,
        answered_by: row.answered_by,
        follow_up: open(app, FOLLOW_UP, row.follow_up_cipher.as_deref())?,
        follow_up_answer: open(app, LAST_ANSWER, row.follow_up_answer_cipher.as_deref())?,
        follow_up_answered_by: row.follow_up_answered_by,
        text_review: review_of(app, conn, row).await?,
        faq_id: queries::faq_of(conn, row.id).await?,
    })
}
