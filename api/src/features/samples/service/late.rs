use chrono::NaiveTime;
use entity::booking::BookingStatus;
use entity::late_result;
use entity::notification::NotificationKind;
use sea_orm::Set;
use uuid::Uuid;

use crate::app::App;
use crate::features::appointments::service::lock_booking;
use crate::features::notifications::service::notify;
use crate::features::samples::dto::LateResultView;
use crate::features::samples::model::{WITH_RESULT, due_on, last_late_day};
use crate::features::samples::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::{from_local, local_date};
use crate::platform::db::{AuditActor, Page, PageQuery};
use crate::platform::http::AppResult;

const AT_ONCE: u64 = 100;

pub async fn list_late_results(
    ctx: &Ctx<perm::BookingRead>,
    page: PageQuery,
) -> AppResult<Page<LateResultView>> {
    let (cursor, limit) = page.parse()?;
    let scope = ctx.actor.labs::<perm::BookingRead>();
    let rows = queries::late_page(&ctx.app.db, &scope, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.raised_at, row.booking_id), LateResultView::from))
}

/// Raises the alarm for everybody who came and should have a result by now: once each, also when the
/// lab has not even registered what was brought.
///
/// # Errors
/// The database cannot be reached; what was raised stays so, and the next run goes on.
pub async fn raise_late_results(app: &App) -> AppResult<()> {
    let days = app.config.samples.result_workdays;
    let today = local_date(app.clock.now());
    let last = last_late_day(&app.workdays, today, days);
    let over = last.succ_opt().unwrap_or(last).and_time(NaiveTime::MIN);
    loop {
        let ids = queries::overdue(&app.db, WITH_RESULT, today, from_local(over), AT_ONCE).await?;
        if ids.is_empty() {
            return Ok(());
        }
        for id in ids {
            raise(app, id).await?;
        }
    }
}

async fn raise(app: &App, booking_id: Uuid) -> AppResult<()> {
    let mut tx = app.begin(AuditActor::System).await?;
    let booking = lock_booking(&tx, booking_id).await?;
    let is_in = matches!(booking.status, BookingStatus::CheckedIn | BookingStatus::Testing);
    // The result came meanwhile.
    let (true, Some(came_at)) = (is_in, booking.checked_in_at) else { return Ok(()) };
    let samples = queries::samples(&tx, booking_id).await?;
    let due_on = samples
        .iter()
        .map(|sample| sample.due_on)
        .min()
        .unwrap_or_else(|| due_on(&app.workdays, came_at, app.config.samples.result_workdays));
    let row = late_result::ActiveModel {
        booking_id: Set(booking_id),
        lab_id: Set(booking.lab_id),
        due_on: Set(due_on),
        raised_at: Set(tx.now()),
    };
    if !queries::insert_late(&tx, row).await? {
        return Ok(());
    }
    if let Some(account_id) = booking.account_id {
        notify(app, &mut tx, account_id, NotificationKind::ResultLate, booking_id).await?;
    }
    tx.commit().await?;
    tracing::warn!(%booking_id, lab_id = %booking.lab_id, %due_on, "a result is late");
    Ok(())
}
