//! Two accounts of one person may each have a booking of the same place and time.

use std::cmp::Reverse;

use entity::booking::{self, BookingStatus};

/// Which of one person's two active bookings of a slot is given up: the one that is less far on its
/// way, then the later one.
#[must_use]
pub fn spare<'a>(one: &'a booking::Model, other: &'a booking::Model) -> &'a booking::Model {
    let rank = |row: &booking::Model| (progress(row.status), Reverse((row.created_at, row.id)));
    if rank(one) < rank(other) { one } else { other }
}

fn progress(status: BookingStatus) -> u8 {
    use BookingStatus as S;

    match status {
        S::Testing => 6,
        S::CheckedIn => 5,
        S::Confirmed => 4,
        S::PendingLab => 3,
        S::Offered => 2,
        S::Held => 1,
        S::Waitlisted
        | S::Completed
        | S::Rejected
        | S::Expired
        | S::CancelledByUser
        | S::CancelledByLab
        | S::NoShow
        | S::Voided => 0,
    }
}
