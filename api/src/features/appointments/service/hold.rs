use uuid::Uuid;

use super::change::{By, change_booking};
use super::person::{Whom, check_roster, seats};
use super::read::seen;
use super::take::{confirm_by, expire_in_time};
use crate::features::appointments::dto::RequestBooking;
use crate::features::appointments::model::{BookingAction, Party};
use crate::features::appointments::queries::{self, Form};
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::unique_violation;
use crate::platform::http::{AppError, AppResult, Claim, ErrorCode, IdempotencyKey, Reply};

/// Sends the form for held places: from now on they wait for the lab.
pub async fn request_booking(
    ctx: &Ctx<perm::BookingUse>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    id: Uuid,
    input: RequestBooking,
) -> AppResult<Reply> {
    let app = &ctx.app;
    let whom = Whom::of(app, input.beneficiary)?;
    let mut tx = ctx.begin().await?;
    let settlement = match key.claim(ctx, &tx, &format!("request_booking:{id}"), digest).await? {
        Claim::Fresh(settlement) => settlement,
        Claim::Replay(reply) => return Ok(reply),
    };
    let not_found = || AppError::new(ErrorCode::NotFound);
    let booking =
        queries::own_booking(&tx, ctx.actor.account_id, id).await?.ok_or_else(not_found)?;
    check_roster(&input.roster, booking.units)?;
    let slot = queries::slot(&tx, booking.slot_id).await?.ok_or_else(not_found)?;
    let by = By::resident(None);
    change_booking(app, &mut tx, booking, BookingAction::Request, by).await?;
    let form = Form {
        product_name: input.product_name,
        beneficiary_cipher: whom.name_cipher,
        beneficiary_phone_cipher: whom.phone_cipher,
        person_index: whom.person_index,
        confirm_by: confirm_by(app, ctx.now, &slot),
    };
    match queries::set_form(&tx, id, form).await {
        Ok(()) => {}
        // The other member of the family has a place here already.
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::AlreadyBooked.into()),
        Err(cause) => return Err(cause.into()),
    }
    queries::insert_seats(&tx, seats(app, id, &input.roster)?).await?;
    let booking = queries::any_booking(&tx, id).await?.ok_or_else(not_found)?;
    expire_in_time(app, &mut tx, &booking, &slot).await?;
    let reply = Reply::ok(&seen(ctx, &booking, &slot, Party::Resident)?)?;
    settlement.settle(&tx, &app.cipher, &reply).await?;
    tx.commit().await?;
    Ok(reply)
}
