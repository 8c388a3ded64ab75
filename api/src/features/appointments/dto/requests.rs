use chrono::{DateTime, NaiveDate, Utc};
use entity::booking::{BookingChannel, BookingStatus};
use entity::lab_capability::ProductClass;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::features::appointments::model::ReasonCode;
use crate::paged_filter;
use crate::platform::http::text::{self, one_line, trimmed, trimmed_option};

paged_filter! {
    SlotFilter {
        lab_id: Uuid,
        service_id: Uuid,
        /// An outreach stop.
        stop_id: Uuid,
        /// A day in China.
        on: NaiveDate,
    }
}

/// Who looks for another place.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AlternativesQuery {
    /// How many come together; 1 when absent.
    #[serde(default = "one")]
    #[param(minimum = 1, maximum = 500, default = 1)]
    pub units: i32,
    /// What is to be tested: of other labs only those that can test it.
    pub product_class: Option<ProductClass>,
}

paged_filter! {
    LabBookingFilter {
        status: BookingStatus,
        /// What somebody reads aloud at the desk.
        #[param(max_length = 20)]
        public_code: String,
    }
}

/// Somebody other than the account's owner, such as a parent or a child.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Beneficiary {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 40), custom(function = "one_line"))]
    pub name: String,
    /// Where to reach them, when that is not the account's own phone.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 20), custom(function = "text::phone"))]
    pub phone: Option<String>,
}

/// One seat of a group. A class may number its seats and keep the names to itself.
#[derive(Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RosterSeat {
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 20), custom(function = "one_line"))]
    #[schema(example = "二班 3 号")]
    pub label: Option<String>,
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 40), custom(function = "one_line"))]
    pub name: Option<String>,
}

fn one() -> i32 {
    1
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBooking {
    pub slot_id: Uuid,
    /// What is to be tested.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 60), custom(function = "one_line"))]
    #[schema(example = "儿童安全座椅")]
    pub product_name: String,
    /// Places; more than one for a class or a community.
    #[serde(default = "one")]
    #[validate(range(min = 1, max = 500))]
    pub units: i32,
    /// Whom it is for, if not oneself.
    #[validate(nested)]
    pub beneficiary: Option<Beneficiary>,
    /// Who comes, at most one seat for each place.
    #[serde(default)]
    #[validate(length(max = 500), nested)]
    pub roster: Vec<RosterSeat>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateHold {
    pub slot_id: Uuid,
    #[serde(default = "one")]
    #[validate(range(min = 1, max = 500))]
    pub units: i32,
}

/// The form for places that are held.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestBooking {
    /// What is to be tested.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 60), custom(function = "one_line"))]
    pub product_name: String,
    #[validate(nested)]
    pub beneficiary: Option<Beneficiary>,
    #[serde(default)]
    #[validate(length(max = 500), nested)]
    pub roster: Vec<RosterSeat>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleBooking {
    /// Another time of the same service.
    pub slot_id: Uuid,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBooking {
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 200), custom(function = "one_line"))]
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectBooking {
    #[serde(default)]
    pub reason_code: ReasonCode,
    /// Shown to the resident.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 200), custom(function = "one_line"))]
    pub reason: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelByStaff {
    pub reason_code: ReasonCode,
    /// Shown to the resident.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 200), custom(function = "one_line"))]
    pub reason: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideVoid {
    pub reason_code: ReasonCode,
    /// Why the booking should never have existed; shown to the resident once a second person agrees.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 200), custom(function = "one_line"))]
    pub reason: String,
}

/// Why somebody of the lab needs to know who comes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VisitorReason {
    ContactVisitor,
    VerifyIdentity,
    Emergency,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscloseVisitors {
    pub reason: VisitorReason,
}

/// Either `code`, or `public_code` with `pin`, or the `parcel_number` of a sample that came by courier.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    /// What was scanned.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub code: Option<String>,
    /// What the visitor reads aloud or shows on paper.
    #[validate(length(max = 20))]
    #[schema(max_length = 20)]
    pub public_code: Option<String>,
    #[validate(length(equal = 6))]
    #[schema(min_length = 6, max_length = 6)]
    pub pin: Option<String>,
    /// What the courier printed on the parcel, as its sender told it before.
    #[validate(length(max = 40))]
    #[schema(max_length = 40)]
    pub parcel_number: Option<String>,
    /// Which door or table.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 40), custom(function = "one_line"))]
    pub place: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmBookings {
    #[validate(length(min = 1, max = 100))]
    pub booking_ids: Vec<Uuid>,
}

/// How somebody came who did not book for themselves.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfflineChannel {
    Phone,
    OnSite,
    Staff,
}

impl From<OfflineChannel> for BookingChannel {
    fn from(channel: OfflineChannel) -> Self {
        match channel {
            OfflineChannel::Phone => Self::Phone,
            OfflineChannel::OnSite => Self::OnSite,
            OfflineChannel::Staff => Self::Staff,
        }
    }
}

/// A booking for somebody without an account, on the quota of the slot that is kept for them.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLabBooking {
    pub slot_id: Uuid,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 60), custom(function = "one_line"))]
    pub product_name: String,
    pub channel: OfflineChannel,
    #[serde(default = "one")]
    #[validate(range(min = 1, max = 500))]
    pub units: i32,
    #[validate(nested)]
    pub beneficiary: Beneficiary,
    #[serde(default)]
    #[validate(length(max = 500), nested)]
    pub roster: Vec<RosterSeat>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSlot {
    pub service_id: Uuid,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    #[validate(range(min = 1, max = 10_000))]
    pub capacity: i32,
    /// Places kept for those who come by phone or in person.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000))]
    pub reserved_units: i32,
    /// The outreach stop of the same lab where it takes place; absent is the lab itself.
    pub stop_id: Option<Uuid>,
    /// Not to be booked online before; a day's places are best released in waves.
    pub released_at: Option<DateTime<Utc>>,
    /// When booking online ends, if not the usual time before the beginning.
    pub closes_at: Option<DateTime<Utc>>,
    /// Whose residents go first until `district_first_until`.
    #[validate(length(max = 12))]
    #[schema(example = "110108", max_length = 12)]
    pub district_code: Option<String>,
    pub district_first_until: Option<DateTime<Utc>>,
}
