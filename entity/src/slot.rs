//! A time at which a lab serves a number of people. The counters are the truth about capacity and
//! count units: `held + booked <= capacity`, checked by the database.

use sea_orm::entity::prelude::*;

words! {
    SlotStatus {
        Open,
        Closed,
        /// Its plan no longer has it; it comes back when the plan does.
        Withdrawn,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "slots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lab_id: Uuid,
    pub service_id: Uuid,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    /// Asia/Shanghai
    pub starts_on: Date,
    pub capacity: i32,
    /// Places of requests that wait for the lab.
    pub held: i32,
    /// Places the lab confirmed.
    pub booked: i32,
    pub status: SlotStatus,
    pub created_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
    /// The plan it was generated from.
    pub plan_id: Option<Uuid>,
    /// The outreach stop where it takes place; none is the lab itself.
    pub stop_id: Option<Uuid>,
    /// Units kept for those who come by phone or in person.
    pub reserved_units: i32,
    /// Units of active bookings that did not come online.
    pub reserved_used: i32,
    /// Not to be booked before.
    pub released_at: Option<DateTimeUtc>,
    /// The region whose residents may book before `district_first_until`.
    pub district_code: Option<String>,
    pub district_first_until: Option<DateTimeUtc>,
    /// Places are drawn, not booked.
    pub lottery_id: Option<Uuid>,
    /// When booking ends, if that is not the usual time before the beginning.
    pub closes_at: Option<DateTimeUtc>,
    /// Bookings that wait for a place. While there is one, places are offered and not booked.
    pub waiting: i32,
    /// The last number given in the line, whatever became of it.
    pub last_waitlist_no: i64,
    /// The capacity that its plan wants where more was sold: it follows as places are freed.
    pub shrinks_to: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
