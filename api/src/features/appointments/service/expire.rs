use entity::booking::BookingStatus;
use uuid::Uuid;

use super::change::{By, change_booking};
use super::check_in::note_no_show;
use crate::app::App;
use crate::features::appointments::model::BookingAction;
use crate::features::appointments::queries;
use crate::platform::db::AuditActor;
use crate::platform::http::{AppResult, ErrorCode};

/// Ends what nobody acted upon in time: frees the places of a hold, a request or an offer, lets a
/// line go home, notes who did not come. What was acted upon meanwhile, or given more time, stays.
pub async fn expire_booking(app: &App, id: Uuid) -> AppResult<()> {
    let mut tx = app.begin(AuditActor::System).await?;
    let Some(booking) = queries::any_booking(&tx, id).await? else { return Ok(()) };
    let action = match booking.status {
        BookingStatus::Confirmed => BookingAction::MarkNoShow,
        _ => BookingAction::Expire,
    };
    match change_booking(app, &mut tx, booking, action, By::system()).await {
        Ok((booking, _)) => {
            if booking.status == BookingStatus::NoShow {
                note_no_show(app, &tx, &booking).await?;
            }
            Ok(tx.commit().await?)
        }
        Err(error) if error.code() == ErrorCode::BookingNotPending => Ok(()),
        Err(error) => Err(error),
    }
}
