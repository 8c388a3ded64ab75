//! Use cases: what the public reads, and what editors, reviewers and publishers do until it does.
//!
//! Every change of an article is one [`store`]; whatever changes what the public sees goes through
//! [`show_changed`], so that what hangs on it hangs there.

use entity::article::{self, ArticleStatus};
use entity::article_label::LabelKind;
use entity::article_revision;
use entity::article_step::{self, ArticleStep};
use entity::media_file::{MediaHolder, MediaPurpose};
use sea_orm::ConnectionTrait;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::model::{Content, ShownMedia, State, referenced_files};
use super::queries;
use crate::app::App;
use crate::features::media::service::{Hold, hold_media, show_held};
use crate::features::publications::service::record_publication;
use crate::features::search::service as search;
use crate::platform::cache::PageKey;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode};

mod cover;
mod edit;
mod preview;
mod publish;
mod read;
mod review;
mod revisions;
mod schedule;
mod stale;
mod view;
mod write;

pub use cover::set_article_cover;
pub(super) use cover::{examine_cover, keep_cover};
pub use edit::{create_article, update_article};
pub use preview::{create_preview_link, get_article_preview, get_article_preview_file};
pub(super) use publish::put_live;
pub use publish::{publish_article, unpublish_article, withdraw_article};
pub use read::{get_article, get_article_cover, list_article_categories, list_articles};
pub use review::{approve_article, recall_article, request_article_changes, submit_article};
pub use revisions::{
    diff_article_revisions, get_article_revision, list_article_reviews, list_article_revisions,
};
pub use schedule::{
    cancel_article_schedule, publication_lag, run_article_schedule, schedule_article,
};
pub use view::{get_staff_article, list_staff_articles};
pub(super) use write::{Written, added_revision, content, first_row, prepare, wear};

pub(super) const ONE: &str = "article";
const LIST: &str = "articles";
const FILES: [MediaPurpose; 3] =
    [MediaPurpose::ArticleImage, MediaPurpose::ArticleCover, MediaPurpose::ArticleDocument];

/// What is told of a change: the step, whose right it was, what it concerned, and a note.
pub(super) struct Told<'a> {
    pub action: &'static str,
    pub step: ArticleStep,
    pub by: Option<Uuid>,
    pub revision: &'a article_revision::Model,
    pub note: Option<String>,
}

/// Writes a change of an article: the row, the step, the files, and what the public notices.
///
/// # Errors
/// `stale_version`, `media_unavailable`
pub(super) async fn store(
    app: &App,
    tx: &mut Tx,
    before: &article::Model,
    mut row: article::Model,
    told: Told<'_>,
) -> AppResult<article::Model> {
    row.version = before.version + 1;
    row.updated_at = tx.now();
    row.updated_by = member(tx.actor());
    if state(&row) != state(before) {
        row.state_seq = before.state_seq + 1;
    }
    if !queries::save(tx, &row, before.version).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    settle(app, tx, (before.status, before.live_revision_id), &row, &told).await?;
    tx.audit_change(told.action, ONE, row.id, before, &row, None).await?;
    Ok(row)
}

/// As [`store`], of an article that has not been there.
pub(super) async fn store_first(
    app: &App,
    tx: &mut Tx,
    row: article::Model,
    told: Told<'_>,
) -> AppResult<article::Model> {
    let nothing = (ArticleStatus::Draft, None);
    settle(app, tx, nothing, &row, &told).await?;
    tx.audit_change(told.action, ONE, row.id, &(), &row, None).await?;
    Ok(row)
}

async fn settle(
    app: &App,
    tx: &mut Tx,
    was: (ArticleStatus, Option<Uuid>),
    row: &article::Model,
    told: &Told<'_>,
) -> AppResult<()> {
    let step = article_step::Model {
        id: tx.new_id(),
        article_id: row.id,
        revision_id: told.revision.id,
        revision_number: told.revision.number,
        step: told.step,
        staff_id: told.by,
        note: told.note.clone(),
        at: tx.now(),
    };
    queries::add_step(tx, step).await?;
    hold_files(app, tx, row).await?;
    if was != (row.status, row.live_revision_id) {
        show_changed(app, tx, row).await?;
    }
    Ok(())
}

/// What the public sees of an article has changed: it came, it was corrected, it went. The one place
/// for what has to follow, in the transaction of the change; the pages go after it, by [`forget`].
///
/// # Errors
/// The rows cannot be written.
pub async fn show_changed(app: &App, tx: &mut Tx, row: &article::Model) -> AppResult<()> {
    let mut labels = Vec::new();
    if row.status == ArticleStatus::Published {
        for (kind, words) in [
            (LabelKind::Tag, &row.tags),
            (LabelKind::Standard, &row.standards),
            (LabelKind::Audience, &row.audiences),
        ] {
            let words: Vec<String> = list(words)?;
            labels.extend(words.into_iter().map(|word| (kind, word)));
        }
    }
    queries::set_labels(tx, row.id, labels).await?;
    record_publication(app, tx, row).await?;
    search::article_changed(tx, row).await
}

/// Drops the pages of an article in this process, after the commit. Those of other replicas live two
/// seconds.
pub(super) async fn forget(app: &App, id: Uuid) {
    app.pages.forget(&PageKey::new(ONE, id.simple().to_string())).await;
    app.pages.forget_kind(LIST);
    search::forget(app);
}

/// Makes the files of the text that is public and of the one that may be next the article's own, and
/// public those of the first.
async fn hold_files(app: &App, tx: &Tx, row: &article::Model) -> AppResult<()> {
    let ids = [row.live_revision_id, row.latest_revision_id];
    let revisions = queries::live_and_latest(tx, ids).await?;
    let (mut all, mut shown) = (Vec::new(), Vec::new());
    for revision in &revisions {
        let files = files(revision)?;
        if row.live_revision_id == Some(revision.id) {
            shown.extend(&files);
        }
        all.extend(files);
    }
    let holder = (MediaHolder::Article, row.id);
    let hold = Hold { holder, purposes: &FILES, owner: None, is_public: false };
    hold_media(app, tx, hold, all).await.map_err(|error| match error.code() {
        ErrorCode::MediaUnavailable => error.on_field("body_markdown"),
        _ => error,
    })?;
    show_held(tx, holder, &shown).await
}

fn files(revision: &article_revision::Model) -> AppResult<Vec<Uuid>> {
    let written = written(revision)?;
    let media: Vec<ShownMedia> = list(&revision.media)?;
    let beside = media.into_iter().map(|one| one.media_id);
    let cover = written.cover.map(|cover| cover.media_id);
    Ok(referenced_files(&revision.body_html).into_iter().chain(beside).chain(cover).collect())
}

/// What was written of a revision.
pub(super) fn written(revision: &article_revision::Model) -> AppResult<Content> {
    serde_json::from_value(revision.content.clone()).map_err(AppError::internal)
}

fn list<T: DeserializeOwned>(json: &Value) -> AppResult<Vec<T>> {
    serde_json::from_value(json.clone()).map_err(AppError::internal)
}

pub(super) fn state(row: &article::Model) -> State {
    State { status: row.status, stage: row.stage }
}

fn member(actor: AuditActor) -> Option<Uuid> {
    match actor {
        AuditActor::Staff(id) => Some(id),
        AuditActor::Resident(_) | AuditActor::System => None,
    }
}

async fn load(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<article::Model> {
    queries::by_id(conn, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

/// The revision that is written on or waits.
pub(super) async fn latest(
    conn: &impl ConnectionTrait,
    row: &article::Model,
) -> AppResult<article_revision::Model> {
    let id = row.latest_revision_id.ok_or_else(|| AppError::internal("without a revision"))?;
    let found = queries::revision(conn, id).await?;
    found.ok_or_else(|| AppError::internal("a revision is gone"))
}
