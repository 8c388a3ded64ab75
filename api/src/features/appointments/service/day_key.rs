//! The keys that codes at the door are signed with: one for each lab and day in China, derived from the
//! index keys. A scanner without network holds those of its day; whoever steals them can deceive that
//! lab on that day and no other. `docs/CHECK-IN.md` tells it to those who write a scanner.

use chrono::NaiveDate;
use entity::slot;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::app::App;
use crate::features::appointments::model::CheckInCode;

/// The key of an index signs too, for a purpose of its own; it changes with the others.
const PURPOSE: &str = "booking.check_in.day";

fn place(lab_id: Uuid, on: NaiveDate) -> String {
    format!("{lab_id}:{on}")
}

/// What signs.
pub(super) fn current(app: &App, slot: &slot::Model) -> [u8; 32] {
    app.blind_index.array(PURPOSE, &place(slot.lab_id, slot.starts_on))
}

/// What a code may be signed with, the current key first.
pub(super) fn all(app: &App, lab_id: Uuid, on: NaiveDate) -> Vec<[u8; 32]> {
    let keys = app.blind_index.all_of(PURPOSE, &place(lab_id, on)).into_iter();
    // The hash stands behind the name of its key.
    keys.filter_map(|index| index.last_chunk::<32>().copied()).collect()
}

pub(super) fn is_signed(
    app: &App,
    slot: &slot::Model,
    code: &CheckInCode,
    signature: &[u8],
) -> bool {
    let mut keys = all(app, slot.lab_id, slot.starts_on).into_iter();
    keys.any(|key| code.signature(&key).ct_eq(signature).into())
}
