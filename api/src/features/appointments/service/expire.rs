use uuid::Uuid;

use super::change::{By, change_booking};
use crate::app::App;
use crate::features::appointments::model::BookingAction;
use crate::features::appointments::queries;
use crate::platform::db::AuditActor;
use crate::platform::http::{AppResult, ErrorCode};

/// Frees the places of a hold, a request or an offer that nobody acted upon in time. What was acted
/// upon meanwhile, or given more time, stays.
pub async fn expire_booking(app: &App, id: Uuid) -> AppResult<()> {
    let mut tx = app.begin(AuditActor::System).await?;
    let Some(booking) = queries::any_booking(&tx, id).await? else { return Ok(()) };
    match change_booking(app, &mut tx, booking, BookingAction::Expire, By::system()).await {
        Ok(_) => Ok(tx.commit().await?),
        Err(error) if error.code() == ErrorCode::BookingNotPending => Ok(()),
        Err(error) => Err(error),
    }
}
