use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::bulletin_import::{ActiveModel, Column, Entity, ImportStatus, Model};
use entity::region;
use entity::scope::Owned as _;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, padded, page_of};

pub async fn insert_import(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

pub async fn import(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::owned_by(staff_id).filter(Column::Id.eq(id)).one(conn).await
}

pub async fn imports(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(Entity::owned_by(staff_id), key, Direction::Descending, cursor, limit).all(conn).await
}

/// Takes over what was checked. False when somebody was faster.
pub async fn settle_import(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(ImportStatus::Committed))
        .col_expr(Column::Content, Expr::cust("NULL"))
        .col_expr(Column::SettledAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(ImportStatus::Checked))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends what was checked before an instant, and was not taken over.
pub async fn expire_imports(
    conn: &impl ConnectionTrait,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(ImportStatus::Expired))
        .col_expr(Column::Content, Expr::cust("NULL"))
        .col_expr(Column::SettledAt, Expr::value(now))
        .filter(Column::Status.eq(ImportStatus::Checked))
        .filter(Column::CreatedAt.lt(before))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Those of the codes that are regions.
pub async fn regions_among(
    conn: &impl ConnectionTrait,
    codes: BTreeSet<String>,
) -> Result<BTreeSet<String>, DbErr> {
    let known: Vec<String> = region::Entity::find()
        .select_only()
        .column(region::Column::Code)
        .filter(region::Column::Code.is_in(padded(codes)))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(known.into_iter().collect())
}
