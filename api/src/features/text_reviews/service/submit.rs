use chrono::TimeDelta;
use entity::risk_signal::RiskScene;
use entity::text_review::{ActiveModel, ReviewReason, ReviewStatus, TextKind};
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;

use super::{digest, is_about};
use crate::app::App;
use crate::features::risk::service::ask_rank;
use crate::features::text_reviews::jobs::CheckText;
use crate::features::text_reviews::model::Finding;
use crate::features::text_reviews::queries;
use crate::platform::db::Tx;
use crate::platform::http::{AppResult, ClientAddress};
use crate::platform::jobs::Schedule;

/// A check that takes longer has lost its way; a person takes over.
const PATIENCE: TimeDelta = TimeDelta::minutes(30);

/// A text that somebody has just written, in the row that holds it.
#[derive(Debug)]
pub struct SubmittedText<'a> {
    pub kind: TextKind,
    pub subject_id: Uuid,
    pub author_id: Uuid,
    /// Whose reviewers are responsible; none is the whole country.
    pub region_code: Option<&'a str>,
    pub text: &'a str,
    /// Where the author wrote it from.
    pub address: ClientAddress,
}

/// How it stands with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewState {
    pub status: ReviewStatus,
    pub reason: Option<ReviewReason>,
}

impl ReviewState {
    #[must_use]
    pub fn is_publishable(self) -> bool {
        self.status == ReviewStatus::Passed
    }
}

/// Puts a text up for review in the transaction that writes it. Nothing happens when this very text
/// stands there already.
///
/// # Errors
/// The rows cannot be written.
pub async fn submit_text(app: &App, tx: &mut Tx, submitted: &SubmittedText<'_>) -> AppResult<()> {
    let known = queries::locked_of_subject(tx, submitted.kind, submitted.subject_id).await?;
    if let Some(known) = &known
        && is_about(app, known, submitted.text)?
    {
        return Ok(());
    }
    let (now, id) = (tx.now(), known.as_ref().map_or_else(|| tx.new_id(), |known| known.id));
    let asks = app.config.text_review.ask_wechat;
    let start = if asks { None } else { Some(Finding::human(ReviewReason::NotAsked)) };
    let row = ActiveModel {
        id: Set(id),
        kind: Set(submitted.kind),
        subject_id: Set(submitted.subject_id),
        digest_cipher: Set(digest(app, submitted.text)?),
        revision: Set(known.as_ref().map_or(0, |known| known.revision + 1)),
        author_id: Set(Some(submitted.author_id)),
        region_code: Set(submitted.region_code.map(str::to_owned)),
        status: Set(start.as_ref().map_or(ReviewStatus::Pending, |finding| finding.status)),
        reason: Set(start.as_ref().and_then(|finding| finding.reason)),
        label: Set(None),
        trace_id: Set(None),
        submitted_at: Set(now),
        queued_at: Set(start.is_some().then_some(now)),
        claimed_by: Set(None),
        claimed_until: Set(None),
        decided_by: Set(None),
        decided_at: Set(None),
        ground: Set(None),
    };
    if known.is_some() {
        queries::replace(tx, row).await?;
    } else {
        queries::insert(tx, row).await?;
    }
    if asks {
        ask_rank(app, tx, submitted.author_id, RiskScene::Ugc, submitted.address).await?;
        tx.enqueue(&CheckText { review_id: id }, Schedule::now()).await?;
    }
    Ok(())
}

/// How it stands with this very text; none when it was never put up.
///
/// # Errors
/// The database cannot be read.
pub async fn state_of(
    app: &App,
    conn: &impl ConnectionTrait,
    kind: TextKind,
    subject_id: Uuid,
    text: &str,
) -> AppResult<Option<ReviewState>> {
    match queries::of_subject(conn, kind, subject_id).await? {
        Some(review) if is_about(app, &review, text)? => {
            Ok(Some(ReviewState { status: review.status, reason: review.reason }))
        }
        _ => Ok(None),
    }
}

/// Hands over to people what no check has settled. Returns how many texts.
///
/// # Errors
/// The database cannot be written.
pub async fn queue_overdue(tx: &Tx) -> AppResult<u64> {
    let now = tx.now();
    Ok(queries::queue_overdue(tx, now - PATIENCE, now).await?)
}
