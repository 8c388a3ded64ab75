//! What a scanner tells that was without network. Each scan is a transaction of its own and a row under
//! the id that the scanner gave it, so telling it again changes nothing.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::booking::{self, BookingStatus};
use entity::check_in_scan::{self, ScanOutcome};
use entity::slot;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
use serde_json::json;
use uuid::Uuid;

use super::change::{By, change_booking};
use super::check_in::{CAME, is_pin_of};
use super::no_show::{let_in, lock_owner};
use super::take::until_settled;
use super::{day_key, rules, seconds};
use crate::features::appointments::dto::{OfflineScan, ScanReport, ScanReports, SyncCheckIns};
use crate::features::appointments::model::{BookingAction, CheckInCode, Party, is_final};
use crate::features::appointments::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::to_micros;
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

type Door = Ctx<perm::BookingDecide>;

/// A scan that reads.
struct Scan {
    id: Uuid,
    booking_id: Uuid,
    shown: Shown,
    at: DateTime<Utc>,
    place: Option<String>,
}

/// What a visitor showed.
enum Shown {
    /// With its signature.
    Code(CheckInCode, Vec<u8>),
    Pin(String),
}

/// Where scans come from.
struct Origin<'a> {
    lab_id: Uuid,
    device: &'a str,
}

/// # Errors
/// `not_found` for another lab. What befalls a scan is its outcome.
pub async fn sync_check_ins(ctx: &Door, input: SyncCheckIns) -> AppResult<ScanReports> {
    check_evidence(&input.scans)?;
    policy::of_own_lab::<perm::BookingDecide>(&ctx.actor, input.lab_id)?;
    let (db, lab_id) = (&ctx.app.db, input.lab_id);
    let scans: Vec<(Uuid, Option<Scan>)> =
        input.scans.into_iter().map(|scan| (scan.scan_id, read(scan))).collect();
    let known = queries::scans(db, lab_id, scans.iter().map(|(id, _)| *id)).await?;
    let known: HashMap<Uuid, check_in_scan::Model> =
        known.into_iter().map(|row| (row.scan_id, row)).collect();
    let ids = scans.iter().filter_map(|(_, scan)| scan.as_ref()).map(|scan| scan.booking_id);
    let bookings = queries::bookings(db, ids).await?;
    let slots = queries::slots(db, bookings.iter().map(|row| row.slot_id)).await?;
    let slots: HashMap<Uuid, slot::Model> = slots.into_iter().map(|slot| (slot.id, slot)).collect();
    let bookings: HashMap<Uuid, booking::Model> =
        bookings.into_iter().map(|row| (row.id, row)).collect();
    let origin = Origin { lab_id, device: &input.device };
    let mut outcomes = Vec::with_capacity(scans.len());
    for (id, scan) in scans {
        if let Some(row) = known.get(&id) {
            outcomes.push(report(row, bookings.get(&row.booking_id)));
            continue;
        }
        let refused = |outcome| ScanReport { scan_id: id, ..nothing(outcome) };
        let Some(scan) = scan else {
            outcomes.push(refused(ScanOutcome::CodeInvalid));
            continue;
        };
        let found = bookings.get(&scan.booking_id);
        let found = found.and_then(|row| Some((row, slots.get(&row.slot_id)?)));
        outcomes.push(match judge(ctx, &origin, &scan, found)? {
            Some(outcome) => refused(outcome),
            None => until_settled(async |_| settle(ctx, &origin, &scan).await).await?,
        });
    }
    Ok(ScanReports { outcomes })
}

/// A scan without its PIN is told what is wrong with it, and keeps no other from being heard.
fn check_evidence(scans: &[OfflineScan]) -> AppResult<()> {
    let wrong = scans.iter().position(|scan| scan.code.is_some() == scan.booking_id.is_some());
    match wrong {
        None => Ok(()),
        Some(n) => {
            let path = format!("scans[{n}].code");
            let message = "请填写扫描内容，或填写预约编号和核销码";
            Err(FieldError::new(&path, "required", message).into())
        }
    }
}

/// `None`: what was scanned is no code of ours.
fn read(scan: OfflineScan) -> Option<Scan> {
    let (booking_id, shown) = match scan.code {
        Some(text) => {
            let (code, signature) = CheckInCode::read(text.trim())?;
            (code.booking_id, Shown::Code(code, signature))
        }
        None => (scan.booking_id?, Shown::Pin(scan.pin?)),
    };
    let at = to_micros(scan.scanned_at);
    Some(Scan { id: scan.scan_id, booking_id, shown, at, place: scan.place })
}

/// What can be said of a scan without changing anything.
fn judge(
    ctx: &Door,
    origin: &Origin<'_>,
    scan: &Scan,
    found: Option<(&booking::Model, &slot::Model)>,
) -> AppResult<Option<ScanOutcome>> {
    let settings = &ctx.app.config.appointments;
    let tolerance = rules(settings).scan_tolerance;
    let Some((booking, slot)) = found else { return Ok(Some(ScanOutcome::Unknown)) };
    if booking.lab_id != origin.lab_id {
        return Ok(Some(ScanOutcome::WrongLab));
    }
    if scan.at > ctx.now + tolerance {
        return Ok(Some(ScanOutcome::FutureClock));
    }
    if scan.at < ctx.now - TimeDelta::days(i64::from(settings.scan_within_days)) {
        return Ok(Some(ScanOutcome::TooOld));
    }
    match &scan.shown {
        Shown::Pin(pin) => {
            Ok((!is_pin_of(&ctx.app, booking, pin)?).then_some(ScanOutcome::CodeInvalid))
        }
        Shown::Code(code, signature) => {
            if !day_key::is_signed(&ctx.app, slot, code, signature) {
                return Ok(Some(ScanOutcome::CodeInvalid));
            }
            let lifetime = seconds(settings.check_in_code_secs);
            let shown = code.expires_at - lifetime - tolerance..=code.expires_at + tolerance;
            Ok((!shown.contains(&scan.at)).then_some(ScanOutcome::CodeExpired))
        }
    }
}

/// Lets the visitor in, or says why not, and keeps what was said. `None`: somebody got in between.
async fn settle(ctx: &Door, origin: &Origin<'_>, scan: &Scan) -> AppResult<Option<ScanReport>> {
    let mut tx = ctx.begin().await?;
    let known = queries::scans(&tx, origin.lab_id, [scan.id]).await?;
    let booking = queries::any_booking(&tx, scan.booking_id).await?;
    if let Some(row) = known.first() {
        return Ok(Some(report(row, booking.as_ref())));
    }
    let booking = booking.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let outcome = match booking.status {
        status if CAME.contains(&status) => ScanOutcome::AlreadyCheckedIn,
        BookingStatus::Confirmed | BookingStatus::NoShow => {
            match enter(ctx, &mut tx, scan, &booking).await {
                Ok(()) => ScanOutcome::CheckedIn,
                Err(error) => match error.code() {
                    ErrorCode::CheckInClosed => ScanOutcome::WrongDay,
                    ErrorCode::BookingNotPending => return Ok(None),
                    ErrorCode::AlreadyBooked => return Ok(Some(doubled(scan))),
                    _ => return Err(error),
                },
            }
        }
        status if is_final(status) => ScanOutcome::CancelledMeanwhile,
        _ => ScanOutcome::NotConfirmed,
    };
    let row = check_in_scan::Model {
        lab_id: origin.lab_id,
        scan_id: scan.id,
        booking_id: booking.id,
        outcome,
        device: origin.device.to_owned(),
        place: scan.place.clone(),
        scanned_at: scan.at,
        synced_by: ctx.actor.staff_id,
        synced_at: ctx.now,
    };
    if !queries::insert_scan(&tx, row.clone().into_active_model().reset_all()).await? {
        return Ok(None);
    }
    let booking = queries::any_booking(&tx, booking.id).await?;
    tx.commit().await?;
    Ok(Some(report(&row, booking.as_ref())))
}

/// As at the door, at the time of the scan.
async fn enter(ctx: &Door, tx: &mut Tx, scan: &Scan, before: &booking::Model) -> AppResult<()> {
    let staff_id = ctx.actor.staff_id;
    if before.status == BookingStatus::NoShow {
        lock_owner(tx, before).await?;
    }
    let by = By { at: Some(scan.at), ..By::staff(Party::Scanner, staff_id, None) };
    change_booking(&ctx.app, tx, before.clone(), BookingAction::CheckIn, by).await?;
    let after = let_in(&ctx.app, tx, before, staff_id, scan.at, scan.place.clone()).await?;
    let by_code = matches!(scan.shown, Shown::Code(..));
    let details = json!({ "by_code": by_code, "scan_id": scan.id });
    let id = before.id;
    tx.audit_change("booking.check_in", "booking", id, before, &after, Some(details)).await?;
    Ok(())
}

fn nothing(outcome: ScanOutcome) -> ScanReport {
    ScanReport {
        scan_id: Uuid::nil(),
        outcome,
        booking_id: None,
        checked_in_at: None,
        checked_in_place: None,
        checked_in_by: None,
    }
}

/// The same person is in already by another booking of theirs for this time.
fn doubled(scan: &Scan) -> ScanReport {
    let booking_id = Some(scan.booking_id);
    ScanReport { scan_id: scan.id, booking_id, ..nothing(ScanOutcome::AlreadyCheckedIn) }
}

fn report(row: &check_in_scan::Model, booking: Option<&booking::Model>) -> ScanReport {
    ScanReport {
        scan_id: row.scan_id,
        outcome: row.outcome,
        booking_id: Some(row.booking_id),
        checked_in_at: booking.and_then(|booking| booking.checked_in_at),
        checked_in_place: booking.and_then(|booking| booking.checked_in_place.clone()),
        checked_in_by: booking.and_then(|booking| booking.checked_in_by),
    }
}
