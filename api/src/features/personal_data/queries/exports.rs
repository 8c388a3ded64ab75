use chrono::{DateTime, Utc};
use entity::data_export::{self, ExportStatus};
use entity::scope::Owned as _;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn insert_export(
    conn: &impl ConnectionTrait,
    row: data_export::ActiveModel,
) -> Result<data_export::Model, DbErr> {
    data_export::Entity::insert(row).exec_with_returning(conn).await
}

pub async fn any_export(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<data_export::Model>, DbErr> {
    data_export::Entity::find_by_id(id).one(conn).await
}

pub async fn own_export(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> Result<Option<data_export::Model>, DbErr> {
    data_export::Entity::owned_by(account_id).filter(data_export::Column::Id.eq(id)).one(conn).await
}

pub async fn own_exports(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<data_export::Model>, DbErr> {
    let key = (data_export::Column::RequestedAt, data_export::Column::Id);
    let own = data_export::Entity::owned_by(account_id);
    page_of(own, key, Direction::Descending, cursor, limit).all(conn).await
}

/// When the last exports were asked for, oldest first.
pub async fn exports_since(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    since: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, DbErr> {
    data_export::Entity::owned_by(account_id)
        .into_select()
        .select_only()
        .column(data_export::Column::RequestedAt)
        .filter(data_export::Column::RequestedAt.gt(since))
        .order_by_asc(data_export::Column::RequestedAt)
        .into_tuple()
        .all(conn)
        .await
}

/// What a finished copy consists of.
pub struct Finished {
    pub attempt: i32,
    pub parts: i32,
    pub size_bytes: i64,
    pub expires_at: DateTime<Utc>,
}

/// False when the request is gone or was settled by somebody else.
pub async fn finish_export(
    conn: &impl ConnectionTrait,
    id: Uuid,
    file: &Finished,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use data_export::Column;

    let done = data_export::Entity::update_many()
        .col_expr(Column::Status, Expr::value(ExportStatus::Ready))
        .col_expr(Column::Attempt, Expr::value(file.attempt))
        .col_expr(Column::Parts, Expr::value(file.parts))
        .col_expr(Column::SizeBytes, Expr::value(file.size_bytes))
        .col_expr(Column::ReadyAt, Expr::value(now))
        .col_expr(Column::ExpiresAt, Expr::value(file.expires_at))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(ExportStatus::Pending))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends a copy that was in this status; a ticket to it ends too.
pub async fn end_export(
    conn: &impl ConnectionTrait,
    id: Uuid,
    from: ExportStatus,
    to: ExportStatus,
) -> Result<(), DbErr> {
    use data_export::Column;

    data_export::Entity::update_many()
        .col_expr(Column::Status, Expr::value(to))
        .col_expr(Column::TicketHash, Expr::value(Option::<Vec<u8>>::None))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(from))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Finished copies whose time is over, and requests that nobody works on since `stale`.
pub async fn exports_to_end(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    stale: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<data_export::Model>, DbErr> {
    use data_export::Column;

    let is_over = Column::Status.eq(ExportStatus::Ready).and(Column::ExpiresAt.lte(now));
    let is_stuck = Column::Status.eq(ExportStatus::Pending).and(Column::RequestedAt.lte(stale));
    data_export::Entity::find().filter(is_over.or(is_stuck)).limit(limit).all(conn).await
}

pub async fn set_ticket(
    conn: &impl ConnectionTrait,
    id: Uuid,
    hash: Vec<u8>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    use data_export::Column;

    data_export::Entity::update_many()
        .col_expr(Column::TicketHash, Expr::value(hash))
        .col_expr(Column::TicketExpiresAt, Expr::value(expires_at))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Whether a ticket is good: a look that costs no transaction, for who tries any.
pub async fn is_ticket_good(
    conn: &impl ConnectionTrait,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use data_export::Column;

    let found = data_export::Entity::find()
        .filter(Column::TicketHash.eq(hash))
        .filter(Column::TicketExpiresAt.gt(now))
        .one(conn)
        .await?;
    Ok(found.is_some())
}

/// Spends a ticket: of many that come with it, one gets the copy.
pub async fn spend_ticket(
    conn: &impl ConnectionTrait,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<data_export::Model>, DbErr> {
    use data_export::Column;

    let spent = data_export::Entity::update_many()
        .col_expr(Column::TicketHash, Expr::value(Option::<Vec<u8>>::None))
        .filter(Column::TicketHash.eq(hash))
        .filter(Column::TicketExpiresAt.gt(now))
        .exec_with_returning(conn)
        .await?;
    Ok(spent.into_iter().next())
}
