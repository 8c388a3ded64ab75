use chrono::{DateTime, Utc};
use entity::account_conflict::{ActiveModel, Column, ConflictDecision, Entity, Model};
use entity::scope::Common as _;
use entity::wechat_identity;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

/// Writes a contradiction down, or counts it once more. Returns how often it was seen.
pub async fn note_conflict(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<i32, DbErr> {
    let again = OnConflict::columns([Column::IdentityId, Column::Unionid, Column::Kind])
        .update_column(Column::LastSeenAt)
        .value(Column::SeenCount, Expr::col((Entity, Column::SeenCount)).add(1))
        .to_owned();
    let noted = Entity::insert(row).on_conflict(again).exec_with_returning(conn).await?;
    Ok(noted.seen_count)
}

/// Contradictions, newest first; `open` are those that nobody has decided.
pub async fn conflicts_page(
    conn: &impl ConnectionTrait,
    open: Option<bool>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let select = match open {
        Some(true) => Entity::common().filter(Column::Decision.is_null()),
        Some(false) => Entity::common().filter(Column::Decision.is_not_null()),
        None => Entity::common(),
    };
    let key = (Column::CreatedAt, Column::Id);
    page_of(select, key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn conflict(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

/// Decides a contradiction; the first decision counts.
pub async fn decide_conflict(
    conn: &impl ConnectionTrait,
    id: Uuid,
    decision: ConflictDecision,
    decided_by: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Decision, Expr::value(decision))
        .col_expr(Column::DecidedAt, Expr::value(now))
        .col_expr(Column::DecidedBy, Expr::value(decided_by))
        .filter(Column::Id.eq(id))
        .filter(Column::Decision.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Every identity of the account reports this unionid from now on.
pub async fn adopt_unionid(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    unionid: &str,
) -> Result<(), DbErr> {
    wechat_identity::Entity::update_many()
        .col_expr(wechat_identity::Column::Unionid, Expr::value(unionid))
        .filter(wechat_identity::Column::AccountId.eq(account_id))
        .exec(conn)
        .await
        .map(|_| ())
}
