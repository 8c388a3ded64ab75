use chrono::{DateTime, NaiveDate, Utc};
use entity::booking::{BookingChannel, BookingStatus};
use entity::booking_event;
use entity::slot::{self, SlotStatus};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::features::appointments::model::{
    BookingAction, Case, Party, allowed_actions, fhir_appointment, fhir_slot, room_online,
};

#[derive(Debug, Serialize, ToSchema)]
pub struct SlotView {
    pub id: Uuid,
    pub lab_id: Uuid,
    pub service_id: Uuid,
    /// The outreach stop where it takes place; none is the lab itself.
    pub stop_id: Option<Uuid>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub starts_on: NaiveDate,
    pub capacity: i32,
    /// Places that can be booked online now.
    pub available: i32,
    /// Places kept for those who come by phone or in person.
    pub reserved_units: i32,
    /// Bookings that wait for a place. While there is one, places go to them.
    pub waiting: i32,
    /// Not to be booked online before.
    pub released_at: Option<DateTime<Utc>>,
    /// When booking online ends, if not the usual time before the beginning.
    pub closes_at: Option<DateTime<Utc>>,
    /// Whose residents go first until `district_first_until`.
    pub district_code: Option<String>,
    pub district_first_until: Option<DateTime<Utc>>,
    /// Places are drawn in this lottery.
    pub lottery_id: Option<Uuid>,
    pub status: SlotStatus,
}

#[derive(Serialize, ToSchema)]
pub struct BookingView {
    pub id: Uuid,
    /// To be read aloud at the desk.
    pub public_code: String,
    pub status: BookingStatus,
    pub slot: SlotBrief,
    /// Empty while the places are only held.
    pub product_name: String,
    pub units: i32,
    pub channel: BookingChannel,
    /// Of a sample that comes by courier; for its owner and its lab.
    pub parcel_number: Option<String>,
    /// Whom it is for, if not the account's owner.
    pub beneficiary: Option<BeneficiaryView>,
    /// Why it was rejected, cancelled or voided.
    pub reason: Option<String>,
    pub reason_code: Option<String>,
    /// To staff: that somebody asked for it to be voided.
    pub void_request: Option<VoidRequestView>,
    /// A hold or an offer ends here.
    pub expires_at: Option<DateTime<Utc>>,
    /// The lab answers before this instant or the place is freed.
    pub confirm_by: Option<DateTime<Utc>>,
    pub decided_at: Option<DateTime<Utc>>,
    /// The booking that was moved here.
    pub rescheduled_from: Option<Uuid>,
    /// Until then its owner books before places are released and in the hours of a district, because
    /// the lab cancelled.
    pub priority_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub version: i32,
    /// What the one who asks may do with it now.
    pub allowed_actions: Vec<BookingAction>,
}

/// What a second person agrees to, or not.
#[derive(Serialize, ToSchema)]
pub struct VoidRequestView {
    pub at: DateTime<Utc>,
    pub reason: Option<String>,
    pub reason_code: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct BeneficiaryView {
    /// Masked, unless somebody asked for it on record.
    pub name: String,
    pub phone: Option<String>,
}

/// Whom a booking is for, in clear.
#[derive(Serialize, ToSchema)]
pub struct Visitors {
    pub beneficiary: Option<BeneficiaryView>,
    pub roster: Vec<RosterSeatView>,
}

#[derive(Serialize, ToSchema)]
pub struct RosterSeatView {
    pub position: i32,
    pub label: Option<String>,
    /// Masked, unless somebody asked for it on record.
    pub name: Option<String>,
    /// None: not yet, or not at all.
    pub arrived_at: Option<DateTime<Utc>>,
}

/// A booking with everything that happened to it.
#[derive(Serialize, ToSchema)]
pub struct BookingDetail {
    #[serde(flatten)]
    pub booking: BookingView,
    pub roster: Vec<RosterSeatView>,
    /// Who waits for a place: 1 is the next. None for who does not.
    pub waitlist_position: Option<u64>,
    /// Its state in FHIR's words, `Appointment.status`.
    pub fhir_appointment: &'static str,
    /// What it makes of its place, `Slot.status`; none while one waits for a place.
    pub fhir_slot: Option<&'static str>,
    pub timeline: Vec<BookingEventView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BookingEventView {
    pub at: DateTime<Utc>,
    pub status: BookingStatus,
    pub reason: Option<String>,
}

/// The time and place of a booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotBrief {
    pub id: Uuid,
    pub lab_id: Uuid,
    pub service_id: Uuid,
    /// The outreach stop where it takes place; none is the lab itself.
    pub stop_id: Option<Uuid>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

/// Where else there is room: the same service at another time, then the same kind of service in the
/// district, then in the province.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alternatives {
    pub items: Vec<SlotView>,
}

/// What its owner shows at the door.
#[derive(Serialize, ToSchema)]
pub struct CheckInCodeView {
    /// For a QR code: `v1.{booking}.{exp}.{hmac}`.
    pub code: String,
    /// Ask again then.
    pub expires_at: DateTime<Utc>,
    pub public_code: String,
    /// With `public_code`, for who comes without a screen.
    pub pin: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct BulkConfirmation {
    /// In the order of the request.
    pub outcomes: Vec<ConfirmOutcome>,
}

#[derive(Serialize, ToSchema)]
pub struct ConfirmOutcome {
    pub booking_id: Uuid,
    /// Why not; see `docs/ERRORS.md`.
    pub code: Option<&'static str>,
    /// As it stands now, also when it could not be confirmed.
    pub booking: Option<BookingView>,
}

impl From<slot::Model> for SlotView {
    fn from(row: slot::Model) -> Self {
        Self {
            available: room_online(&row),
            id: row.id,
            lab_id: row.lab_id,
            service_id: row.service_id,
            stop_id: row.stop_id,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            starts_on: row.starts_on,
            capacity: row.capacity,
            reserved_units: row.reserved_units,
            waiting: row.waiting,
            released_at: row.released_at,
            closes_at: row.closes_at,
            district_code: row.district_code,
            district_first_until: row.district_first_until,
            lottery_id: row.lottery_id,
            status: row.status,
        }
    }
}

impl BookingView {
    pub fn of(case: &Case<'_>, beneficiary: Option<BeneficiaryView>) -> Self {
        let (booking, slot) = (case.booking.clone(), case.slot);
        let is_staff = matches!(case.who, Party::Lab | Party::Hq);
        let void_request = booking.void_requested_at.filter(|_| is_staff).map(|at| {
            let (reason, reason_code) = (booking.void_reason, booking.void_reason_code);
            VoidRequestView { at, reason, reason_code }
        });
        Self {
            allowed_actions: allowed_actions(case),
            void_request,
            id: booking.id,
            public_code: booking.public_code,
            status: booking.status,
            slot: SlotBrief {
                id: slot.id,
                lab_id: slot.lab_id,
                service_id: slot.service_id,
                stop_id: slot.stop_id,
                starts_at: slot.starts_at,
                ends_at: slot.ends_at,
            },
            product_name: booking.product_name,
            units: booking.units,
            channel: booking.channel,
            parcel_number: booking
                .parcel_number
                .filter(|_| matches!(case.who, Party::Resident | Party::Lab)),
            beneficiary,
            reason: booking.reason,
            reason_code: booking.reason_code,
            expires_at: booking.expires_at,
            confirm_by: booking.confirm_by,
            decided_at: booking.decided_at,
            rescheduled_from: booking.rescheduled_from,
            priority_until: booking.priority_until,
            created_at: booking.created_at,
            version: booking.version,
        }
    }
}

impl BookingDetail {
    pub fn of(
        booking: BookingView,
        roster: Vec<RosterSeatView>,
        timeline: Vec<booking_event::Model>,
        waitlist_position: Option<u64>,
    ) -> Self {
        Self {
            waitlist_position,
            fhir_appointment: fhir_appointment(booking.status),
            fhir_slot: fhir_slot(booking.status),
            booking,
            roster,
            timeline: timeline.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<booking_event::Model> for BookingEventView {
    fn from(row: booking_event::Model) -> Self {
        Self { at: row.at, status: row.to_status, reason: row.reason }
    }
}
