use entity::booking::BookingStatus;
use entity::sample::{self, SampleStatus};
use sea_orm::Set;
use serde_json::json;
use uuid::Uuid;

use super::custody::{detail, record};
use super::view::{most_samples, view};
use crate::features::appointments::service::{
    By, change_booking, find_lab_booking, lock_lab_booking, note_sample,
};
use crate::features::appointments::{BookingAction, Party};
use crate::features::labs::service::days_needed;
use crate::features::samples::dto::{BookingResults, RegisterSample, SampleDetail};
use crate::features::samples::model::{due_on, sample_number};
use crate::features::samples::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::unique_violation;
use crate::platform::http::{AppError, AppResult, ErrorCode, MaybeIfMatch};

/// Readable characters of a number that the lab did not give itself.
const RANDOM_LENGTH: usize = 6;

/// Takes something in that a visitor brought.
///
/// # Errors
/// `booking_not_pending` before the check-in and after the result, `sample_limit_reached`,
/// `sample_number_taken`.
pub async fn register_sample(
    ctx: &Ctx<perm::SampleManage>,
    booking_id: Uuid,
    input: RegisterSample,
) -> AppResult<SampleDetail> {
    let app = &ctx.app;
    let scope = ctx.actor.labs::<perm::SampleManage>();
    let tx = ctx.begin().await?;
    let booking = lock_lab_booking(&tx, &scope, booking_id).await?;
    if !matches!(booking.status, BookingStatus::CheckedIn | BookingStatus::Testing) {
        return Err(ErrorCode::BookingNotPending.into());
    }
    let known = queries::samples(&tx, booking_id).await?.len();
    if u64::try_from(known).map_err(AppError::internal)? >= most_samples(app, &booking)? {
        return Err(ErrorCode::SampleLimitReached.into());
    }
    let came_at = booking.checked_in_at.unwrap_or(ctx.now);
    let days = match input.product_class {
        Some(class) => days_needed(&tx, booking.service_id, class).await?,
        None => None,
    };
    let days = days.unwrap_or(app.config.samples.result_workdays);
    let number = input
        .number
        .map(|number| number.to_uppercase())
        .unwrap_or_else(|| sample_number(local_date(ctx.now), &app.ids.readable(RANDOM_LENGTH)));
    let row = sample::ActiveModel {
        id: Set(tx.new_id()),
        booking_id: Set(booking_id),
        lab_id: Set(booking.lab_id),
        position: Set(i32::try_from(known + 1).map_err(AppError::internal)?),
        number: Set(number),
        product_name: Set(input.product_name),
        product_class: Set(input.product_class),
        brand: Set(input.brand),
        model: Set(input.model),
        batch: Set(input.batch),
        quantity: Set(input.quantity),
        status: Set(SampleStatus::Received),
        received_at: Set(ctx.now),
        due_on: Set(due_on(&app.workdays, came_at, days)),
        updated_at: Set(ctx.now),
        version: Set(0),
    };
    let sample = match queries::insert_sample(&tx, row).await {
        Ok(sample) => sample,
        // The places among the booking's samples are given out under its lock.
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::SampleNumberTaken.into()),
        Err(cause) => return Err(cause.into()),
    };
    record(&tx, ctx.actor.staff_id, &sample, None, input.place).await?;
    note_sample(&tx, booking_id, &sample.number).await?;
    tx.audit_change("sample.register", "sample", sample.id, &(), &sample, None).await?;
    let view = detail(&tx, &ctx.actor, sample).await?;
    tx.commit().await?;
    Ok(view)
}

/// Begins the test of everything that waits for it.
///
/// # Errors
/// `booking_not_pending`, `sample_missing`, `stale_version`
pub async fn start_testing(
    ctx: &Ctx<perm::SampleManage>,
    booking_id: Uuid,
    version: MaybeIfMatch,
) -> AppResult<BookingResults> {
    let (app, staff_id) = (&ctx.app, ctx.actor.staff_id);
    let scope = ctx.actor.labs::<perm::SampleManage>();
    let mut tx = ctx.begin().await?;
    let before = find_lab_booking(&tx, &scope, booking_id).await?;
    let by = By::staff(Party::Lab, staff_id, version.0);
    let action = BookingAction::StartTesting;
    let (booking, _) = change_booking(app, &mut tx, before.clone(), action, by).await?;
    let samples = queries::samples(&tx, booking_id).await?;
    for sample in samples.iter().filter(|sample| sample.status == SampleStatus::Received) {
        if !queries::move_sample(&tx, sample, SampleStatus::InTesting, ctx.now).await? {
            return Err(ErrorCode::StaleVersion.into());
        }
        let (status, version) = (SampleStatus::InTesting, sample.version + 1);
        let moved = sample::Model { status, version, ..sample.clone() };
        record(&tx, staff_id, &moved, Some(sample.status), None).await?;
    }
    let details = json!({ "samples": samples.len() });
    let (action, kind) = ("booking.start_testing", "booking");
    tx.audit_change(action, kind, booking_id, &before, &booking, Some(details)).await?;
    let eye = policy::eye(&ctx.actor, booking.lab_id);
    let view = view(app, &tx, booking, eye, ctx.now).await?;
    tx.commit().await?;
    Ok(view)
}
