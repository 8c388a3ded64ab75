use uuid::Uuid;

use crate::app::App;
use crate::platform::db::Tx;
use crate::platform::http::AppResult;

/// Called in the transaction in which places of a slot became free, whatever freed them.
///
/// # Errors
/// The rows cannot be written.
#[expect(clippy::unused_async, reason = "whoever waits for the places will be written to")]
pub async fn places_freed(_app: &App, _tx: &mut Tx, _slot_id: Uuid) -> AppResult<()> {
    Ok(())
}
