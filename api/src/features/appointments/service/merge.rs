use std::collections::{BTreeSet, HashMap};

use entity::booking::{self, BookingStatus};
use uuid::Uuid;

use super::change::{By, change_booking};
use crate::app::App;
use crate::features::appointments::model::{BookingAction, spare};
use crate::features::appointments::queries;
use crate::platform::db::{Tx, unique_violation};
use crate::platform::http::AppResult;

/// Shown in the timeline of the booking that was given up.
const REASON: &str = "账号合并，同一时段保留了另一个预约。";

/// Makes room for the bookings of `from` to become those of `into`, its own transaction being the
/// caller's: of two active bookings of one person for one slot the one that is further on its way
/// stays, the other gives its place back; the quota counts them all; the longer pause stays. False
/// when a number of the quota was taken meanwhile: the caller starts again.
///
/// # Errors
/// The rows cannot be read or written.
pub async fn merge_bookings(app: &App, tx: &mut Tx, from: Uuid, into: Uuid) -> AppResult<bool> {
    give_up_doubles(app, tx, [from, into]).await?;
    let used = queries::numbered(tx, into).await?;
    let mut used: BTreeSet<i32> = used.iter().filter_map(|row| row.account_quota_no).collect();
    let moving = queries::numbered(tx, from).await?;
    for row in &moving {
        queries::set_account_number(tx, row.id, None).await?;
    }
    for row in &moving {
        // Beyond the quota too: what was booked stays, and counts.
        let number = (1..).find(|number| !used.contains(number));
        used.extend(number);
        match queries::set_account_number(tx, row.id, number).await {
            Err(cause) if unique_violation(&cause) => return Ok(false),
            outcome => outcome?,
        }
    }
    let pauses = (queries::pause(tx, from).await?, queries::pause(tx, into).await?);
    if let (Some(theirs), Some(ours)) = pauses {
        queries::delete_pause(tx, from).await?;
        queries::lengthen_pause(tx, into, theirs.until.max(ours.until)).await?;
    }
    Ok(true)
}

async fn give_up_doubles(app: &App, tx: &mut Tx, both: [Uuid; 2]) -> AppResult<()> {
    let mut per_place: HashMap<(Uuid, Vec<u8>), usize> = HashMap::new();
    for row in queries::active_of_both(tx, both, None).await? {
        *per_place.entry((row.slot_id, row.person_index)).or_default() += 1;
    }
    let double: BTreeSet<Uuid> =
        per_place.into_iter().filter(|(_, count)| *count > 1).map(|((slot, _), _)| slot).collect();
    if double.is_empty() {
        return Ok(());
    }
    let double: Vec<Uuid> = double.into_iter().collect();
    // Whoever changes a booking takes its slot first, so what is read now stays as it is.
    queries::lock_slots(tx, double.clone()).await?;
    let rows = queries::active_of_both(tx, both, Some(double)).await?;
    let is_one = |a: &booking::Model, b: &booking::Model| {
        a.slot_id == b.slot_id && a.person_index == b.person_index
    };
    for pair in rows.chunk_by(is_one) {
        let [one, other] = pair else { continue };
        let given_up = spare(one, other);
        if matches!(given_up.status, BookingStatus::CheckedIn | BookingStatus::Testing) {
            // Both came to the lab already: they are two visits.
            queries::set_apart(tx, given_up.id).await?;
            continue;
        }
        let by = By { reason: Some(REASON.to_owned()), ..By::system() };
        change_booking(app, tx, given_up.clone(), BookingAction::Cancel, by).await?;
    }
    Ok(())
}
