//! What is told to those who booked at a stop that is held elsewhere.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::notification::NotificationKind;
use entity::stop::StopStatus;
use uuid::Uuid;

use crate::app::App;
use crate::features::appointments::queries;
use crate::features::notifications::service::notify;
use crate::platform::db::AuditActor;
use crate::platform::http::AppResult;

/// Notices in one transaction.
const BATCH: u64 = 100;

/// How long after a change somebody may still be booking who read what was true before: as long as a
/// request may take.
#[must_use]
pub fn place_settles(app: &App) -> Duration {
    Duration::from_millis(app.config.http.request_timeout_ms)
}

/// Tells everybody once who has a place and may have booked it before the stop was changed. To be called
/// no sooner than [`place_settles`] says.
///
/// # Errors
/// The rows cannot be written; what was written stays so, and calling again goes on.
pub async fn tell_of_place(app: &App, stop_id: Uuid, changed_at: DateTime<Utc>) -> AppResult<()> {
    let kind = NotificationKind::BookingPlaceChanged;
    let settled_at = changed_at + place_settles(app);
    loop {
        let mut tx = app.begin(AuditActor::System).await?;
        // Nobody calls it off meanwhile, and nobody else tells them.
        let stop = queries::locked_stop(&tx, stop_id).await?;
        if stop.is_none_or(|stop| stop.status != StopStatus::Planned) {
            return Ok(());
        }
        let since = (changed_at, settled_at);
        let untold = queries::untold_at_stop(&tx, stop_id, kind, since, BATCH).await?;
        if untold.is_empty() {
            return Ok(());
        }
        for (booking_id, account_id) in untold {
            notify(app, &mut tx, account_id, kind, booking_id).await?;
        }
        tx.commit().await?;
    }
}
