use uuid::Uuid;

use crate::features::lotteries::queries;
use crate::platform::db::Tx;
use crate::platform::http::AppResult;

/// Makes room for the entries of `from` to become those of `into`: of two in one lottery the
/// survivor's stays, the other is nobody's. It is not deleted, for a draw may just count it.
///
/// # Errors
/// The rows cannot be written.
pub async fn merge_entries(tx: &Tx, from: Uuid, into: Uuid) -> AppResult<()> {
    Ok(queries::give_up_doubles(tx, from, into).await?)
}
