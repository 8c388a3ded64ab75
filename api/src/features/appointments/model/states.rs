//! The states of a booking: who changes which into what, and what that does to the slot's counters.

use entity::booking::BookingStatus;
use serde::Serialize;
use utoipa::ToSchema;

/// Who asks for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    Resident,
    Lab,
    Hq,
    System,
    /// May look and change nothing.
    Onlooker,
    /// The lab's scanner that was without network; it acts at the time of the scan.
    Scanner,
}

impl Party {
    pub const ALL: [Self; 6] =
        [Self::Resident, Self::Lab, Self::Hq, Self::System, Self::Onlooker, Self::Scanner];
}

/// What can be done with a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingAction {
    /// Sends the form for a held place.
    Request,
    /// Takes the place that was offered.
    Accept,
    Cancel,
    Reschedule,
    Confirm,
    Reject,
    CheckIn,
    StartTesting,
    Complete,
    /// Of a visit that left nothing to test.
    EndVisit,
    /// The first of the two people it takes to void.
    RequestVoid,
    Void,
    Offer,
    Expire,
    MarkNoShow,
    /// They came after all.
    UndoNoShow,
}

impl BookingAction {
    pub const ALL: [Self; 16] = [
        Self::Request,
        Self::Accept,
        Self::Cancel,
        Self::Reschedule,
        Self::Confirm,
        Self::Reject,
        Self::CheckIn,
        Self::StartTesting,
        Self::Complete,
        Self::EndVisit,
        Self::RequestVoid,
        Self::Void,
        Self::Offer,
        Self::Expire,
        Self::MarkNoShow,
        Self::UndoNoShow,
    ];

    /// By which a lab comes to owe a test, so that it has to be one that may do it.
    #[must_use]
    pub fn needs_accreditation(self) -> bool {
        matches!(self, Self::Request | Self::Accept | Self::Confirm)
    }
}

/// Which counter of the slot has a booking's units, or the booking itself while it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    Nothing,
    Waiting,
    Held,
    Booked,
}

/// Which units a change moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    Stay,
    /// The first in line gets held units.
    WaitToHeld,
    LeaveLine,
    /// Held units become booked ones.
    HeldToBooked,
    ReleaseHeld,
    ReleaseBooked,
}

impl Places {
    /// Whether somebody in line may get a place now: units became free, or who stood before left.
    #[must_use]
    pub fn moves_the_line(self) -> bool {
        matches!(self, Self::ReleaseHeld | Self::ReleaseBooked | Self::LeaveLine)
    }
}

/// One allowed change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    pub to: BookingStatus,
    pub places: Places,
}

/// Completed bookings and those who did not come keep their place, for statistics.
#[must_use]
pub fn holding(status: BookingStatus) -> Holding {
    use BookingStatus as S;

    match status {
        S::Held | S::PendingLab | S::Offered => Holding::Held,
        S::Confirmed | S::CheckedIn | S::Testing | S::Completed | S::NoShow => Holding::Booked,
        S::Waitlisted => Holding::Waiting,
        S::Rejected | S::Expired | S::CancelledByUser | S::CancelledByLab | S::Voided => {
            Holding::Nothing
        }
    }
}

#[must_use]
pub fn is_final(status: BookingStatus) -> bool {
    use BookingStatus as S;

    match status {
        S::Completed
        | S::Rejected
        | S::Expired
        | S::CancelledByUser
        | S::CancelledByLab
        | S::NoShow
        | S::Voided => true,
        S::Held
        | S::PendingLab
        | S::Confirmed
        | S::CheckedIn
        | S::Testing
        | S::Waitlisted
        | S::Offered => false,
    }
}

/// The whole table of transitions. `None` is refused. A reschedule cancels the booking that was,
/// after another one took its place.
#[must_use]
pub fn transition(who: Party, from: BookingStatus, action: BookingAction) -> Option<Transition> {
    use BookingAction as A;
    use BookingStatus as S;
    use Party::{Hq, Lab, Resident, Scanner, System};

    let to = match (who, from, action) {
        (Resident, S::Held, A::Request) | (Resident, S::Offered, A::Accept) => S::PendingLab,
        // The system cancels for who closes their account, at the last moment too.
        (
            Resident | System,
            S::Held | S::PendingLab | S::Confirmed | S::Waitlisted | S::Offered,
            A::Cancel,
        )
        | (Resident, S::PendingLab | S::Confirmed, A::Reschedule) => S::CancelledByUser,
        (Lab, S::PendingLab, A::Confirm) => S::Confirmed,
        (Lab, S::PendingLab, A::Reject) => S::Rejected,
        (Lab | Hq, S::Confirmed, A::Cancel) => S::CancelledByLab,
        (Lab, S::Confirmed, A::CheckIn)
        // Told late: meanwhile the visitor may count as one who did not come.
        | (Scanner, S::Confirmed | S::NoShow, A::CheckIn)
        | (Lab, S::NoShow, A::UndoNoShow) => S::CheckedIn,
        (Lab, S::CheckedIn, A::StartTesting) => S::Testing,
        (Lab, S::Testing, A::Complete) | (Lab, S::CheckedIn, A::EndVisit) => S::Completed,
        (Hq, from, A::RequestVoid) if !is_final(from) => from,
        (Hq, from, A::Void) if !is_final(from) => S::Voided,
        (System, S::Waitlisted, A::Offer) => S::Offered,
        // Who still waits when the slot begins waits in vain.
        (System, S::Held | S::PendingLab | S::Offered | S::Waitlisted, A::Expire) => S::Expired,
        (System, S::Confirmed, A::MarkNoShow) => S::NoShow,
        _ => return None,
    };
    Some(Transition { to, places: places(from, to) })
}

fn places(from: BookingStatus, to: BookingStatus) -> Places {
    match (holding(from), holding(to)) {
        (Holding::Waiting, Holding::Held) => Places::WaitToHeld,
        (Holding::Waiting, Holding::Nothing) => Places::LeaveLine,
        (Holding::Held, Holding::Booked) => Places::HeldToBooked,
        (Holding::Held, Holding::Nothing) => Places::ReleaseHeld,
        (Holding::Booked, Holding::Nothing) => Places::ReleaseBooked,
        // Whoever has a place never goes back into the line, and what ended stays so; a test walks
        // the table.
        (Holding::Nothing, _)
        | (_, Holding::Waiting)
        | (Holding::Waiting, Holding::Booked)
        | (Holding::Held, Holding::Held)
        | (Holding::Booked, Holding::Booked | Holding::Held) => Places::Stay,
    }
}

/// The code of FHIR's `Appointment.status` (hl7.org/fhir, appointmentstatus).
#[must_use]
pub fn fhir_appointment(status: BookingStatus) -> &'static str {
    use BookingStatus as S;

    match status {
        S::Held | S::PendingLab => "pending",
        S::Confirmed => "booked",
        S::CheckedIn => "checked-in",
        S::Testing | S::Completed => "fulfilled",
        S::Waitlisted => "waitlist",
        S::Offered => "proposed",
        S::Rejected | S::Expired | S::CancelledByUser | S::CancelledByLab => "cancelled",
        S::NoShow => "noshow",
        S::Voided => "entered-in-error",
    }
}

/// The code of FHIR's `Slot.status` for the place of a booking; none for who has no place yet.
#[must_use]
pub fn fhir_slot(status: BookingStatus) -> Option<&'static str> {
    match holding(status) {
        Holding::Held => Some("busy-tentative"),
        Holding::Booked => Some("busy"),
        Holding::Waiting => None,
        Holding::Nothing => Some("free"),
    }
}
