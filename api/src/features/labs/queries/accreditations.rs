use chrono::{DateTime, Utc};
use entity::lab;
use entity::lab_accreditation::{
    AccreditationEnd, AccreditationKind, ActiveModel, Column, Entity, Model,
};
use sea_orm::sea_query::{Expr, Query, SubQueryStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

/// All there ever were, newest first.
pub async fn accreditations(
    conn: &impl ConnectionTrait,
    lab_id: Uuid,
) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::LabId.eq(lab_id))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .all(conn)
        .await
}

pub async fn insert_accreditation(
    conn: &impl ConnectionTrait,
    row: ActiveModel,
) -> Result<(), DbErr> {
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Ends one that is in force. False when it ended before.
pub async fn end_accreditation(
    conn: &impl ConnectionTrait,
    id: Uuid,
    reason: AccreditationEnd,
    replaced_by: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now))
        .col_expr(Column::EndReason, Expr::value(reason))
        .col_expr(Column::ReplacedBy, Expr::value(replaced_by))
        .filter(Column::Id.eq(id))
        .filter(Column::EndedAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Writes into the lab, which the caller has locked before, until when it is accredited: by CMA, without
/// which nobody may report on what they tested (《检验检测机构资质认定管理办法》, article 5). CNAS, which is
/// voluntary, does not stand in for it.
pub async fn settle(
    conn: &impl ConnectionTrait,
    lab_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let longest = Query::select()
        .expr(Column::ValidUntil.max())
        .from(Entity)
        .and_where(Column::LabId.eq(lab_id))
        .and_where(Column::EndedAt.is_null())
        .and_where(Column::Kind.eq(AccreditationKind::Cma))
        .take();
    lab::Entity::update_many()
        .col_expr(lab::Column::AccreditedUntil, Expr::from(SubQueryStatement::from(longest)))
        .col_expr(lab::Column::UpdatedAt, Expr::value(now))
        .col_expr(lab::Column::Version, Expr::col(lab::Column::Version).add(1))
        .filter(lab::Column::Id.eq(lab_id))
        .exec(conn)
        .await
        .map(|_| ())
}
