use std::collections::HashMap;

use entity::quiz_attempt::{self, AttemptStatus};
use uuid::Uuid;

use super::attempt::close;
use crate::features::quizzes::model::merged_order;
use crate::features::quizzes::queries;
use crate::platform::db::Tx;
use crate::platform::http::AppResult;

/// Makes room for the attempts of `from` to become those of `into`, its own transaction being the
/// caller's: all stay and are numbered anew. Of two open attempts at one quiz the one with more
/// answers stays open, the other is closed and scored as it stands.
///
/// # Errors
/// The rows cannot be read or written.
pub async fn merge_attempts(tx: &Tx, from: Uuid, into: Uuid) -> AppResult<()> {
    let mut quizzes: HashMap<Uuid, Vec<quiz_attempt::Model>> = HashMap::new();
    for row in queries::locked_attempts_of(tx, [from, into]).await? {
        quizzes.entry(row.quiz_id).or_default().push(row);
    }
    for attempts in quizzes.into_values() {
        let is_shared = |id| attempts.iter().any(|row| row.account_id == id);
        if !is_shared(from) || !is_shared(into) {
            continue;
        }
        let kept = close_all_but_one(tx, &attempts).await?;
        queries::renumber_attempts(tx, &merged_order(&attempts, kept)).await?;
    }
    Ok(())
}

/// Closes the open attempts but the fullest, of equals the latest. Returns the one left open.
async fn close_all_but_one(tx: &Tx, attempts: &[quiz_attempt::Model]) -> AppResult<Option<Uuid>> {
    let mut open = Vec::new();
    for row in attempts.iter().filter(|row| row.status == AttemptStatus::InProgress) {
        open.push((queries::answers(tx, row.id).await?.len(), row.started_at, row));
    }
    open.sort_by_key(|(answers, started_at, row)| (*answers, *started_at, row.id));
    let kept = open.pop();
    for (.., row) in open {
        close(tx, row, AttemptStatus::Expired).await?;
    }
    Ok(kept.map(|(.., row)| row.id))
}
