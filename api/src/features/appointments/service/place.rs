//! What is told to those who booked at a stop that is held elsewhere.

use chrono::{DateTime, Utc};
use entity::notification::NotificationKind;
use uuid::Uuid;

use crate::app::App;
use crate::features::appointments::queries;
use crate::features::notifications::service::notify;
use crate::platform::db::AuditActor;
use crate::platform::http::AppResult;

/// Notices in one transaction.
const BATCH: u64 = 100;

/// Tells everybody once who booked before the stop was changed and still wants to come.
///
/// # Errors
/// The rows cannot be written; what was written stays so, and calling again goes on.
pub async fn tell_of_place(app: &App, stop_id: Uuid, changed_at: DateTime<Utc>) -> AppResult<()> {
    let kind = NotificationKind::BookingPlaceChanged;
    loop {
        let mut tx = app.begin(AuditActor::System).await?;
        let untold = queries::untold_at_stop(&tx, stop_id, kind, changed_at, BATCH).await?;
        if untold.is_empty() {
            return Ok(());
        }
        for (booking_id, account_id) in untold {
            notify(app, &mut tx, account_id, kind, booking_id).await?;
        }
        tx.commit().await?;
    }
}
