//! Codes of posters, and how often they were followed.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::poster_code::{ActiveModel, Column, Entity, Model};
use entity::scope::Common as _;
use entity::{article, poster_hit};
use sea_orm::sea_query::{Alias, Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait,
    FromQueryResult, IntoActiveModel as _, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, padded, page_of};

pub async fn insert_poster(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

pub async fn poster(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

pub async fn poster_page(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let of_article = Entity::common().filter(Column::ArticleId.eq(article_id));
    let key = (Column::CreatedAt, Column::Id);
    page_of(of_article, key, Direction::Descending, cursor, limit).all(conn).await
}

/// Ends the counting. False when it had ended.
pub async fn close_poster(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::ClosedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::ClosedAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Where a code leads.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Target {
    pub poster_id: Uuid,
    pub article_id: Uuid,
    pub closed_at: Option<DateTime<Utc>>,
}

/// The target of a code whose article is or was published.
pub async fn target(conn: &impl ConnectionTrait, code: &str) -> Result<Option<Target>, DbErr> {
    let to_article: RelationDef =
        Entity::belongs_to(article::Entity).from(Column::ArticleId).to(article::Column::Id).into();
    Entity::find()
        .select_only()
        .column_as(Column::Id, "poster_id")
        .columns([Column::ArticleId, Column::ClosedAt])
        .join(JoinType::InnerJoin, to_article)
        .filter(Column::Code.eq(code))
        .filter(article::Column::PublishedAt.is_not_null())
        .into_model()
        .one(conn)
        .await
}

/// Adds to the numbers of posters, in one order, so that no two who add wait for each other.
pub async fn add_hits(
    conn: &impl ConnectionTrait,
    hits: BTreeMap<(Uuid, NaiveDate), i64>,
) -> Result<(), DbErr> {
    use poster_hit::{Column, Entity, Model};

    let new = Expr::col((Alias::new("excluded"), Column::Hits));
    let again = OnConflict::columns([Column::PosterId, Column::HitOn])
        .value(Column::Hits, Expr::col((Entity, Column::Hits)).add(new))
        .to_owned();
    let rows = hits.into_iter().map(|((poster_id, hit_on), hits)| {
        Model { poster_id, hit_on, hits }.into_active_model().reset_all()
    });
    let insert = Entity::insert_many(rows).on_conflict(again);
    insert.exec_without_returning(conn).await.map(|_| ())
}

/// All hits of each of the posters that have any.
pub async fn hit_sums(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, i64>, DbErr> {
    use poster_hit::{Column, Entity};

    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sums: Vec<(Uuid, i64)> = Entity::find()
        .select_only()
        .column(Column::PosterId)
        .expr_as(Expr::cust("CAST(SUM(hits) AS BIGINT)"), "hits")
        .filter(Column::PosterId.is_in(padded(ids)))
        .group_by(Column::PosterId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(sums.into_iter().collect())
}

pub async fn hits_by_day(
    conn: &impl ConnectionTrait,
    poster_id: Uuid,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<poster_hit::Model>, DbErr> {
    use poster_hit::{Column, Entity};

    Entity::find()
        .filter(Column::PosterId.eq(poster_id))
        .filter(Column::HitOn.gte(from))
        .filter(Column::HitOn.lte(to))
        .order_by_asc(Column::HitOn)
        .all(conn)
        .await
}

/// All hits of all posters of an article.
pub async fn hits_of_article(conn: &impl ConnectionTrait, article_id: Uuid) -> Result<i64, DbErr> {
    let to_poster: RelationDef = poster_hit::Entity::belongs_to(Entity)
        .from(poster_hit::Column::PosterId)
        .to(Column::Id)
        .into();
    let sum: Option<i64> = poster_hit::Entity::find()
        .select_only()
        .expr_as(Expr::cust("CAST(COALESCE(SUM(hits), 0) AS BIGINT)"), "hits")
        .join(JoinType::InnerJoin, to_poster)
        .filter(Column::ArticleId.eq(article_id))
        .into_tuple()
        .one(conn)
        .await?;
    Ok(sum.unwrap_or_default())
}
