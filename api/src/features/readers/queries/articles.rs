//! What is read of articles here.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::article_vote::VoteReason;
use entity::{article, article_favourite, article_reading, article_vote};
use sea_orm::sea_query::{Expr, IntoCondition as _};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, JoinType,
    QuerySelect, RelationDef,
};
use uuid::Uuid;

use crate::platform::db::padded;

pub async fn is_published(conn: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let found: Option<Uuid> = article::Entity::published()
        .filter(article::Column::Id.eq(id))
        .into_select()
        .select_only()
        .column(article::Column::Id)
        .into_tuple()
        .one(conn)
        .await?;
    Ok(found.is_some())
}

pub async fn is_article(conn: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let found: Option<Uuid> = article::Entity::find_by_id(id)
        .select_only()
        .column(article::Column::Id)
        .into_tuple()
        .one(conn)
        .await?;
    Ok(found.is_some())
}

/// What a list says of an article.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CardRow {
    pub id: Uuid,
    pub title: String,
    pub summary: String,
    pub category_code: String,
    pub cover_key: Option<String>,
    pub cover_alt: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
}

/// Those of the articles that are published. One query.
pub async fn cards(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, CardRow>, DbErr> {
    use article::Column;

    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<CardRow> = article::Entity::published()
        .filter(Column::Id.is_in(padded(ids)))
        .into_select()
        .select_only()
        .columns([
            Column::Id,
            Column::Title,
            Column::Summary,
            Column::CategoryCode,
            Column::CoverKey,
            Column::CoverAlt,
            Column::PublishedAt,
        ])
        .into_model()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What one account has to do with one article.
#[derive(Clone, Debug, FromQueryResult)]
pub struct StateRow {
    pub article_id: Uuid,
    pub favoured_at: Option<DateTime<Utc>>,
    pub progress: Option<i16>,
    pub read_at: Option<DateTime<Utc>>,
    pub is_useful: Option<bool>,
    pub reason: Option<VoteReason>,
}

/// The account's states of those of the articles that are published. One query.
pub async fn states(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    ids: Vec<Uuid>,
) -> Result<Vec<StateRow>, DbErr> {
    let favourites: RelationDef = article::Entity::belongs_to(article_favourite::Entity)
        .from(article::Column::Id)
        .to(article_favourite::Column::ArticleId)
        .on_condition(move |_, of| {
            Expr::col((of, article_favourite::Column::AccountId)).eq(account_id).into_condition()
        })
        .into();
    let readings: RelationDef = article::Entity::belongs_to(article_reading::Entity)
        .from(article::Column::Id)
        .to(article_reading::Column::ArticleId)
        .on_condition(move |_, of| {
            Expr::col((of, article_reading::Column::AccountId)).eq(account_id).into_condition()
        })
        .into();
    let votes: RelationDef = article::Entity::belongs_to(article_vote::Entity)
        .from(article::Column::Id)
        .to(article_vote::Column::ArticleId)
        .on_condition(move |_, of| {
            Expr::col((of, article_vote::Column::AccountId)).eq(account_id).into_condition()
        })
        .into();
    article::Entity::published()
        .filter(article::Column::Id.is_in(padded(ids)))
        .into_select()
        .select_only()
        .column_as(article::Column::Id, "article_id")
        .column_as(article_favourite::Column::CreatedAt, "favoured_at")
        .column_as(article_reading::Column::Progress, "progress")
        .column_as(article_reading::Column::ReadAt, "read_at")
        .column_as(article_vote::Column::IsUseful, "is_useful")
        .column_as(article_vote::Column::Reason, "reason")
        .join(JoinType::LeftJoin, favourites)
        .join(JoinType::LeftJoin, readings)
        .join(JoinType::LeftJoin, votes)
        .into_model()
        .all(conn)
        .await
}
