//! Places in a slot for a person or a group, from the hold to the delivered result.

use sea_orm::entity::prelude::*;

words! {
    /// The states a booking can be in.
    BookingStatus {
        /// Somebody fills in the form; the place is theirs until `expires_at`.
        Held,
        PendingLab,
        Confirmed,
        CheckedIn,
        Testing,
        Completed,
        Waitlisted,
        /// A place became free for somebody who waited; theirs until `expires_at`.
        Offered,
        Rejected,
        Expired,
        CancelledByUser,
        CancelledByLab,
        NoShow,
        /// Should never have existed.
        Voided,
    }
}

words! {
    /// How it came in. All but `online` use the quota of the slot that is kept for them.
    BookingChannel { Online, Phone, OnSite, Staff }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "bookings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// None: made by staff for somebody without an account.
    pub account_id: Option<Uuid>,
    pub slot_id: Uuid,
    pub lab_id: Uuid,
    pub service_id: Uuid,
    pub status: BookingStatus,
    /// What is to be tested; empty while the place is only held.
    pub product_name: String,
    /// Why it was rejected or cancelled.
    pub reason: Option<String>,
    /// The lab answers before this instant or the place is freed.
    pub confirm_by: Option<DateTimeUtc>,
    pub decided_at: Option<DateTimeUtc>,
    pub decided_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
    /// How many places.
    pub units: i32,
    pub channel: BookingChannel,
    /// The end of a hold or an offer.
    pub expires_at: Option<DateTimeUtc>,
    /// The booking that this one took the place of.
    pub rescheduled_from: Option<Uuid>,
    /// How often it was moved so far.
    pub moves: i32,
    /// Name of whom it is for, when that is not the account's owner.
    pub beneficiary_cipher: Option<Vec<u8>>,
    pub beneficiary_phone_cipher: Option<Vec<u8>>,
    /// Blind index of the beneficiary's name; empty for the account's owner.
    pub person_index: Vec<u8>,
    /// Blind index of the phone whose quota it counts towards, until the booking has ended.
    pub phone_index: Option<Vec<u8>>,
    /// Its number in the account's quota while the visit lies ahead.
    pub account_quota_no: Option<i32>,
    /// Its number in the phone's quota while the visit lies ahead.
    pub phone_quota_no: Option<i32>,
    /// What people read aloud at the desk.
    pub public_code: String,
    /// The printable PIN.
    pub pin_cipher: Option<Vec<u8>>,
    /// The member of staff who made it for somebody.
    pub booked_by: Option<Uuid>,
    /// Of a sample that comes by courier.
    pub parcel_number: Option<String>,
    pub checked_in_at: Option<DateTimeUtc>,
    pub checked_in_by: Option<Uuid>,
    pub checked_in_place: Option<String>,
    pub sample_number: Option<String>,
    pub completed_at: Option<DateTimeUtc>,
    /// Until then the person books before places are released and in the hours of a district, because
    /// the lab cancelled.
    pub priority_until: Option<DateTimeUtc>,
    /// Why, as a word for statistics.
    pub reason_code: Option<String>,
    /// Why somebody asked for it to be voided; the reason of the booking once a second person agreed.
    pub void_reason: Option<String>,
    pub void_reason_code: Option<String>,
    pub void_requested_by: Option<Uuid>,
    pub void_requested_at: Option<DateTimeUtc>,
    pub voided_by: Option<Uuid>,
    /// The order in which waiting people are offered a place.
    pub waitlist_no: Option<i64>,
    /// Of its units, who did not come though the group did.
    pub units_absent: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
