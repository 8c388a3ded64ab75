//! Votes, shares, and their numbers.

use chrono::NaiveDate;
use entity::article_share::{self, ShareChannel};
use entity::article_vote::{ActiveModel, Column, Entity, Model, VoteReason};
use entity::{article_counter, article_favourite};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait,
    IntoActiveModel as _, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::features::readers::model::Delta;

pub async fn vote(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    article_id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::ArticleId.eq(article_id))
        .filter(Column::AccountId.eq(account_id))
        .one(conn)
        .await
}

pub async fn insert_vote(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

pub async fn update_vote(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    Entity::update(row).exec(conn).await.map(|_| ())
}

pub async fn delete_vote(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(conn).await.map(|_| ())
}

/// Adds to the numbers of an article; the schema refuses what would make one of them negative.
pub async fn count_votes(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    delta: Delta,
) -> Result<(), DbErr> {
    use article_counter::{Column, Entity, Model};

    let add = |column: Column, by: i32| Expr::col((Entity, column)).add(by);
    let done = Entity::update_many()
        .col_expr(Column::Useful, add(Column::Useful, delta.useful))
        .col_expr(Column::NotUseful, add(Column::NotUseful, delta.not_useful))
        .filter(Column::ArticleId.eq(article_id))
        .exec(conn)
        .await?;
    if done.rows_affected > 0 {
        return Ok(());
    }
    // The first vote of all, or one of two first ones at the same moment.
    let again = OnConflict::column(Column::ArticleId)
        .value(Column::Useful, add(Column::Useful, delta.useful))
        .value(Column::NotUseful, add(Column::NotUseful, delta.not_useful))
        .to_owned();
    let first = Model { article_id, useful: delta.useful, not_useful: delta.not_useful };
    Entity::insert(first.into_active_model().reset_all())
        .on_conflict(again)
        .exec_without_returning(conn)
        .await
        .map(|_| ())
}

pub async fn counter(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
) -> Result<Option<article_counter::Model>, DbErr> {
    article_counter::Entity::find_by_id(article_id).one(conn).await
}

pub async fn reasons(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
) -> Result<Vec<(VoteReason, i64)>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Reason)
        .expr_as(Expr::cust("COUNT(*)"), "votes")
        .filter(Column::ArticleId.eq(article_id))
        .filter(Column::Reason.is_not_null())
        .group_by(Column::Reason)
        .order_by_asc(Column::Reason)
        .into_tuple()
        .all(conn)
        .await
}

pub async fn favourites_of(conn: &impl ConnectionTrait, article_id: Uuid) -> Result<u64, DbErr> {
    article_favourite::Entity::find()
        .filter(article_favourite::Column::ArticleId.eq(article_id))
        .count(conn)
        .await
}

pub async fn count_share(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    channel: ShareChannel,
    shared_on: NaiveDate,
) -> Result<(), DbErr> {
    use article_share::{Column, Entity, Model};

    let again = OnConflict::columns([Column::ArticleId, Column::Channel, Column::SharedOn])
        .value(Column::Shares, Expr::col((Entity, Column::Shares)).add(1))
        .to_owned();
    let first = Model { article_id, channel, shared_on, shares: 1 };
    Entity::insert(first.into_active_model().reset_all())
        .on_conflict(again)
        .exec_without_returning(conn)
        .await
        .map(|_| ())
}

pub async fn shares(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
) -> Result<Vec<(ShareChannel, i64)>, DbErr> {
    use article_share::{Column, Entity};

    Entity::find()
        .select_only()
        .column(Column::Channel)
        .expr_as(Expr::cust("CAST(SUM(shares) AS BIGINT)"), "shares")
        .filter(Column::ArticleId.eq(article_id))
        .group_by(Column::Channel)
        .order_by_asc(Column::Channel)
        .into_tuple()
        .all(conn)
        .await
}
