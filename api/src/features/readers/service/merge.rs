use std::collections::BTreeMap;

use entity::article_vote;
use uuid::Uuid;

use crate::features::readers::model::delta;
use crate::features::readers::queries;
use crate::platform::db::Tx;
use crate::platform::http::AppResult;

/// Makes room for what `from` kept and said to become `into`'s: of two favourites of one article the
/// survivor's stays, of two readings and two votes the later one.
///
/// # Errors
/// The rows cannot be written.
pub async fn merge_readers(tx: &Tx, from: Uuid, into: Uuid) -> AppResult<()> {
    queries::drop_double_favourites(tx, from, into).await?;
    queries::drop_double_readings(tx, from, into).await?;
    // In one order, so that no two who count wait for each other.
    let mut by_article: BTreeMap<Uuid, Vec<article_vote::Model>> = BTreeMap::new();
    for vote in queries::double_votes(tx, from, into).await? {
        by_article.entry(vote.article_id).or_default().push(vote);
    }
    for (article_id, mut votes) in by_article {
        votes.sort_by_key(|vote| (vote.updated_at, vote.account_id == Some(into)));
        votes.pop();
        for outlived in votes {
            queries::delete_vote(tx, outlived.id).await?;
            let change = delta(Some(outlived.is_useful), None);
            queries::count_votes(tx, article_id, change).await?;
        }
    }
    Ok(())
}
