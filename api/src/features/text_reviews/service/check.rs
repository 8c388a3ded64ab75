use entity::text_review::{Model, ReviewReason};
use uuid::Uuid;
use wechat::client::mini::TextCheck;

use super::{is_about, text_of};
use crate::app::App;
use crate::features::accounts::service::openid_of;
use crate::features::risk::service::wants_a_person;
use crate::features::text_reviews::model::{
    AfterFailure, Finding, after_failure, is_active, is_drawn, pieces, scene,
};
use crate::features::text_reviews::queries;
use crate::platform::db::AuditActor;
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::jobs::{JobError, JobRun};

/// Looks at a pending text and records what came out. Calls are made outside any transaction.
///
/// # Errors
/// WeChat may answer later.
pub async fn check(app: &App, id: Uuid, run: JobRun) -> Result<(), JobError> {
    let Some(review) = queries::pending(&app.db, id).await? else { return Ok(()) };
    let text = text_of(app, &app.db, review.kind, review.subject_id).await?;
    let Some(text) = text else { return Ok(forget(app, id).await?) };
    // A text that was changed without being put up anew is a person's, in time.
    if !is_about(app, &review, &text)? {
        return Ok(());
    }
    let finding = examine(app, &review, &text, run).await?;
    let tx = app.begin(AuditActor::System).await?;
    let is_settled = queries::settle(&tx, &review, &finding, tx.now()).await?;
    tx.commit().await?;
    // Otherwise another text stands there by now, and has a check of its own.
    if is_settled {
        app.metrics.count_text_review(finding.status.as_str());
        tracing::info!(review_id = %id, status = ?finding.status, reason = ?finding.reason, label = finding.label, "text checked");
    }
    Ok(())
}

async fn forget(app: &App, id: Uuid) -> AppResult<()> {
    let tx = app.begin(AuditActor::System).await?;
    queries::delete(&tx, id).await?;
    Ok(tx.commit().await?)
}

async fn examine(app: &App, review: &Model, text: &str, run: JobRun) -> Result<Finding, JobError> {
    let Some(author) = review.author_id else {
        return Ok(unasked(app, text, ReviewReason::AuthorUnknown));
    };
    let Some(openid) = openid_of(app, author).await? else {
        return Ok(unasked(app, text, ReviewReason::AuthorUnknown));
    };
    let seen = queries::last_seen(&app.db, author, app.wechat.appid()).await?;
    if !is_active(seen, run.now) {
        return Ok(unasked(app, text, ReviewReason::AuthorInactive));
    }
    let mut trace_id = None;
    for piece in pieces(text) {
        let check = TextCheck::new(openid.clone().into(), scene(review.kind), piece);
        let verdict = match app.wechat.check_text(&check).await {
            Ok(verdict) => verdict,
            Err(error) => match after_failure(&error, run.is_last) {
                AfterFailure::AskAgain => {
                    return Err(AppError::new(ErrorCode::WechatUnavailable).because(error).into());
                }
                AfterFailure::GiveUp(reason) => {
                    tracing::warn!(review_id = %review.id, ?error, "WeChat cannot be asked about a text");
                    return Ok(unasked(app, text, reason));
                }
                AfterFailure::Settle(finding) => return Ok(finding),
            },
        };
        trace_id = Some(verdict.trace_id.clone());
        if let Some(finding) = Finding::of_verdict(verdict) {
            return Ok(finding);
        }
    }
    // Without a single piece nothing was looked at.
    if trace_id.is_none() {
        return Ok(unasked(app, text, ReviewReason::WechatRefused));
    }
    if wants_a_person(app, author).await? {
        return Ok(Finding { trace_id, ..Finding::human(ReviewReason::RiskyAuthor) });
    }
    if is_drawn(app.ids.seed(), app.config.text_review.sample_per_mille) {
        return Ok(Finding { trace_id, ..Finding::human(ReviewReason::Sampled) });
    }
    Ok(Finding::passed(trace_id))
}

/// A text that WeChat does not judge: a person will, and a word of our own list rejects it until then.
fn unasked(app: &App, text: &str, reason: ReviewReason) -> Finding {
    if app.lexicon.finds(text) {
        Finding::rejected(ReviewReason::Lexicon)
    } else {
        Finding::human(reason)
    }
}
