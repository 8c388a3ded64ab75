//! Who of a group came.

use entity::booking_roster;
use uuid::Uuid;

use super::check_in::CAME;
use super::read::detail;
use super::testing::lock_lab_booking;
use crate::features::appointments::dto::{BookingDetail, SetAttendance};
use crate::features::appointments::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, ErrorCode, FieldError};

/// Corrects who of a group came; at the check-in all did.
///
/// # Errors
/// `booking_not_pending` before the check-in, `validation_failed` for a place that is not on the list and
/// when nobody came.
pub async fn set_attendance(
    ctx: &Ctx<perm::BookingDecide>,
    id: Uuid,
    input: SetAttendance,
) -> AppResult<BookingDetail> {
    let tx = ctx.begin().await?;
    let scope = policy::labs::<perm::BookingDecide>(&ctx.actor);
    let booking = lock_lab_booking(&tx, &scope, id).await?;
    if !CAME.contains(&booking.status) {
        return Err(ErrorCode::BookingNotPending.into());
    }
    let before = queries::seats(&tx, id).await?;
    let is_on_list = |position: &i32| before.iter().any(|seat| seat.position == *position);
    if let Some(n) = input.absent.iter().position(|position| !is_on_list(position)) {
        let path = format!("absent[{n}]");
        return Err(FieldError::new(&path, "unknown", "名单中没有这个序号").into());
    }
    queries::set_arrived(&tx, id, &input.absent, ctx.now).await?;
    let after = queries::seats(&tx, id).await?;
    let units = usize::try_from(booking.units).unwrap_or_default();
    if after.iter().filter(|seat| seat.arrived_at.is_none()).count() >= units {
        let message = "至少应有一人到场；无人到场请登记未到";
        return Err(FieldError::new("absent", "too_long", message).into());
    }
    let arrivals = |seats: &[booking_roster::Model]| -> Vec<_> {
        seats.iter().map(|seat| (seat.position, seat.arrived_at)).collect()
    };
    let (was, is) = (arrivals(&before), arrivals(&after));
    tx.audit_change("booking.set_attendance", "booking", id, &was, &is, None).await?;
    tx.commit().await?;
    detail(ctx, Some(booking), |booking| policy::party(&ctx.actor, booking.lab_id)).await
}
