use chrono::{DateTime, Utc};
use entity::lab;
use entity::slot::{self, Column, SlotStatus};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::slots::takes_bookings;
use crate::platform::clock::local_date;

/// Open slots of labs whose region begins so, that begin in `from..until`.
pub async fn open_in_region(
    conn: &impl ConnectionTrait,
    region_prefix: &str,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    limit: u64,
) -> Result<Vec<slot::Model>, DbErr> {
    let labs = Query::select()
        .column(lab::Column::Id)
        .from(lab::Entity)
        .and_where(Expr::col(lab::Column::RegionCode).like(format!("{region_prefix}%")))
        .take();
    slot::Entity::find()
        .filter(Column::Status.eq(SlotStatus::Open))
        .filter(Column::StartsAt.gte(from))
        .filter(Column::StartsAt.lt(until))
        .filter(Column::LabId.in_subquery(labs))
        .filter(takes_bookings(local_date(from)))
        .order_by_asc(Column::StartsAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(conn)
        .await
}
