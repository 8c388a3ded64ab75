use chrono::{DateTime, Utc};
use entity::home_page::{Column, Entity, Model};
use entity::lab::{self, LabStatus};
use entity::scope::{Common as _, Scoped};
use entity::stop::{self, StopStatus};
use entity::{article, bulletin, lab_service, quiz};
use sea_orm::sea_query::{Condition, Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use serde_json::Value;
use uuid::Uuid;

use super::model::vicinity;

const PAGE: &str = "mini_program";

pub async fn page(conn: &impl ConnectionTrait) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(PAGE).one(conn).await
}

/// Puts other banners there. False when somebody else did meanwhile.
pub async fn set_banners(
    conn: &impl ConnectionTrait,
    version: i32,
    banners: Value,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Banners, Expr::value(banners))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Code.eq(PAGE))
        .filter(Column::Version.eq(version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

pub async fn known_articles(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<Uuid>, DbErr> {
    article::Entity::find()
        .select_only()
        .column(article::Column::Id)
        .filter(article::Column::Id.is_in(ids))
        .into_tuple()
        .all(conn)
        .await
}

/// An article without its text.
#[derive(Debug, FromQueryResult)]
pub struct ArticleHead {
    pub id: Uuid,
    pub title: String,
    pub summary: String,
    pub category_code: String,
    pub cover_key: Option<String>,
    pub cover_alt: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
}

fn heads(rows: Scoped<article::Entity>) -> Select<article::Entity> {
    use article::Column;

    rows.into_select().select_only().columns([
        Column::Id,
        Column::Title,
        Column::Summary,
        Column::CategoryCode,
        Column::CoverKey,
        Column::CoverAlt,
        Column::PublishedAt,
    ])
}

pub async fn articles(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<ArticleHead>, DbErr> {
    let rows = article::Entity::published().filter(article::Column::Id.is_in(ids));
    heads(rows).into_model().all(conn).await
}

/// Meant for the whole country, for a region around the one that is asked for, or for one near it.
fn concerns(column: impl ColumnTrait, region: &str) -> Condition {
    let around = [2, 4, 6, 9].into_iter().filter_map(|length| region.get(..length));
    Condition::any()
        .add(column.is_null())
        .add(column.is_in(around))
        .add(column.starts_with(vicinity(region)))
}

/// Published last; `region` is empty for the whole country.
pub async fn newest_articles(
    conn: &impl ConnectionTrait,
    category: Option<&str>,
    region: &str,
    limit: u64,
) -> Result<Vec<ArticleHead>, DbErr> {
    let mut rows =
        article::Entity::published().filter(concerns(article::Column::RegionCode, region));
    if let Some(code) = category {
        rows = rows.filter(article::Column::CategoryCode.eq(code));
    }
    heads(rows)
        .order_by_desc(article::Column::PublishedAt)
        .order_by_desc(article::Column::Id)
        .limit(limit)
        .into_model()
        .all(conn)
        .await
}

/// In force; `region` is empty for the whole country.
pub async fn newest_bulletins(
    conn: &impl ConnectionTrait,
    region: &str,
    limit: u64,
) -> Result<Vec<bulletin::Model>, DbErr> {
    use bulletin::Column;

    bulletin::Entity::in_force()
        .filter(concerns(Column::RegionCode, region))
        .into_select()
        .order_by_desc(Column::PublishedAt)
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(conn)
        .await
}

pub async fn newest_quizzes(
    conn: &impl ConnectionTrait,
    limit: u64,
) -> Result<Vec<quiz::Model>, DbErr> {
    quiz::Entity::published()
        .into_select()
        .order_by_desc(quiz::Column::PublishedAt)
        .order_by_desc(quiz::Column::Id)
        .limit(limit)
        .all(conn)
        .await
}

/// Planned, of labs at work, in regions whose code begins so.
pub async fn next_stops(
    conn: &impl ConnectionTrait,
    region_prefix: &str,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<stop::Model>, DbErr> {
    let active = Query::select()
        .column(lab::Column::Id)
        .from(lab::Entity)
        .and_where(Expr::col(lab::Column::Status).eq(LabStatus::Active))
        .take();
    stop::Entity::common()
        .filter(stop::Column::Status.eq(StopStatus::Planned))
        .filter(stop::Column::EndsAt.gt(now))
        .filter(stop::Column::RegionCode.starts_with(region_prefix))
        .filter(stop::Column::LabId.in_subquery(active))
        .into_select()
        .order_by_asc(stop::Column::StartsAt)
        .order_by_asc(stop::Column::Id)
        .limit(limit)
        .all(conn)
        .await
}

pub async fn services(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<lab_service::Model>, DbErr> {
    lab_service::Entity::find().filter(lab_service::Column::Id.is_in(ids)).all(conn).await
}

/// (id, name)
pub async fn lab_names(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<(Uuid, String)>, DbErr> {
    lab::Entity::find()
        .select_only()
        .columns([lab::Column::Id, lab::Column::Name])
        .filter(lab::Column::Id.is_in(ids))
        .into_tuple()
        .all(conn)
        .await
}
