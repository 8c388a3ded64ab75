use entity::follow::{self, FollowKind};
use sea_orm::Set;
use uuid::Uuid;

use crate::features::follows::dto::{CreateFollow, FollowView};
use crate::features::follows::model::{MOST_FOLLOWS, key};
use crate::features::follows::queries;
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn list_follows(
    ctx: &Ctx<perm::FollowUse>,
    page: PageQuery,
) -> AppResult<Page<FollowView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::own_page(&ctx.app.db, ctx.actor.account_id, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.created_at, row.id), FollowView::from))
}

/// # Errors
/// `follow_limit_reached`, `unknown_region`
pub async fn create_follow(
    ctx: &Ctx<perm::FollowUse>,
    input: CreateFollow,
) -> AppResult<FollowView> {
    let (account_id, kind) = (ctx.actor.account_id, input.kind);
    let value_key = key(kind, &input.value)?;
    let tx = ctx.begin().await?;
    if kind == FollowKind::Region {
        require_region(&tx, &value_key, "value").await?;
    }
    queries::lock_account(&tx, account_id).await?;
    if let Some(row) = queries::find(&tx, account_id, kind, &value_key).await? {
        return Ok(row.into());
    }
    if queries::count(&tx, account_id).await? >= MOST_FOLLOWS {
        return Err(ErrorCode::FollowLimitReached.into());
    }
    let row = follow::ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(account_id),
        kind: Set(kind),
        value_key: Set(value_key),
        value: Set(input.value),
        created_at: Set(ctx.now),
    };
    let row = queries::insert(&tx, row).await?;
    tx.commit().await?;
    Ok(row.into())
}

pub async fn delete_follow(ctx: &Ctx<perm::FollowUse>, id: Uuid) -> AppResult<()> {
    let tx = ctx.begin().await?;
    if !queries::delete(&tx, ctx.actor.account_id, id).await? {
        return Err(AppError::new(ErrorCode::NotFound));
    }
    Ok(tx.commit().await?)
}
