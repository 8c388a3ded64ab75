//! A rule by which a lab offers a service again and again; slots are generated from it.

use sea_orm::entity::prelude::*;

words! {
    #[derive(Default)]
    PlanStatus {
        #[default]
        Active,
        /// Nothing is generated, what exists stays.
        Paused,
        /// What lies ahead is withdrawn.
        Ended,
    }
}

words! {
    /// What becomes of bookings whose slot a changed plan no longer has.
    OnStranded {
        Cancel,
        /// To the nearest time of the same service; who cannot be moved is cancelled.
        Move,
        Keep,
    }
}

words! {
    /// How far a change got: existing slots, new slots, stranded bookings.
    ChangeStep { Slots, Generate, Bookings }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "plans")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lab_id: Uuid,
    pub service_id: Uuid,
    pub title: String,
    pub status: PlanStatus,
    /// RFC 5545, of days; the part after `RRULE:`.
    pub rrule: String,
    /// Days are those of Asia/Shanghai.
    pub starts_on: Date,
    pub ends_on: Option<Date>,
    /// `[{"from": "09:00", "to": "11:30"}, …]`; what lies between them is a break.
    pub windows: Json,
    pub slot_minutes: i32,
    /// Between one slot and the next.
    pub buffer_minutes: i32,
    /// Units of each slot.
    pub capacity: i32,
    /// Of these for who comes by phone or in person.
    pub reserved_units: i32,
    /// Booking ends this long before the beginning; none is the usual time.
    pub notice_minutes: Option<i32>,
    /// How far ahead slots are generated.
    pub horizon_days: i32,
    /// With `release_at`: so many days before at that time of day slots can be booked.
    pub release_days_before: Option<i32>,
    pub release_at: Option<String>,
    /// So long after the release the lab's district goes first.
    pub district_first_minutes: i32,
    /// Not on the State Council's days off.
    pub skips_holidays: bool,
    /// Also on its make-up working days.
    pub runs_on_make_up_days: bool,
    /// Lists of days.
    pub extra_dates: Json,
    pub blackout_dates: Json,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
    /// None when the last change is carried out.
    pub change_step: Option<ChangeStep>,
    /// Slots up to this beginning are done.
    pub change_cursor: Option<DateTimeUtc>,
    pub changed_by: Option<Uuid>,
    pub on_stranded: Option<OnStranded>,
    /// Shown to the residents whose bookings are moved or cancelled.
    pub change_reason: Option<String>,
    pub slots_total: i32,
    pub slots_done: i32,
    pub bookings_moved: i32,
    pub bookings_cancelled: i32,
    pub bookings_kept: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
