use chrono::{DateTime, Utc};
use entity::article::{ActiveModel, ArticleStage, ArticleStatus, Column, Entity, Model};
use entity::article_label::{self, LabelKind};
use entity::lab_capability::ProductClass;
use entity::scope::Common as _;
use entity::{article, article_category};
use sea_orm::sea_query::{LockBehavior, LockType, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait,
    IntoActiveModel as _, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

mod revisions;
mod workflow;

pub use revisions::{
    add_revision, authors_since, live_and_latest, next_number, revision, revision_numbered,
    revision_page,
};
pub use workflow::{
    add_review, add_step, approver, cancel_review, corrections, decide_review, is_active_member,
    latest_review, staff_names, step_page, submitters_since,
};

/// Which published articles a list shows.
#[derive(Debug, Default)]
pub struct Shown {
    /// A category and its descendants.
    pub categories: Option<Vec<String>>,
    pub kind: Option<article::ArticleKind>,
    pub class: Option<ProductClass>,
    pub labels: Vec<(LabelKind, String)>,
    /// A region and those it lies in.
    pub regions: Option<Vec<String>>,
}

pub async fn categories(
    conn: &impl ConnectionTrait,
) -> Result<Vec<article_category::Model>, DbErr> {
    article_category::Entity::find()
        .order_by_asc(article_category::Column::Position)
        .all(conn)
        .await
}

pub async fn is_category(conn: &impl ConnectionTrait, code: &str) -> Result<bool, DbErr> {
    Ok(article_category::Entity::find_by_id(code).one(conn).await?.is_some())
}

pub async fn published_page(
    conn: &impl ConnectionTrait,
    shown: Shown,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut all = Condition::all();
    if let Some(codes) = shown.categories {
        all = all.add(Column::CategoryCode.is_in(codes));
    }
    if let Some(kind) = shown.kind {
        all = all.add(Column::Kind.eq(kind));
    }
    if let Some(class) = shown.class {
        all = all.add(Column::ProductClass.eq(class));
    }
    for (kind, label) in shown.labels {
        let mut labelled = Query::select();
        labelled
            .column(article_label::Column::ArticleId)
            .from(article_label::Entity)
            .and_where(article_label::Column::Kind.eq(kind))
            .and_where(article_label::Column::Label.eq(label));
        all = all.add(Column::Id.in_subquery(labelled));
    }
    if let Some(codes) = shown.regions {
        let here = Condition::any().add(Column::RegionCode.is_null());
        all = all.add(here.add(Column::RegionCode.is_in(codes)));
    }
    let select = Entity::published().filter(all);
    page_of(select, (Column::PublishedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

pub async fn staff_page(
    conn: &impl ConnectionTrait,
    status: Option<ArticleStatus>,
    stage: Option<ArticleStage>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::common();
    if let Some(status) = status {
        select = select.filter(Column::Status.eq(status));
    }
    if let Some(stage) = stage {
        select = select.filter(Column::Stage.eq(stage));
    }
    page_of(select, (Column::UpdatedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

pub async fn by_id(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

/// The row, which nobody else changes until the end of the transaction.
pub async fn locked(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).lock_exclusive().one(conn).await
}

pub async fn by_import_key(conn: &impl ConnectionTrait, key: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::ImportKey.eq(key)).lock_exclusive().one(conn).await
}

pub async fn insert(conn: &impl ConnectionTrait, row: Model) -> Result<(), DbErr> {
    let row: ActiveModel = row.into_active_model().reset_all();
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Writes all of a row whose version was `version`. False when it is another by now.
pub async fn save(conn: &impl ConnectionTrait, row: &Model, version: i32) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Writes the words by which an article is found, in the place of those it had.
pub async fn set_labels(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    labels: Vec<(LabelKind, String)>,
) -> Result<(), DbErr> {
    use article_label::{ActiveModel, Column, Entity, Model};
    Entity::delete_many().filter(Column::ArticleId.eq(article_id)).exec(conn).await?;
    if labels.is_empty() {
        return Ok(());
    }
    let rows = labels.into_iter().map(|(kind, label)| -> ActiveModel {
        Model { article_id, kind, label }.into_active_model().reset_all()
    });
    Entity::insert_many(rows).exec_without_returning(conn).await.map(|_| ())
}

/// How many items one run of the schedule takes on.
const AT_ONCE: u64 = 500;

fn is_over(now: DateTime<Utc>) -> Condition {
    let all = Condition::all().add(Column::Status.eq(ArticleStatus::Published));
    all.add(Column::ExpireAt.lte(now))
}

fn is_due(now: DateTime<Utc>) -> Condition {
    let all = Condition::all().add(Column::Stage.eq(ArticleStage::Scheduled));
    all.add(Column::PublishAt.lte(now)).add(Column::ScheduleError.is_null())
}

async fn ids(
    conn: &impl ConnectionTrait,
    which: Condition,
    by: Column,
) -> Result<Vec<Uuid>, DbErr> {
    let some = Entity::find().select_only().column(Column::Id).filter(which);
    some.order_by_asc(by).order_by_asc(Column::Id).limit(AT_ONCE).into_tuple().all(conn).await
}

/// Published articles whose time is over, the longest first.
pub async fn over(conn: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Uuid>, DbErr> {
    ids(conn, is_over(now), Column::ExpireAt).await
}

/// Articles with a text whose time has come and that has not failed, the longest first.
pub async fn due(conn: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Uuid>, DbErr> {
    ids(conn, is_due(now), Column::PublishAt).await
}

/// One item for this transaction alone; none when another one has it, or had it.
async fn take(
    conn: &impl ConnectionTrait,
    id: Uuid,
    which: Condition,
) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id)
        .filter(which)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(conn)
        .await
}

pub async fn take_over(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Model>, DbErr> {
    take(conn, id, is_over(now)).await
}

pub async fn take_due(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Model>, DbErr> {
    take(conn, id, is_due(now)).await
}

/// Since when the oldest text is due, of those that have not failed.
pub async fn oldest_due(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let oldest: Option<Option<DateTime<Utc>>> = Entity::find()
        .select_only()
        .column(Column::PublishAt)
        .filter(is_due(now))
        .order_by_asc(Column::PublishAt)
        .into_tuple()
        .one(conn)
        .await?;
    Ok(oldest.flatten())
}
