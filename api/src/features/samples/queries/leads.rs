use chrono::{DateTime, Utc};
use entity::risk_lead::{ActiveModel, Column, Entity, Model, RiskLeadStatus};
use entity::scope::{RegionScope, Regional as _};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

/// Opens a lead for each; one that is there already, revoked or not, says what was found last.
pub async fn put_leads(conn: &impl ConnectionTrait, rows: Vec<ActiveModel>) -> Result<(), DbErr> {
    let same = OnConflict::columns([Column::SampleId, Column::ItemName, Column::Standard])
        .update_columns([
            Column::ResultId,
            Column::LimitText,
            Column::ValueText,
            Column::Unit,
            Column::Status,
            Column::UpdatedAt,
        ])
        .to_owned();
    Entity::insert_many(rows).on_conflict(same).exec_without_returning(conn).await.map(|_| ())
}

/// Takes back what the results of a booking had said.
pub async fn revoke_leads(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(RiskLeadStatus::Revoked))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::BookingId.eq(booking_id))
        .filter(Column::Status.eq(RiskLeadStatus::New))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn lead_page(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    status: Option<RiskLeadStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::within(scope);
    if let Some(status) = status {
        select = select.filter(Column::Status.eq(status));
    }
    let key = (Column::CreatedAt, Column::Id);
    page_of(select, key, Direction::Descending, cursor, limit).all(conn).await
}
