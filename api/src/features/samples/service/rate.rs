use entity::satisfaction;
use sea_orm::Set;
use uuid::Uuid;

use super::view::is_rateable;
use crate::features::appointments::service::find_own_booking;
use crate::features::samples::dto::{RateBooking, SatisfactionView};
use crate::features::samples::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Keeps what somebody thought of the service; said again, it takes the place of what was said.
///
/// # Errors
/// `rating_closed` before the result, and when it is too long ago
pub async fn rate_booking(
    ctx: &Ctx<perm::BookingUse>,
    booking_id: Uuid,
    input: RateBooking,
) -> AppResult<SatisfactionView> {
    let tx = ctx.begin().await?;
    let booking = find_own_booking(&tx, ctx.actor.account_id, booking_id).await?;
    if !is_rateable(&ctx.app, &booking, ctx.now) {
        return Err(ErrorCode::RatingClosed.into());
    }
    let row = satisfaction::ActiveModel {
        booking_id: Set(booking_id),
        lab_id: Set(booking.lab_id),
        overall: Set(input.overall),
        attitude: Set(input.attitude),
        speed: Set(input.speed),
        clarity: Set(input.clarity),
        answered_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    queries::put_rating(&tx, row).await?;
    let kept = queries::rating(&tx, booking_id).await?;
    tx.commit().await?;
    kept.map(Into::into).ok_or_else(|| AppError::internal("a rating vanished"))
}
