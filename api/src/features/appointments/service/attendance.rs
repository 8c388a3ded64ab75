//! Who of a group came.

use entity::booking_roster;
use uuid::Uuid;

use super::check_in::CAME;
use super::read::detail;
use super::rules;
use super::testing::{lock_lab_booking, touch_booking};
use crate::features::appointments::dto::{BookingDetail, SetAttendance};
use crate::features::appointments::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

/// Corrects who of a group came; at the check-in all did.
///
/// # Errors
/// `booking_not_pending` before the check-in, `attendance_settled` as late as a no-show is final,
/// `stale_version`, `validation_failed` for a place that is not on the list and when nobody came.
pub async fn set_attendance(
    ctx: &Ctx<perm::BookingDecide>,
    id: Uuid,
    version: i32,
    input: SetAttendance,
) -> AppResult<BookingDetail> {
    let tx = ctx.begin().await?;
    let scope = policy::labs::<perm::BookingDecide>(&ctx.actor);
    let booking = lock_lab_booking(&tx, &scope, id).await?;
    let came_at = booking.checked_in_at.filter(|_| CAME.contains(&booking.status));
    let came_at = came_at.ok_or_else(|| AppError::new(ErrorCode::BookingNotPending))?;
    touch_booking(&tx, &booking, version).await?;
    let slot = queries::slot(&tx, booking.slot_id).await?;
    let slot = slot.ok_or_else(|| AppError::internal("a booking without its slot"))?;
    let rules = rules(&ctx.app.config.appointments);
    if slot.ends_at + rules.undo_no_show < ctx.now {
        return Err(ErrorCode::AttendanceSettled.into());
    }
    let before = queries::seats(&tx, id).await?;
    let is_on_list = |position: &i32| before.iter().any(|seat| seat.position == *position);
    if let Some(n) = input.absent.iter().position(|position| !is_on_list(position)) {
        let path = format!("absent[{n}]");
        return Err(FieldError::new(&path, "unknown", "名单中没有这个序号").into());
    }
    // Late is who comes while others do; after that a mistake is put right.
    let is_on = ctx.now <= slot.ends_at + rules.no_show_grace;
    let arrived_at = if is_on { ctx.now.max(came_at) } else { came_at };
    queries::set_arrived(&tx, id, &input.absent, arrived_at).await?;
    let after = queries::seats(&tx, id).await?;
    let absent = after.iter().filter(|seat| seat.arrived_at.is_none()).count();
    let absent = i32::try_from(absent).map_err(AppError::internal)?;
    if absent >= booking.units {
        return Err(FieldError::new("absent", "too_long", "至少应有一人到场").into());
    }
    queries::set_absent(&tx, id, absent).await?;
    let arrivals = |seats: &[booking_roster::Model]| -> Vec<_> {
        seats.iter().map(|seat| (seat.position, seat.arrived_at)).collect()
    };
    let (was, is) = (arrivals(&before), arrivals(&after));
    tx.audit_change("booking.set_attendance", "booking", id, &was, &is, None).await?;
    let booking = queries::any_booking(&tx, id).await?;
    tx.commit().await?;
    detail(ctx, booking, |booking| policy::party(&ctx.actor, booking.lab_id)).await
}
