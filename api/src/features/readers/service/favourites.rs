use entity::article_favourite;
use sea_orm::Set;
use uuid::Uuid;

use super::{card, require_published};
use crate::features::readers::dto::FavouriteView;
use crate::features::readers::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::consent::lock_account;
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, ErrorCode};

pub async fn list_favourites(
    ctx: &Ctx<perm::MeUse>,
    page: PageQuery,
) -> AppResult<Page<FavouriteView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::favourite_page(&ctx.app.db, ctx.actor.account_id, cursor, limit).await?;
    let ids = rows.iter().map(|row| row.article_id).collect();
    let cards = queries::cards(&ctx.app.db, ids).await?;
    let key = |row: &article_favourite::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, |row| {
        let article = cards.get(&row.article_id).map(card);
        FavouriteView {
            id: row.article_id,
            created_at: row.created_at,
            is_available: article.is_some(),
            article,
        }
    }))
}

/// # Errors
/// `not_found` for what is not published, `favourites_full`
pub async fn put_favourite(ctx: &Ctx<perm::MeUse>, article_id: Uuid) -> AppResult<()> {
    let account_id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    // Counts and adds one at a time, whatever the same person does elsewhere.
    lock_account(&tx, account_id).await?;
    if queries::is_favourite(&tx, account_id, article_id).await? {
        return Ok(());
    }
    require_published(&tx, article_id).await?;
    let most = u64::from(ctx.app.config.readers.favourites_most);
    if queries::count_favourites(&tx, account_id).await? >= most {
        return Err(ErrorCode::FavouritesFull.into());
    }
    let row = article_favourite::ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(account_id),
        article_id: Set(article_id),
        created_at: Set(tx.now()),
    };
    queries::insert_favourite(&tx, row).await?;
    Ok(tx.commit().await?)
}

pub async fn delete_favourite(ctx: &Ctx<perm::MeUse>, article_id: Uuid) -> AppResult<()> {
    let tx = ctx.begin().await?;
    queries::delete_favourite(&tx, ctx.actor.account_id, article_id).await?;
    Ok(tx.commit().await?)
}
