use chrono::{DateTime, TimeDelta, Utc};
use entity::booking::{self, BookingStatus};
use entity::lab_report::ReportStatus;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::app::App;
use crate::features::appointments::service::{find_lab_booking, find_own_booking};
use crate::features::samples::dto::BookingResults;
use crate::features::samples::model::{Eye, Progress};
use crate::features::samples::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult};

pub async fn get_booking_results(
    ctx: &Ctx<perm::BookingUse>,
    booking_id: Uuid,
) -> AppResult<BookingResults> {
    let db = &ctx.app.db;
    let booking = find_own_booking(db, ctx.actor.account_id, booking_id).await?;
    view(&ctx.app, db, booking, Eye::Owner, ctx.now).await
}

pub async fn get_lab_results(
    ctx: &Ctx<perm::BookingRead>,
    booking_id: Uuid,
) -> AppResult<BookingResults> {
    let (db, scope) = (&ctx.app.db, ctx.actor.labs::<perm::BookingRead>());
    let booking = find_lab_booking(db, &scope, booking_id).await?;
    let eye = policy::eye(&ctx.actor, booking.lab_id);
    view(&ctx.app, db, booking, eye, ctx.now).await
}

/// How many samples a booking may have.
pub(super) fn most_samples(app: &App, booking: &booking::Model) -> AppResult<u64> {
    let units = u64::try_from(booking.units).map_err(AppError::internal)?;
    Ok(units * u64::from(app.config.samples.per_unit))
}

/// Whether the owner of a booking may say now what they think of it.
pub(super) fn is_rateable(app: &App, booking: &booking::Model, now: DateTime<Utc>) -> bool {
    let period = TimeDelta::days(i64::from(app.config.samples.rating_days));
    booking.status == BookingStatus::Completed
        && booking.completed_at.is_some_and(|at| now < at + period)
}

/// The results of a booking as `eye` sees them.
pub(super) async fn view(
    app: &App,
    conn: &impl ConnectionTrait,
    booking: booking::Model,
    eye: Eye,
    now: DateTime<Utc>,
) -> AppResult<BookingResults> {
    let samples = queries::samples(conn, booking.id).await?;
    let reports = queries::reports(conn, booking.id).await?;
    let items = match reports.iter().find(|report| report.status == ReportStatus::Valid) {
        Some(report) => queries::results(conn, report.id).await?,
        None => Vec::new(),
    };
    let progress = Progress {
        status: booking.status,
        samples: u64::try_from(samples.len()).map_err(AppError::internal)?,
        most_samples: most_samples(app, &booking)?,
        report: reports.first().map(|report| report.status),
        is_rateable: is_rateable(app, &booking, now),
    };
    let satisfaction = match eye {
        Eye::Owner => queries::rating(conn, booking.id).await?,
        // What one person thought of them is not the lab's to know; the sums are.
        Eye::Staff { .. } => None,
    };
    Ok(BookingResults {
        booking_id: booking.id,
        status: booking.status,
        samples: samples.into_iter().map(Into::into).collect(),
        reports: reports.into_iter().map(Into::into).collect(),
        items: items.into_iter().map(Into::into).collect(),
        satisfaction: satisfaction.map(Into::into),
        version: booking.version,
        allowed_actions: policy::allowed_actions(eye, &progress),
    })
}
