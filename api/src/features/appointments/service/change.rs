use chrono::{DateTime, Utc};
use entity::booking::{self, BookingStatus};
use entity::notification::NotificationKind;
use entity::slot;
use uuid::Uuid;

use super::rules;
use super::take::{expire_in_time, record};
use super::waitlist::places_freed;
use crate::app::App;
use crate::features::appointments::model::{BookingAction, Case, Party, Places, ReasonCode, check};
use crate::features::appointments::queries::{self, Change};
use crate::features::labs::service::require_accredited;
use crate::features::notifications::service::notify;
use crate::platform::clock::local_date;
use crate::platform::db::{Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Who changes a booking, and why.
#[derive(Clone, Debug)]
pub struct By {
    pub who: Party,
    pub actor_id: Option<Uuid>,
    pub reason: Option<String>,
    /// A [`ReasonCode`].
    pub reason_code: Option<String>,
    /// The version that was looked at, if the client says so.
    pub expected: Option<i32>,
    /// When it happened, if that is not now.
    pub at: Option<DateTime<Utc>>,
}

impl By {
    #[must_use]
    pub fn resident(reason: Option<String>) -> Self {
        Self { who: Party::Resident, reason, ..Self::system() }
    }

    #[must_use]
    pub fn staff(who: Party, staff_id: Uuid, expected: Option<i32>) -> Self {
        Self { who, actor_id: Some(staff_id), expected, ..Self::system() }
    }

    #[must_use]
    pub fn system() -> Self {
        Self {
            who: Party::System,
            actor_id: None,
            reason: None,
            reason_code: None,
            expected: None,
            at: None,
        }
    }

    #[must_use]
    pub fn because(mut self, code: ReasonCode, reason: String) -> Self {
        self.reason_code = Some(code.as_str().to_owned());
        self.reason = Some(reason);
        self
    }
}

/// Every change of a booking goes through here: the table of transitions and its guards, the slot's
/// counters first, then the booking as it was read, its timeline, the notice, and whoever waits for
/// the place.
///
/// # Errors
/// Those of `model::check`, `lab_not_accredited`, and `stale_version`.
pub async fn change_booking(
    app: &App,
    tx: &mut Tx,
    booking: booking::Model,
    action: BookingAction,
    by: By,
) -> AppResult<(booking::Model, slot::Model)> {
    // Who waits is offered a place by whoever frees one, under the lock of the slot.
    let is_waiting = booking.status == BookingStatus::Waitlisted && action != BookingAction::Offer;
    let booking = if is_waiting { locked(tx, &booking).await? } else { booking };
    let in_between = match by.expected {
        Some(_) => ErrorCode::StaleVersion,
        None => ErrorCode::BookingNotPending,
    };
    if by.expected.is_some_and(|version| version != booking.version) {
        return Err(ErrorCode::StaleVersion.into());
    }
    let slot = queries::slot(tx, booking.slot_id).await?;
    let slot = slot.ok_or_else(|| AppError::internal("a booking without its slot"))?;
    let (now, rules) = (tx.now(), rules(&app.config.appointments));
    let (who, actor_id) = (by.who, by.actor_id);
    let case_at = by.at.unwrap_or(now);
    let case = Case { booking: &booking, slot: &slot, now: case_at, rules, who, actor_id };
    let step = check(&case, action)?;
    if action.needs_accreditation() {
        require_accredited(tx, slot.service_id, local_date(now)).await?;
    }
    if !queries::move_place(tx, &booking, step.places).await? {
        let is_full = step.places == Places::WaitToHeld;
        return Err(if is_full { ErrorCode::SlotFull } else { in_between }.into());
    }
    let change = Change {
        to: step.to,
        reason: by.reason.clone(),
        reason_code: by.reason_code,
        decided_by: by.actor_id,
    };
    match queries::change_status(tx, &booking, change, now).await {
        Ok(true) => {}
        Ok(false) => return Err(in_between.into()),
        // Active again, while another one of the same person took its place.
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::AlreadyBooked.into()),
        Err(cause) => return Err(cause.into()),
    }
    record(tx, booking.id, Some(booking.status), step.to, by.reason).await?;
    if let (Some(kind), Some(account_id)) = (notice(booking.status, step.to), booking.account_id) {
        notify(app, tx, account_id, kind, booking.id).await?;
    }
    if step.places.moves_the_line() {
        // An offer is a change too.
        Box::pin(places_freed(app, tx, slot.id)).await?;
    }
    let booking = queries::any_booking(tx, booking.id).await?;
    let booking = booking.ok_or_else(|| AppError::internal("a booking vanished"))?;
    if step.to == BookingStatus::Confirmed {
        expire_in_time(app, tx, &booking, &slot).await?;
    }
    Ok((booking, slot))
}

/// The booking as it is once nobody else can offer it a place.
async fn locked(tx: &Tx, booking: &booking::Model) -> AppResult<booking::Model> {
    queries::lock_slots(tx, [booking.slot_id]).await?;
    let booking = queries::any_booking(tx, booking.id).await?;
    booking.ok_or_else(|| AppError::internal("a booking vanished"))
}

/// What its owner is told of a change that is not their own.
fn notice(from: BookingStatus, to: BookingStatus) -> Option<NotificationKind> {
    match to {
        BookingStatus::Confirmed => Some(NotificationKind::BookingConfirmed),
        BookingStatus::Rejected => Some(NotificationKind::BookingRejected),
        // Who let a hold or an offer pass knows it.
        BookingStatus::Expired if from == BookingStatus::PendingLab => {
            Some(NotificationKind::BookingExpired)
        }
        BookingStatus::CancelledByLab => Some(NotificationKind::BookingCancelled),
        BookingStatus::NoShow => Some(NotificationKind::BookingNoShow),
        BookingStatus::Offered => Some(NotificationKind::BookingOffered),
        // Who was there knows that a visit is over.
        BookingStatus::Completed if from == BookingStatus::CheckedIn => None,
        BookingStatus::Completed => Some(NotificationKind::BookingResult),
        BookingStatus::Voided => Some(NotificationKind::BookingVoided),
        BookingStatus::Held
        | BookingStatus::PendingLab
        | BookingStatus::CheckedIn
        | BookingStatus::Testing
        | BookingStatus::Waitlisted
        | BookingStatus::Expired
        | BookingStatus::CancelledByUser => None,
    }
}
