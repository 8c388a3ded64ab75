use std::collections::HashMap;

use uuid::Uuid;

use super::change::{By, change};
use crate::app::App;
use crate::features::appointments::model::{BookingAction, Party, spare};
use crate::features::appointments::queries;
use crate::platform::db::Tx;
use crate::platform::http::AppResult;

/// Shown in the timeline of the booking that was given up.
const REASON: &str = "账号合并，同一时段保留了另一个预约。";

/// Makes room for the bookings of `from` to become those of `into`, its own transaction being the
/// caller's: of two active bookings of one slot the better one stays, the other gives its place back.
///
/// # Errors
/// The rows cannot be read or written.
pub async fn merge_bookings(app: &App, tx: &mut Tx, from: Uuid, into: Uuid) -> AppResult<()> {
    let both = [from, into];
    let mut per_slot: HashMap<Uuid, usize> = HashMap::new();
    for row in queries::bookings_of_both(tx, both, None).await? {
        *per_slot.entry(row.slot_id).or_default() += 1;
    }
    let double: Vec<Uuid> =
        per_slot.into_iter().filter(|(_, count)| *count > 1).map(|(slot, _)| slot).collect();
    if double.is_empty() {
        return Ok(());
    }
    // Whoever changes a booking takes its slot first, so what is read now stays as it is.
    queries::lock_slots(tx, double.clone()).await?;
    let rows = queries::bookings_of_both(tx, both, Some(double)).await?;
    for pair in rows.chunk_by(|a, b| a.slot_id == b.slot_id) {
        if let [one, other] = pair {
            let reason = Some(REASON.to_owned());
            let by = By { who: Party::System, decided_by: None, reason, is_leaving: false };
            change(app, tx, spare(one, other).clone(), BookingAction::Merge, by).await?;
        }
    }
    Ok(())
}
