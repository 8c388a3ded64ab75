use chrono::{DateTime, NaiveDate, Utc};
use entity::booking::{self, BookingChannel};
use entity::lab::{self, LabStatus};
use entity::lab_service::{self, ServiceStatus};
use entity::scope::Common as _;
use entity::slot::{self, Column, SlotStatus};
use sea_orm::sea_query::{CaseStatement, Expr, Keyword, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect, UpdateMany,
};
use uuid::Uuid;

use super::quota::Precedence;
use crate::features::appointments::model::{Holding, Places, Wish};
use crate::features::labs::UNACCREDITED_KINDS;
use crate::platform::clock::local_date;
use crate::platform::db::{Cursor, Direction, page_of};

/// Which slots a list shows.
pub struct SlotQuery {
    pub lab_id: Option<Uuid>,
    pub service_id: Option<Uuid>,
    pub stop_id: Option<Uuid>,
    pub on: Option<NaiveDate>,
    pub now: DateTime<Utc>,
    /// What begins before is closed, unless it says itself when it closes.
    pub not_before: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

pub async fn open_slots(
    conn: &impl ConnectionTrait,
    query: &SlotQuery,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<slot::Model>, DbErr> {
    let mut select = slot::Entity::common()
        .filter(Column::Status.eq(SlotStatus::Open))
        .filter(Column::StartsAt.gt(query.now))
        .filter(not_closed(query.now, query.not_before))
        .filter(Column::StartsAt.lte(query.until))
        .filter(takes_bookings(local_date(query.now)));
    if let Some(lab_id) = query.lab_id {
        select = select.filter(Column::LabId.eq(lab_id));
    }
    if let Some(service_id) = query.service_id {
        select = select.filter(Column::ServiceId.eq(service_id));
    }
    if let Some(stop_id) = query.stop_id {
        select = select.filter(Column::StopId.eq(stop_id));
    }
    if let Some(on) = query.on {
        select = select.filter(Column::StartsOn.eq(on));
    }
    page_of(select, (Column::StartsAt, Column::Id), Direction::Ascending, cursor, limit)
        .all(conn)
        .await
}

/// Slots with places and somebody who waits for one.
pub async fn waited_for(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<slot::Model>, DbErr> {
    let taken = Expr::col(Column::Held).add(Expr::col(Column::Booked));
    let select = slot::Entity::common()
        .filter(Expr::cust("waiting > 0"))
        .filter(Column::Status.eq(SlotStatus::Open))
        .filter(Column::StartsAt.gt(now))
        .filter(taken.lt(Expr::col(Column::Capacity)))
        .filter(takes_bookings(local_date(now)));
    page_of(select, (Column::StartsAt, Column::Id), Direction::Ascending, cursor, limit)
        .all(conn)
        .await
}

/// The lab works, the service is open, and the lab is accredited for what takes an accreditation: two
/// rows found by their keys. `labs::service::require_bookable` tells which of it is missing.
pub(super) fn takes_bookings(today: NaiveDate) -> SimpleExpr {
    let (lab, service) = (lab::Entity, lab_service::Entity);
    let may_test = Condition::any()
        .add(lab_service::Column::Kind.is_in(UNACCREDITED_KINDS))
        .add(lab::Column::AccreditedUntil.gte(today));
    let offered = Query::select()
        .expr(Expr::value(1))
        .from(lab)
        .from(service)
        .and_where(Expr::col((lab, lab::Column::Id)).equals((slot::Entity, Column::LabId)))
        .and_where(
            Expr::col((service, lab_service::Column::Id)).equals((slot::Entity, Column::ServiceId)),
        )
        .and_where(lab::Column::Status.eq(LabStatus::Active))
        .and_where(lab_service::Column::Status.eq(ServiceStatus::Open))
        .cond_where(may_test)
        .take();
    Expr::exists(offered)
}

pub async fn slot(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<slot::Model>, DbErr> {
    slot::Entity::find_by_id(id).one(conn).await
}

pub async fn slots(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<slot::Model>, DbErr> {
    slot::Entity::find().filter(Column::Id.is_in(ids)).all(conn).await
}

/// Locks several slots in one order, so that no two who do so wait for each other.
pub async fn lock_slots(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<slot::Model>, DbErr> {
    slot::Entity::find()
        .filter(Column::Id.is_in(ids))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(conn)
        .await
}

pub async fn insert_slot(
    conn: &impl ConnectionTrait,
    row: slot::ActiveModel,
) -> Result<slot::Model, DbErr> {
    slot::Entity::insert(row).exec_with_returning(conn).await
}

/// What a plan withdrew stays withdrawn, so that its bookings are still moved.
pub async fn close_slot(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    slot::Entity::update_many()
        .col_expr(Column::Status, Expr::value(SlotStatus::Closed))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(SlotStatus::Open))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Who wants how many places, and how.
#[derive(Clone, Debug)]
pub struct Want {
    pub units: i32,
    pub channel: BookingChannel,
    pub now: DateTime<Utc>,
    /// Slots that begin before are closed, unless they say themselves when they close.
    pub not_before: DateTime<Utc>,
    pub precedence: Precedence,
    /// It was drawn by lot.
    pub is_drawn: bool,
}

impl Want {
    /// Slots that give it. `model::refusal` tells the reasons of those that do not.
    pub(super) fn bookable(&self) -> Condition {
        let rule = Condition::all()
            .add(Column::Status.eq(SlotStatus::Open))
            .add(has_room(self.units, self.channel))
            .add(takes_bookings(local_date(self.now)));
        let is_first = Column::Waiting.eq(0);
        if self.is_drawn {
            return rule.add(is_first).add(Column::StartsAt.gt(self.now));
        }
        if self.channel != BookingChannel::Online {
            // Who stands at the desk may still come in, and takes what is kept for them before
            // those who wait online or draw lots.
            let kept = Expr::col(Column::ReservedUsed).add(self.units);
            let kept = kept.lte(Expr::col(Column::ReservedUnits));
            let is_anybodys = is_first.and(Column::LotteryId.is_null());
            return rule
                .add(Column::EndsAt.gt(self.now))
                .add(Condition::any().add(is_anybodys).add(kept));
        }
        rule.add(is_first).add(self.open_online())
    }

    /// Slots that are open to the one who asks, whether or not they have room.
    fn open_online(&self) -> Condition {
        let not_closed = not_closed(self.now, self.not_before);
        let open = Condition::all().add(not_closed).add(Column::LotteryId.is_null());
        if self.precedence.goes_first {
            return open;
        }
        let released = Condition::any()
            .add(Column::ReleasedAt.is_null())
            .add(Column::ReleasedAt.lte(self.now));
        let mut district = Condition::any()
            .add(Column::DistrictFirstUntil.is_null())
            .add(Column::DistrictFirstUntil.lte(self.now));
        if let Some(code) = &self.precedence.region_code {
            let above: Vec<&str> = (2..=code.len()).filter_map(|end| code.get(..end)).collect();
            district = district.add(Column::DistrictCode.is_in(above));
        }
        open.add(released).add(district)
    }

    /// As the rules speak of it.
    pub fn wish(&self) -> Wish<'_> {
        let Precedence { region_code, goes_first } = &self.precedence;
        let (region_code, goes_first) = (region_code.as_deref(), *goes_first);
        Wish { units: self.units, channel: self.channel, now: self.now, region_code, goes_first }
    }
}

/// Slots that say themselves that they are open, or begin late enough.
fn not_closed(now: DateTime<Utc>, not_before: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(Column::ClosesAt.is_null().and(Column::StartsAt.gt(not_before)))
        .add(Column::ClosesAt.gt(now))
}

/// Room for so many more, where online bookings leave what is kept for the others.
fn has_room(units: i32, channel: BookingChannel) -> SimpleExpr {
    let taken = Expr::col(Column::Held).add(Expr::col(Column::Booked)).add(units);
    let taken = if channel == BookingChannel::Online {
        let rest = Expr::col(Column::ReservedUnits).sub(Expr::col(Column::ReservedUsed));
        let kept = CaseStatement::new().case(rest.clone().gt(0), rest).finally(0);
        taken.add(Expr::expr(kept))
    } else {
        taken
    };
    taken.lte(Expr::col(Column::Capacity))
}

/// Frees units, which are nobody's where a slot shrinks, until it is as small as its plan wants it.
fn release(
    update: UpdateMany<slot::Entity>,
    counter: Column,
    units: i32,
) -> UpdateMany<slot::Entity> {
    let taken = || Expr::col(Column::Held).add(Expr::col(Column::Booked)).sub(units);
    let shrinks_to = || Expr::col(Column::ShrinksTo);
    let capacity = CaseStatement::new()
        .case(shrinks_to().is_null(), Expr::col(Column::Capacity))
        .case(taken().gt(shrinks_to()), taken())
        .finally(shrinks_to());
    let still =
        CaseStatement::new().case(taken().gt(shrinks_to()), shrinks_to()).finally(Keyword::Null);
    update
        .col_expr(counter, Expr::col(counter).sub(units))
        .col_expr(Column::Capacity, capacity.into())
        .col_expr(Column::ShrinksTo, still.into())
        .filter(counter.gte(units))
}

/// Joins the line of a slot, which the caller has locked, and gives the number in it.
pub async fn join_line(conn: &impl ConnectionTrait, slot_id: Uuid) -> Result<Option<i64>, DbErr> {
    let joined = slot::Entity::update_many()
        .col_expr(Column::Waiting, Expr::col(Column::Waiting).add(1))
        .col_expr(Column::LastWaitlistNo, Expr::col(Column::LastWaitlistNo).add(1))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(slot_id))
        .exec_with_returning(conn)
        .await?;
    Ok(joined.into_iter().next().map(|slot| slot.last_waitlist_no))
}

/// Takes places: the one statement that decides who gets the last one. `None` when there are none
/// to take.
pub async fn hold_place(
    conn: &impl ConnectionTrait,
    slot_id: Uuid,
    into: Holding,
    want: &Want,
) -> Result<Option<slot::Model>, DbErr> {
    let counter = if into == Holding::Booked { Column::Booked } else { Column::Held };
    let mut update = slot::Entity::update_many()
        .col_expr(counter, Expr::col(counter).add(want.units))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1));
    if want.channel != BookingChannel::Online {
        let used = Expr::col(Column::ReservedUsed).add(want.units);
        update = update.col_expr(Column::ReservedUsed, used);
    }
    let taken = update
        .filter(Column::Id.eq(slot_id))
        .filter(want.bookable())
        .exec_with_returning(conn)
        .await?;
    Ok(taken.into_iter().next())
}

/// Moves the units of a booking as a change of status wants it. False when the counters say that
/// there are none to move, which means that somebody else moved them, or took what was free.
pub async fn move_place(
    conn: &impl ConnectionTrait,
    booking: &booking::Model,
    places: Places,
) -> Result<bool, DbErr> {
    let units = booking.units;
    let minus = |column: Column| Expr::col(column).sub(units);
    let plus = |column: Column| Expr::col(column).add(units);
    let mut update = slot::Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(booking.slot_id));
    update = match places {
        Places::Stay => return Ok(true),
        Places::WaitToHeld => update
            .col_expr(Column::Held, plus(Column::Held))
            .col_expr(Column::Waiting, Expr::col(Column::Waiting).sub(1))
            .filter(Column::Waiting.gt(0))
            .filter(has_room(units, booking.channel)),
        Places::LeaveLine => update
            .col_expr(Column::Waiting, Expr::col(Column::Waiting).sub(1))
            .filter(Column::Waiting.gt(0)),
        Places::HeldToBooked => update
            .col_expr(Column::Held, minus(Column::Held))
            .col_expr(Column::Booked, plus(Column::Booked))
            .filter(Column::Held.gte(units)),
        Places::ReleaseHeld => release(update, Column::Held, units),
        Places::ReleaseBooked => release(update, Column::Booked, units),
    };
    if booking.channel != BookingChannel::Online {
        update = match places {
            Places::WaitToHeld => update.col_expr(Column::ReservedUsed, plus(Column::ReservedUsed)),
            Places::ReleaseHeld | Places::ReleaseBooked => {
                update.col_expr(Column::ReservedUsed, minus(Column::ReservedUsed))
            }
            Places::Stay | Places::LeaveLine | Places::HeldToBooked => update,
        };
    }
    Ok(update.exec(conn).await?.rows_affected == 1)
}
