use std::collections::BTreeSet;

use uuid::Uuid;

use crate::features::follows::queries;
use crate::platform::db::Tx;
use crate::platform::http::AppResult;

/// Makes room for what `from` follows, and was told of, to become `into`'s: what both have, one keeps.
///
/// # Errors
/// The rows cannot be read or written.
pub async fn merge_follows(tx: &Tx, from: Uuid, into: Uuid) -> AppResult<()> {
    let follows = queries::of(tx, [from, into]).await?;
    let kept: BTreeSet<_> = follows
        .iter()
        .filter(|row| row.account_id == into)
        .map(|row| (row.kind, row.value_key.as_str()))
        .collect();
    let is_double = |row: &&entity::follow::Model| {
        row.account_id == from && kept.contains(&(row.kind, row.value_key.as_str()))
    };
    let doubles: Vec<Uuid> = follows.iter().filter(is_double).map(|row| row.id).collect();
    if !doubles.is_empty() {
        queries::remove(tx, doubles).await?;
    }
    Ok(queries::drop_shared_notices(tx, from, into).await?)
}
