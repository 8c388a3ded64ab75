use chrono::{DateTime, Utc};
use entity::audit_entry;
use entity::audit_export::{self, AuditExportStatus};
use entity::scope::{Common as _, Scoped};
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::dto::AuditCriteria;
use crate::platform::db::{Cursor, Direction, page_of};

fn matching(criteria: &AuditCriteria) -> Scoped<audit_entry::Entity> {
    use audit_entry::Column;

    let mut select = audit_entry::Entity::common();
    if let Some(id) = criteria.actor_id {
        select = select.filter(Column::ActorId.eq(id));
    }
    if let Some(beginning) = &criteria.action {
        let pattern = format!("{}%", beginning.replace('_', "\\_"));
        select = select.filter(Expr::col(Column::Action).like(LikeExpr::new(pattern).escape('\\')));
    }
    if let Some(kind) = &criteria.object_kind {
        select = select.filter(Column::ObjectKind.eq(kind));
    }
    if let Some(id) = &criteria.object_id {
        select = select.filter(Column::ObjectId.eq(id));
    }
    if let Some(id) = &criteria.request_id {
        select = select.filter(Column::RequestId.eq(id));
    }
    if let Some(from) = criteria.from {
        select = select.filter(Column::At.gte(from));
    }
    if let Some(to) = criteria.to {
        select = select.filter(Column::At.lt(to));
    }
    select
}

pub async fn page(
    conn: &impl ConnectionTrait,
    criteria: &AuditCriteria,
    direction: Direction,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<audit_entry::Model>, DbErr> {
    let key = (audit_entry::Column::At, audit_entry::Column::Id);
    page_of(matching(criteria), key, direction, cursor, limit).all(conn).await
}

pub async fn by_id(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<audit_entry::Model>, DbErr> {
    audit_entry::Entity::find_by_id(id).one(conn).await
}

pub async fn insert_export(
    conn: &impl ConnectionTrait,
    row: audit_export::ActiveModel,
) -> Result<audit_export::Model, DbErr> {
    audit_export::Entity::insert(row).exec_with_returning(conn).await
}

pub async fn export(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<audit_export::Model>, DbErr> {
    audit_export::Entity::find_by_id(id).one(conn).await
}

pub async fn exports_page(
    conn: &impl ConnectionTrait,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<audit_export::Model>, DbErr> {
    let key = (audit_export::Column::CreatedAt, audit_export::Column::Id);
    page_of(audit_export::Entity::common(), key, Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

/// What a finished file is.
pub struct Finished {
    pub parts: i32,
    pub rows: i64,
    pub bytes: i64,
    pub sha256: Vec<u8>,
    pub head: Option<(i64, Vec<u8>)>,
}

/// Makes a pending export ready. False when it is pending no more.
pub async fn finish_export(
    conn: &impl ConnectionTrait,
    id: Uuid,
    file: Finished,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use audit_export::Column;

    let (head_seq, head_link) = file.head.unzip();
    let done = audit_export::Entity::update_many()
        .col_expr(Column::Status, Expr::value(AuditExportStatus::Ready))
        .col_expr(Column::Parts, Expr::value(file.parts))
        .col_expr(Column::Rows, Expr::value(file.rows))
        .col_expr(Column::Bytes, Expr::value(file.bytes))
        .col_expr(Column::Sha256, Expr::value(file.sha256))
        .col_expr(Column::HeadSeq, Expr::value(head_seq))
        .col_expr(Column::HeadLink, Expr::value(head_link))
        .col_expr(Column::FinishedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(AuditExportStatus::Pending))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends an export without a file.
pub async fn end_export(
    conn: &impl ConnectionTrait,
    id: Uuid,
    from: AuditExportStatus,
    to: AuditExportStatus,
) -> Result<(), DbErr> {
    use audit_export::Column;

    audit_export::Entity::update_many()
        .col_expr(Column::Status, Expr::value(to))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(from))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Exports whose time is over and that are not ended.
pub async fn overdue_exports(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<audit_export::Model>, DbErr> {
    use audit_export::Column;

    audit_export::Entity::find()
        .filter(Column::Status.is_in([AuditExportStatus::Pending, AuditExportStatus::Ready]))
        .filter(Column::ExpiresAt.lte(now))
        .limit(limit)
        .all(conn)
        .await
}
