use chrono::{DateTime, TimeDelta, Utc};
use entity::booking_reminder::ReminderKind;
use entity::notification::NotificationKind;
use uuid::Uuid;

use super::seconds;
use crate::app::App;
use crate::features::appointments::queries;
use crate::features::notifications::service::notify;
use crate::platform::db::AuditActor;
use crate::platform::http::AppResult;

/// Bookings in one transaction.
const BATCH: u64 = 100;

/// Writes the reminders that are due, each once. Whoever was confirmed only after a reminder would
/// have been due knows it anyway.
///
/// # Errors
/// The database cannot be reached; what was written stays, and the next sweep goes on.
pub async fn remind_visitors(app: &App) -> AppResult<()> {
    let settings = &app.config.appointments;
    let (ahead, soon) = (seconds(settings.remind_ahead_secs), seconds(settings.remind_soon_secs));
    let now = app.clock.now();
    let spans = [
        (ReminderKind::Soon, soon, (now, now + soon)),
        (ReminderKind::Ahead, ahead, (now + soon, now + ahead)),
    ];
    for (kind, before, span) in spans {
        loop {
            let due = queries::to_remind(&app.db, kind, span, BATCH).await?;
            if due.is_empty() {
                break;
            }
            remind(app, kind, before, due).await?;
        }
    }
    Ok(())
}

async fn remind(app: &App, kind: ReminderKind, before: TimeDelta, due: Vec<Uuid>) -> AppResult<()> {
    let mut tx = app.begin(AuditActor::System).await?;
    let bookings = queries::lock_confirmed(&tx, due).await?;
    let slots = queries::slots(&tx, bookings.iter().map(|booking| booking.slot_id)).await?;
    let begins = |id: Uuid| slots.iter().find(|slot| slot.id == id).map(|slot| slot.starts_at);
    for booking in bookings {
        let is_first = queries::insert_reminder(&tx, booking.id, kind, tx.now()).await?;
        let was_known = is_earlier(booking.decided_at, begins(booking.slot_id), before);
        if let (true, true, Some(account_id)) = (is_first, was_known, booking.account_id) {
            notify(app, &mut tx, account_id, NotificationKind::BookingReminder, booking.id).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Whether the booking was confirmed before its reminder was due.
fn is_earlier(
    confirmed_at: Option<DateTime<Utc>>,
    starts_at: Option<DateTime<Utc>>,
    before: TimeDelta,
) -> bool {
    confirmed_at.zip(starts_at).is_some_and(|(confirmed, starts)| confirmed + before < starts)
}
