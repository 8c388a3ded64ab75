use entity::article_vote;
use sea_orm::Set;
use uuid::Uuid;

use super::require_published;
use crate::features::readers::dto::{ShareArticle, VoteArticle};
use crate::features::readers::model::delta;
use crate::features::readers::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::consent::lock_account;
use crate::platform::http::{AppResult, FieldError};

/// Says whether an article was useful, or says otherwise than before.
///
/// # Errors
/// `not_found` for what is not published; `validation_failed` for a reason of what was useful.
pub async fn vote_article(
    ctx: &Ctx<perm::MeUse>,
    article_id: Uuid,
    input: VoteArticle,
) -> AppResult<()> {
    if input.useful && input.reason.is_some() {
        let message = "只有选择“没有帮助”时才填写原因";
        return Err(FieldError::new("reason", "invalid_format", message).into());
    }
    let account_id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    // One at a time of one person; the numbers are locked after it.
    lock_account(&tx, account_id).await?;
    require_published(&tx, article_id).await?;
    let before = queries::vote(&tx, account_id, article_id).await?;
    let change = delta(before.as_ref().map(|vote| vote.is_useful), Some(input.useful));
    let said = article_vote::ActiveModel {
        id: Set(before.as_ref().map_or_else(|| tx.new_id(), |vote| vote.id)),
        is_useful: Set(input.useful),
        reason: Set(input.reason),
        updated_at: Set(tx.now()),
        ..article_vote::ActiveModel::default()
    };
    if before.is_some() {
        queries::update_vote(&tx, said).await?;
    } else {
        let row = article_vote::ActiveModel {
            article_id: Set(article_id),
            account_id: Set(Some(account_id)),
            created_at: Set(tx.now()),
            ..said
        };
        queries::insert_vote(&tx, row).await?;
    }
    queries::count_votes(&tx, article_id, change).await?;
    Ok(tx.commit().await?)
}

pub async fn withdraw_vote(ctx: &Ctx<perm::MeUse>, article_id: Uuid) -> AppResult<()> {
    let account_id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    lock_account(&tx, account_id).await?;
    let Some(vote) = queries::vote(&tx, account_id, article_id).await? else { return Ok(()) };
    queries::delete_vote(&tx, vote.id).await?;
    queries::count_votes(&tx, article_id, delta(Some(vote.is_useful), None)).await?;
    Ok(tx.commit().await?)
}

/// Counts that somebody passed an article on, without who.
///
/// # Errors
/// `not_found` for what is not published
pub async fn share_article(
    ctx: &Ctx<perm::MeUse>,
    article_id: Uuid,
    input: ShareArticle,
) -> AppResult<()> {
    let tx = ctx.begin().await?;
    require_published(&tx, article_id).await?;
    queries::count_share(&tx, article_id, input.channel, local_date(ctx.now)).await?;
    Ok(tx.commit().await?)
}
