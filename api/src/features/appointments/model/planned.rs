//! What a plan says of one slot.

use chrono::{DateTime, NaiveDate, Utc};
use entity::slot::{self, SlotStatus};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedSlot {
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// Asia/Shanghai
    pub starts_on: NaiveDate,
    pub capacity: i32,
    pub reserved_units: i32,
    pub released_at: Option<DateTime<Utc>>,
    pub district_code: Option<String>,
    pub district_first_until: Option<DateTime<Utc>>,
    pub closes_at: Option<DateTime<Utc>>,
}

impl PlannedSlot {
    /// The slot as the plan wants it, as far as what was sold allows: nobody loses a place to a
    /// smaller capacity, which comes true as places are freed, and who closed a slot by hand knows why.
    #[must_use]
    pub fn fitted(&self, slot: &slot::Model) -> slot::Model {
        let is_closed = slot.status == SlotStatus::Closed;
        let sold = slot.held + slot.booked;
        slot::Model {
            ends_at: self.ends_at,
            capacity: self.capacity.max(sold),
            shrinks_to: (self.capacity < sold).then_some(self.capacity),
            reserved_units: self.reserved_units,
            released_at: self.released_at,
            district_code: self.district_code.clone(),
            district_first_until: self.district_first_until,
            closes_at: self.closes_at,
            status: if is_closed { SlotStatus::Closed } else { SlotStatus::Open },
            ..slot.clone()
        }
    }
}
