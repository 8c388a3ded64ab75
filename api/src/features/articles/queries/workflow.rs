use chrono::{DateTime, Utc};
use entity::article_review::{self, ArticleReviewStatus};
use entity::article_step::{self, ArticleStep};
use entity::scope::Common as _;
use entity::{article_revision, staff_member};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel as _,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

/// Fails on a unique index when a review of the article runs already.
pub async fn add_review(
    conn: &impl ConnectionTrait,
    row: article_review::Model,
) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    article_review::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// A reviewer's word on the last review of a revision, which stands as `from`. False when it does not.
pub async fn decide_review(
    conn: &impl ConnectionTrait,
    (revision_id, from): (Uuid, ArticleReviewStatus),
    (status, by, note): (ArticleReviewStatus, Uuid, Option<String>),
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use article_review::{Column, Entity};
    // The same text may have been approved before, and taken down meanwhile.
    let latest = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::RevisionId.eq(revision_id))
        .order_by_desc(Column::Version)
        .limit(1)
        .into_tuple::<Uuid>()
        .one(conn)
        .await?;
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::DecidedBy, Expr::value(by))
        .col_expr(Column::DecidedAt, Expr::value(now))
        .col_expr(Column::Note, Expr::value(note))
        .filter(Column::Id.eq(latest))
        .filter(Column::Status.eq(from))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends the review that runs, if one does: the text is not the one any more that was handed in.
pub async fn cancel_review(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use article_review::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(ArticleReviewStatus::Cancelled))
        .col_expr(Column::DecidedAt, Expr::value(now))
        .filter(Column::ArticleId.eq(article_id))
        .filter(Column::Status.eq(ArticleReviewStatus::Running))
        .exec(conn)
        .await?;
    Ok(())
}

pub async fn latest_review(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
) -> Result<Option<article_review::Model>, DbErr> {
    use article_review::{Column, Entity};
    let all = Entity::find().filter(Column::ArticleId.eq(article_id));
    all.order_by_desc(Column::Version).one(conn).await
}

/// Who approved a revision.
pub async fn approver(
    conn: &impl ConnectionTrait,
    revision_id: Uuid,
) -> Result<Option<Uuid>, DbErr> {
    use article_review::{Column, Entity};
    let row = Entity::find()
        .filter(Column::RevisionId.eq(revision_id))
        .filter(Column::Status.eq(ArticleReviewStatus::Approved))
        .order_by_desc(Column::Version)
        .one(conn)
        .await?;
    Ok(row.and_then(|row| row.decided_by))
}

/// Who handed in a revision beyond `number`, or the one with the id `latest`.
pub async fn submitters_since(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    number: i32,
    latest: Option<Uuid>,
) -> Result<Vec<Uuid>, DbErr> {
    use article_review::{Column, Entity};
    let mut revisions = Query::select();
    revisions
        .column(article_revision::Column::Id)
        .from(article_revision::Entity)
        .and_where(article_revision::Column::ArticleId.eq(article_id))
        .and_where(article_revision::Column::Number.gt(number));
    let mut which = sea_orm::Condition::any().add(Column::RevisionId.in_subquery(revisions));
    if let Some(latest) = latest {
        which = which.add(Column::RevisionId.eq(latest));
    }
    Entity::find()
        .select_only()
        .column(Column::SubmittedBy)
        .distinct()
        .filter(Column::ArticleId.eq(article_id))
        .filter(which)
        .into_tuple()
        .all(conn)
        .await
}

pub async fn add_step(conn: &impl ConnectionTrait, row: article_step::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    article_step::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Oldest first.
pub async fn step_page(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<article_step::Model>, DbErr> {
    use article_step::{Column, Entity};
    let all = Entity::common().filter(Column::ArticleId.eq(article_id));
    page_of(all, (Column::At, Column::Id), Direction::Ascending, cursor, limit).all(conn).await
}

/// What was corrected of an article, oldest first.
pub async fn corrections(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
) -> Result<Vec<article_step::Model>, DbErr> {
    use article_step::{Column, Entity};
    let all = Entity::find().filter(Column::ArticleId.eq(article_id));
    let all = all.filter(Column::Step.eq(ArticleStep::Corrected));
    all.order_by_asc(Column::At).order_by_asc(Column::Id).all(conn).await
}

pub async fn is_active_member(conn: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    use staff_member::{Column, Entity, StaffStatus};
    let member = Entity::find_by_id(id).filter(Column::Status.eq(StaffStatus::Active));
    Ok(member.one(conn).await?.is_some())
}

/// Their ids and display names.
pub async fn staff_names(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<(Uuid, String)>, DbErr> {
    use staff_member::{Column, Entity};
    let some = Entity::find().select_only().columns([Column::Id, Column::DisplayName]);
    some.filter(Column::Id.is_in(ids)).into_tuple().all(conn).await
}
