use chrono::{DateTime, Utc};
use entity::correction_request::{self, CorrectionStatus};
use entity::scope::{Owned as _, Regional as _, Scoped};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::platform::auth::RegionScope;
use crate::platform::db::{Cursor, Direction, page_of};

pub async fn insert_correction(
    conn: &impl ConnectionTrait,
    row: correction_request::ActiveModel,
) -> Result<correction_request::Model, DbErr> {
    correction_request::Entity::insert(row).exec_with_returning(conn).await
}

pub async fn own_corrections(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<correction_request::Model>, DbErr> {
    corrections(correction_request::Entity::owned_by(account_id), None, cursor, limit)
        .all(conn)
        .await
}

pub async fn region_corrections(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    status: Option<CorrectionStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<correction_request::Model>, DbErr> {
    corrections(correction_request::Entity::within(scope), status, cursor, limit).all(conn).await
}

pub async fn region_correction(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    id: Uuid,
) -> Result<Option<correction_request::Model>, DbErr> {
    correction_request::Entity::within(scope)
        .filter(correction_request::Column::Id.eq(id))
        .one(conn)
        .await
}

fn corrections(
    mut rows: Scoped<correction_request::Entity>,
    status: Option<CorrectionStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Select<correction_request::Entity> {
    if let Some(status) = status {
        rows = rows.filter(correction_request::Column::Status.eq(status));
    }
    let key = (correction_request::Column::CreatedAt, correction_request::Column::Id);
    page_of(rows, key, Direction::Descending, cursor, limit)
}

/// What a decision on a correction writes.
pub struct Decision {
    pub to: CorrectionStatus,
    pub reason_cipher: Option<Vec<u8>>,
    pub decided_by: Uuid,
}

/// False when it was decided meanwhile.
pub async fn decide_correction(
    conn: &impl ConnectionTrait,
    id: Uuid,
    decision: Decision,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use correction_request::Column;

    let done = correction_request::Entity::update_many()
        .col_expr(Column::Status, Expr::value(decision.to))
        .col_expr(Column::ReasonCipher, Expr::value(decision.reason_cipher))
        .col_expr(Column::DecidedBy, Expr::value(decision.decided_by))
        .col_expr(Column::DecidedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(CorrectionStatus::Pending))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
