//! An article as staff see it.

use std::collections::HashMap;

use entity::article::{self, ArticleStage};
use entity::article_review;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::wear;
use super::{latest, load, state, written};
use crate::features::articles::dto::{
    ArticleReviewView, ArticleView, ScheduleView, StaffArticleFilter, StaffArticleSummary,
    StaffArticleView, StaffName,
};
use crate::features::articles::model::{ArticleAction, Involved, allowed_actions, findings};
use crate::features::articles::queries;
use crate::platform::auth::{Ctx, Permission, Staff, perm};
use crate::platform::db::Page;
use crate::platform::http::AppResult;

pub async fn list_staff_articles(
    ctx: &Ctx<perm::ArticleRead>,
    filter: StaffArticleFilter,
) -> AppResult<Page<StaffArticleSummary>> {
    let (cursor, limit) = filter.page().parse()?;
    let (status, stage) = (filter.status, filter.stage);
    let rows = queries::staff_page(&ctx.app.db, status, stage, cursor, limit).await?;
    let key = |row: &article::Model| (row.updated_at, row.id);
    Ok(Page::build(rows, limit, key, |row| StaffArticleSummary::of(&row)))
}

pub async fn get_staff_article(
    ctx: &Ctx<perm::ArticleRead>,
    id: Uuid,
) -> AppResult<StaffArticleView> {
    shown(ctx, load(&ctx.app.db, id).await?).await
}

/// The names of some members of staff.
pub(super) struct Names(HashMap<Uuid, String>);

impl Names {
    pub async fn of(
        conn: &impl ConnectionTrait,
        ids: impl IntoIterator<Item = Option<Uuid>>,
    ) -> AppResult<Self> {
        let ids: Vec<Uuid> = ids.into_iter().flatten().collect();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        Ok(Self(queries::staff_names(conn, ids).await?.into_iter().collect()))
    }

    pub fn get(&self, id: Option<Uuid>) -> Option<StaffName> {
        id.and_then(|id| Some(StaffName { id, name: self.0.get(&id)?.clone() }))
    }
}

/// Who had a hand in the text that is on its way.
pub(super) async fn involved(
    conn: &impl ConnectionTrait,
    row: &article::Model,
) -> AppResult<Involved> {
    let (number, last) = (row.published_number, row.latest_revision_id);
    let mut authors = queries::authors_since(conn, row.id, number, last).await?;
    authors.extend(queries::submitters_since(conn, row.id, number, last).await?);
    let reviewer = match last {
        Some(revision) => queries::approver(conn, revision).await?,
        None => None,
    };
    Ok(Involved { authors: authors.into_iter().collect(), reviewer })
}

/// Whether somebody's roles allow an action, wherever the text stands.
fn has_right(staff: &Staff, action: ArticleAction) -> bool {
    match action {
        ArticleAction::Edit | ArticleAction::Submit | ArticleAction::Recall => {
            staff.may::<perm::ArticleEdit>()
        }
        ArticleAction::RequestChanges | ArticleAction::Approve => {
            staff.may::<perm::ArticleReview>()
        }
        ArticleAction::Schedule
        | ArticleAction::CancelSchedule
        | ArticleAction::Publish
        | ArticleAction::Unpublish
        | ArticleAction::Withdraw => staff.may::<perm::ArticlePublish>(),
        ArticleAction::Expire => false,
    }
}

/// The latest text of an article with all that has been done and may be done to it.
pub(super) async fn shown<P: Permission<Actor = Staff>>(
    ctx: &Ctx<P>,
    row: article::Model,
) -> AppResult<StaffArticleView> {
    let db = &ctx.app.db;
    let revision = latest(db, &row).await?;
    let content = written(&revision)?;
    let involved = involved(db, &row).await?;
    let right = |action| has_right(&ctx.actor, action);
    let actions = allowed_actions(state(&row), ctx.actor.staff_id, &involved, right);
    let review = queries::latest_review(db, row.id).await?;
    let reviewers = review.iter().flat_map(|one| [Some(one.submitted_by), one.decided_by]);
    let names = Names::of(db, reviewers.chain([row.scheduled_by, row.updated_by])).await?;
    let schedule = row.publish_at.filter(|_| row.stage == ArticleStage::Scheduled);
    let schedule = schedule.map(|publish_at| ScheduleView {
        publish_at,
        by: names.get(row.scheduled_by),
        note: row.schedule_note.clone(),
        failed: row.schedule_error.clone(),
    });
    let corrections = queries::corrections(db, row.id).await?;
    let mut worn = row.clone();
    wear(&mut worn, &revision)?;
    let mut article = ArticleView::of(&worn, corrections);
    article.updated_at = row.updated_at;
    Ok(StaffArticleView {
        article,
        status: row.status,
        stage: row.stage,
        revision: revision.number,
        live_revision: row.live_revision_id.map(|_| row.published_number),
        body_format: content.body_format,
        personal_data: findings(&content),
        body_markdown: content.body,
        author_id: revision.author_id,
        schedule,
        review: review.map(|review| review_view(review, &names)),
        notice: row.notice,
        allowed_actions: actions,
        updated_by: names.get(row.updated_by),
        version: row.version,
    })
}

fn review_view(row: article_review::Model, names: &Names) -> ArticleReviewView {
    ArticleReviewView {
        status: row.status,
        submitted_by: names.get(Some(row.submitted_by)),
        submitted_at: row.submitted_at,
        decided_by: names.get(row.decided_by),
        decided_at: row.decided_at,
        note: row.note,
    }
}
