//! Slots that belong to a plan.

use chrono::{DateTime, Utc};
use entity::booking::{self, BookingStatus};
use entity::slot::{self, Column, SlotStatus};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

/// Inserts what is not there yet. A slot that is there keeps its counters, and everything else.
pub async fn insert_absent(
    conn: &impl ConnectionTrait,
    rows: Vec<slot::ActiveModel>,
) -> Result<(), DbErr> {
    slot::Entity::insert_many(rows)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(conn)
        .await
        .map(|_| ())
}

fn ahead(plan_id: Uuid, after: DateTime<Utc>) -> Select<slot::Entity> {
    slot::Entity::find().filter(Column::PlanId.eq(plan_id)).filter(Column::StartsAt.gt(after))
}

/// The slots of a plan that begin after an instant, next first. A plan has one at a time.
pub async fn slots_of_plan(
    conn: &impl ConnectionTrait,
    plan_id: Uuid,
    after: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<slot::Model>, DbErr> {
    ahead(plan_id, after).order_by_asc(Column::StartsAt).limit(limit).all(conn).await
}

pub async fn count_slots_of_plan(
    conn: &impl ConnectionTrait,
    plan_id: Uuid,
    after: DateTime<Utc>,
) -> Result<u64, DbErr> {
    ahead(plan_id, after).count(conn).await
}

/// When a service has slots already, whoever made them.
pub async fn taken_times(
    conn: &impl ConnectionTrait,
    service_id: Uuid,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, DbErr> {
    slot::Entity::find()
        .select_only()
        .column(Column::StartsAt)
        .filter(Column::ServiceId.eq(service_id))
        .filter(Column::StopId.is_null())
        .filter(Column::StartsAt.between(from, until))
        .into_tuple()
        .all(conn)
        .await
}

/// Writes what a plan decides of a slot. The caller holds its lock.
pub async fn set_planned(conn: &impl ConnectionTrait, slot: slot::Model) -> Result<(), DbErr> {
    slot::Entity::update_many()
        .col_expr(Column::EndsAt, Expr::value(slot.ends_at))
        .col_expr(Column::Capacity, Expr::value(slot.capacity))
        .col_expr(Column::ShrinksTo, Expr::value(slot.shrinks_to))
        .col_expr(Column::ReservedUnits, Expr::value(slot.reserved_units))
        .col_expr(Column::ReleasedAt, Expr::value(slot.released_at))
        .col_expr(Column::DistrictCode, Expr::value(slot.district_code))
        .col_expr(Column::DistrictFirstUntil, Expr::value(slot.district_first_until))
        .col_expr(Column::ClosesAt, Expr::value(slot.closes_at))
        .col_expr(Column::Status, Expr::value(slot.status))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(slot.id))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn withdraw_slot(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    slot::Entity::update_many()
        .col_expr(Column::Status, Expr::value(SlotStatus::Withdrawn))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Deletes a slot that nobody ever booked. The caller holds its lock. False when it has a history.
pub async fn delete_unused(conn: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let history = Query::select()
        .expr(Expr::value(1))
        .from(booking::Entity)
        .and_where(booking::Column::SlotId.eq(id))
        .take();
    let done = slot::Entity::delete_many()
        .filter(Column::Id.eq(id))
        .filter(Column::LotteryId.is_null())
        .filter(Expr::exists(history).not())
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

pub async fn confirmed_in(
    conn: &impl ConnectionTrait,
    slot_id: Uuid,
) -> Result<Vec<booking::Model>, DbErr> {
    booking::Entity::find()
        .filter(booking::Column::SlotId.eq(slot_id))
        .filter(booking::Column::Status.eq(BookingStatus::Confirmed))
        .all(conn)
        .await
}
