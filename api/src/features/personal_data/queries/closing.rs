use chrono::{DateTime, Utc};
use entity::account::{self, AccountStatus};
use entity::account_deletion::{self, DeletionStatus};
use entity::restricted_record;
use entity::scope::Common as _;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

/// Changes how an account stands; `ends_tokens` also makes its access tokens worthless.
pub async fn set_standing(
    conn: &impl ConnectionTrait,
    id: Uuid,
    status: AccountStatus,
    ends_tokens: bool,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use account::Column;

    account::Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Epoch, Expr::col(Column::Epoch).add(i32::from(ends_tokens)))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// An account without a person, to which what is still being handled belongs.
pub async fn insert_placeholder(
    conn: &impl ConnectionTrait,
    row: account::ActiveModel,
) -> Result<(), DbErr> {
    account::Entity::insert(row)
        .on_conflict(OnConflict::column(account::Column::Id).do_nothing().to_owned())
        .exec_without_returning(conn)
        .await
        .map(|_| ())
}

pub async fn delete_account(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    account::Entity::delete_many()
        .filter(account::Column::Id.eq(id).or(account::Column::MergedInto.eq(id)))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn insert_deletion(
    conn: &impl ConnectionTrait,
    row: account_deletion::ActiveModel,
) -> Result<account_deletion::Model, DbErr> {
    account_deletion::Entity::insert(row).exec_with_returning(conn).await
}

/// The last wish of an account to be closed.
pub async fn last_deletion(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
) -> Result<Option<account_deletion::Model>, DbErr> {
    account_deletion::Entity::find()
        .filter(account_deletion::Column::AccountId.eq(account_id))
        .order_by_desc(account_deletion::Column::RequestedAt)
        .order_by_desc(account_deletion::Column::Id)
        .one(conn)
        .await
}

pub async fn deletion(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<account_deletion::Model>, DbErr> {
    account_deletion::Entity::find_by_id(id).one(conn).await
}

/// As [`deletion`], locked: two runs of one erasure take turns.
pub async fn locked_deletion(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<account_deletion::Model>, DbErr> {
    account_deletion::Entity::find_by_id(id).lock_exclusive().one(conn).await
}

pub async fn update_deletion(
    conn: &impl ConnectionTrait,
    row: account_deletion::ActiveModel,
) -> Result<(), DbErr> {
    account_deletion::Entity::update(row).exec(conn).await.map(|_| ())
}

pub async fn store_outcome(
    conn: &impl ConnectionTrait,
    id: Uuid,
    outcome: Json,
) -> Result<(), DbErr> {
    account_deletion::Entity::update_many()
        .col_expr(account_deletion::Column::Outcome, Expr::value(outcome))
        .filter(account_deletion::Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn deletions_page(
    conn: &impl ConnectionTrait,
    status: Option<DeletionStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<account_deletion::Model>, DbErr> {
    let mut rows = account_deletion::Entity::common();
    if let Some(status) = status {
        rows = rows.filter(account_deletion::Column::Status.eq(status));
    }
    let key = (account_deletion::Column::RequestedAt, account_deletion::Column::Id);
    page_of(rows, key, Direction::Descending, cursor, limit).all(conn).await
}

/// Erased accounts of which a case was still open.
pub async fn with_open_cases(
    conn: &impl ConnectionTrait,
) -> Result<Vec<account_deletion::Model>, DbErr> {
    account_deletion::Entity::find()
        .filter(account_deletion::Column::HasOpenCases.eq(true))
        .filter(account_deletion::Column::Status.eq(DeletionStatus::Erased))
        .all(conn)
        .await
}

pub async fn insert_restricted(
    conn: &impl ConnectionTrait,
    row: restricted_record::ActiveModel,
) -> Result<(), DbErr> {
    restricted_record::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

pub async fn restricted(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<restricted_record::Model>, DbErr> {
    restricted_record::Entity::find_by_id(id).one(conn).await
}

pub async fn restricted_page(
    conn: &impl ConnectionTrait,
    row_id: Option<String>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<restricted_record::Model>, DbErr> {
    let mut rows = restricted_record::Entity::common();
    if let Some(row_id) = row_id {
        rows = rows.filter(restricted_record::Column::RowId.eq(row_id));
    }
    let key = (restricted_record::Column::RestrictedAt, restricted_record::Column::Id);
    page_of(rows, key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn restricted_until(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<restricted_record::Model>, DbErr> {
    restricted_record::Entity::find()
        .filter(restricted_record::Column::KeepUntil.lte(now))
        .limit(limit)
        .all(conn)
        .await
}

/// False when somebody else removed it.
pub async fn delete_restricted(conn: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let done = restricted_record::Entity::delete_by_id(id).exec(conn).await?;
    Ok(done.rows_affected == 1)
}
