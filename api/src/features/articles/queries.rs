use chrono::{DateTime, NaiveDate, Utc};
use entity::article::{ActiveModel, ArticleStatus, Column, Entity, Model};
use entity::article_category;
use entity::scope::Common as _;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    UpdateMany,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

/// The columns that an edit changes.
pub struct Content {
    pub title: String,
    pub summary: String,
    pub body_markdown: String,
    pub body_html: String,
    pub category_code: String,
    pub issuer: Option<String>,
    pub document_number: Option<String>,
    pub issued_on: Option<NaiveDate>,
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
    category: Option<&str>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::published();
    if let Some(code) = category {
        select = select.filter(Column::CategoryCode.eq(code));
    }
    page_of(select, (Column::PublishedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

pub async fn published(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::published().filter(Column::Id.eq(id)).one(conn).await
}

pub async fn staff_page(
    conn: &impl ConnectionTrait,
    status: Option<ArticleStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::common();
    if let Some(status) = status {
        select = select.filter(Column::Status.eq(status));
    }
    page_of(select, (Column::UpdatedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

pub async fn by_id(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

pub async fn by_import_key(conn: &impl ConnectionTrait, key: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::ImportKey.eq(key)).one(conn).await
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

/// An update of exactly the version that the editor saw.
fn change(id: Uuid, version: i32, now: DateTime<Utc>) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(version))
}

pub async fn update_content(
    conn: &impl ConnectionTrait,
    id: Uuid,
    version: i32,
    content: Content,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = change(id, version, now)
        .col_expr(Column::Title, Expr::value(content.title))
        .col_expr(Column::Summary, Expr::value(content.summary))
        .col_expr(Column::BodyMarkdown, Expr::value(content.body_markdown))
        .col_expr(Column::BodyHtml, Expr::value(content.body_html))
        .col_expr(Column::CategoryCode, Expr::value(content.category_code))
        .col_expr(Column::Issuer, Expr::value(content.issuer))
        .col_expr(Column::DocumentNumber, Expr::value(content.document_number))
        .col_expr(Column::IssuedOn, Expr::value(content.issued_on))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

pub async fn update_cover(
    conn: &impl ConnectionTrait,
    id: Uuid,
    version: i32,
    key: &str,
    alt: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = change(id, version, now)
        .col_expr(Column::CoverKey, Expr::value(key))
        .col_expr(Column::CoverAlt, Expr::value(alt))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Changes the status; a first publication also gets its date.
pub async fn update_status(
    conn: &impl ConnectionTrait,
    article: &Model,
    status: ArticleStatus,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let published_at =
        if status == ArticleStatus::Published { Some(now) } else { article.published_at };
    let done = change(article.id, article.version, now)
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::PublishedAt, Expr::value(published_at))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
