use entity::calendar_feed;
use sea_orm::Set;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::features::appointments::service::lab_calendar;
use crate::features::desk::dto::{CalendarFeedView, CreateCalendarFeed, NewCalendarFeed};
use crate::features::desk::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn create_calendar_feed(
    ctx: &Ctx<perm::CalendarFeedManage>,
    input: CreateCalendarFeed,
) -> AppResult<NewCalendarFeed> {
    if !ctx.actor.labs::<perm::CalendarFeedManage>().covers(input.lab_id) {
        return Err(ErrorCode::NotFound.into());
    }
    let token = ctx.app.ids.token();
    let tx = ctx.begin().await?;
    let row = calendar_feed::ActiveModel {
        id: Set(tx.new_id()),
        lab_id: Set(input.lab_id),
        label: Set(input.label),
        token_hash: Set(hash(&token)),
        created_by: Set(ctx.actor.staff_id),
        created_at: Set(ctx.now),
        revoked_by: Set(None),
        revoked_at: Set(None),
    };
    let row = queries::insert_feed(&tx, row).await?;
    tx.audit("calendar_feed.create", "calendar_feed", row.id, None).await?;
    tx.commit().await?;
    let secret = format!("/api/v1/calendars/{token}.ics");
    Ok(NewCalendarFeed { feed: row.into(), secret })
}

pub async fn list_calendar_feeds(
    ctx: &Ctx<perm::CalendarFeedManage>,
    page: PageQuery,
) -> AppResult<Page<CalendarFeedView>> {
    let (cursor, limit) = page.parse()?;
    let scope = ctx.actor.labs::<perm::CalendarFeedManage>();
    let rows = queries::feeds_page(&ctx.app.db, &scope, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.created_at, row.id), CalendarFeedView::from))
}

/// Doing it again changes nothing.
pub async fn revoke_calendar_feed(
    ctx: &Ctx<perm::CalendarFeedManage>,
    id: Uuid,
) -> AppResult<CalendarFeedView> {
    let scope = ctx.actor.labs::<perm::CalendarFeedManage>();
    let not_found = || AppError::new(ErrorCode::NotFound);
    let tx = ctx.begin().await?;
    queries::feed(&tx, &scope, id).await?.ok_or_else(not_found)?;
    queries::revoke_feed(&tx, id, ctx.actor.staff_id, ctx.now).await?;
    tx.audit("calendar_feed.revoke", "calendar_feed", id, None).await?;
    let row = queries::feed(&tx, &scope, id).await?.ok_or_else(not_found)?;
    tx.commit().await?;
    Ok(row.into())
}

/// What the address leads to; a revoked one, like one that never was, to nothing.
pub async fn get_lab_calendar(ctx: &Ctx<perm::Public>, token: &str) -> AppResult<String> {
    let feed = queries::feed_of_token(&ctx.app.db, &hash(token)).await?;
    let feed = feed.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    lab_calendar(&ctx.app, feed.lab_id, ctx.now).await
}

/// 256 random bits need no salt.
fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
