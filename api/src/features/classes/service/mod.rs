//! Use cases: what a teacher does with a class, how a pupil takes a seat, how it all ends.

mod close;
mod join;
mod teach;

pub use close::{close_class, close_expired, erase_class, leave_classes, remove_seat};
pub use join::take_class_seat;
pub use teach::{
    get_class, get_class_results, list_classes, open_class, renew_class_code, renew_seat_card,
};

use uuid::Uuid;

use crate::app::App;
use crate::platform::crypto::column;

const CODE: &str = column::CLASS_CODE.purpose;
const PIN: &str = "class_seat.pin";

/// Six digits for a seat's card.
fn new_pin(app: &App) -> String {
    format!("{:06}", app.ids.seed() % 1_000_000)
}

/// The digits count for one seat alone.
fn seat_pin(account_id: Uuid, pin: &str) -> String {
    format!("{account_id}:{pin}")
}

fn pin_index(app: &App, account_id: Uuid, pin: &str) -> Vec<u8> {
    app.blind_index.of(PIN, &seat_pin(account_id, pin))
}
