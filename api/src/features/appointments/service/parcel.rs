//! Samples that come by courier (你送我检).

use entity::booking::BookingStatus;
use entity::lab_service::ServiceKind;
use uuid::Uuid;

use super::read::seen;
use super::take::expire_in_time;
use crate::features::appointments::dto::{BookingView, SetParcelNumber};
use crate::features::appointments::model::Party;
use crate::features::appointments::queries;
use crate::features::labs::service::require_lab_service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn set_parcel_number(
    ctx: &Ctx<perm::BookingUse>,
    id: Uuid,
    input: SetParcelNumber,
) -> AppResult<BookingView> {
    let not_found = || AppError::new(ErrorCode::NotFound);
    let mut tx = ctx.begin().await?;
    let booking = queries::own_booking(&tx, ctx.actor.account_id, id).await?;
    let booking = booking.ok_or_else(not_found)?;
    let service = require_lab_service(&tx, booking.service_id).await?;
    if service.kind != ServiceKind::CourierSample {
        return Err(ErrorCode::ParcelNotExpected.into());
    }
    if !matches!(booking.status, BookingStatus::PendingLab | BookingStatus::Confirmed) {
        return Err(ErrorCode::BookingNotPending.into());
    }
    let number = input.parcel_number.to_ascii_uppercase();
    if !queries::set_parcel_number(&tx, &booking, number, ctx.now).await? {
        return Err(ErrorCode::BookingNotPending.into());
    }
    let booking = queries::any_booking(&tx, id).await?.ok_or_else(not_found)?;
    let slot = queries::slot(&tx, booking.slot_id).await?.ok_or_else(not_found)?;
    if booking.status == BookingStatus::Confirmed {
        // It is expected longer than somebody who comes themselves.
        expire_in_time(&ctx.app, &mut tx, &booking, &slot).await?;
    }
    let view = seen(ctx, &booking, &slot, Party::Resident)?;
    tx.commit().await?;
    Ok(view)
}
