use chrono::{Days, TimeDelta};
use entity::poster_code;
use sea_orm::Set;
use serde_json::json;
use uuid::Uuid;

use crate::features::readers::dto::{
    CreatePosterCode, DayHits, HitsQuery, PosterCodeView, PosterHitsView, ReadershipView,
    ReasonCount, ShareCount,
};
use crate::features::readers::model::CODE_LENGTH;
use crate::features::readers::queries;
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, Permission, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};
use crate::platform::qr_code;

/// Days in one answer.
const DAYS_MOST: i64 = 366;
const DAYS_USUAL: u64 = 30;

/// How an article is received, in numbers.
pub async fn get_readership(
    ctx: &Ctx<perm::ArticleRead>,
    article_id: Uuid,
) -> AppResult<ReadershipView> {
    let db = &ctx.app.db;
    require_article(ctx, article_id).await?;
    let counter = queries::counter(db, article_id).await?;
    let reasons = queries::reasons(db, article_id).await?;
    let shares = queries::shares(db, article_id).await?;
    let favourites = queries::favourites_of(db, article_id).await?;
    Ok(ReadershipView {
        id: article_id,
        useful: counter.as_ref().map_or(0, |counter| counter.useful),
        not_useful: counter.as_ref().map_or(0, |counter| counter.not_useful),
        reasons: reasons.into_iter().map(|(reason, votes)| ReasonCount { reason, votes }).collect(),
        favourites: i64::try_from(favourites).map_err(AppError::internal)?,
        shares: shares
            .into_iter()
            .map(|(channel, shares)| ShareCount { channel, shares })
            .collect(),
        poster_hits: queries::hits_of_article(db, article_id).await?,
    })
}

/// # Errors
/// `posters_unavailable` without an address for codes; `unknown_region`
pub async fn create_poster_code(
    ctx: &Ctx<perm::ArticleEdit>,
    article_id: Uuid,
    input: CreatePosterCode,
) -> AppResult<PosterCodeView> {
    let prefix = prefix(ctx)?;
    require_article(ctx, article_id).await?;
    if let Some(region) = &input.region_code {
        require_region(&ctx.app.db, region, "region_code").await?;
    }
    let tx = ctx.begin().await?;
    let row = poster_code::ActiveModel {
        id: Set(tx.new_id()),
        code: Set(ctx.app.ids.readable(CODE_LENGTH)),
        article_id: Set(article_id),
        label: Set(input.label),
        region_code: Set(input.region_code),
        created_by: Set(ctx.actor.staff_id),
        created_at: Set(tx.now()),
        closed_at: Set(None),
    };
    let row = queries::insert_poster(&tx, row).await?;
    let details = json!({ "article_id": article_id });
    tx.audit_change("poster_code.create", "poster_code", row.id, &(), &row, Some(details)).await?;
    tx.commit().await?;
    Ok(PosterCodeView::of(row, prefix, 0))
}

pub async fn list_poster_codes(
    ctx: &Ctx<perm::ArticleRead>,
    article_id: Uuid,
    page: PageQuery,
) -> AppResult<Page<PosterCodeView>> {
    let (cursor, limit) = page.parse()?;
    require_article(ctx, article_id).await?;
    let rows = queries::poster_page(&ctx.app.db, article_id, cursor, limit).await?;
    let ids = rows.iter().map(|row| row.id).collect();
    let sums = queries::hit_sums(&ctx.app.db, ids).await?;
    let prefix = &ctx.app.config.readers.poster_url;
    let key = |row: &poster_code::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, |row| {
        let hits = sums.get(&row.id).copied().unwrap_or_default();
        PosterCodeView::of(row, prefix, hits)
    }))
}

/// The code as a picture: PNG, black on white.
pub async fn get_poster_picture(ctx: &Ctx<perm::ArticleRead>, id: Uuid) -> AppResult<Vec<u8>> {
    let prefix = prefix(ctx)?;
    let row = found(ctx, id).await?;
    qr_code::png(&format!("{prefix}{}", row.code))
}

pub async fn get_poster_hits(
    ctx: &Ctx<perm::ArticleRead>,
    id: Uuid,
    query: HitsQuery,
) -> AppResult<PosterHitsView> {
    let to = query.to.unwrap_or_else(|| local_date(ctx.now));
    let usual = || to.checked_sub_days(Days::new(DAYS_USUAL)).unwrap_or(to);
    let from = query.from.unwrap_or_else(usual);
    if from > to || to - from >= TimeDelta::days(DAYS_MOST) {
        let message = format!("起止日期应先后有序，且不超过 {DAYS_MOST} 天");
        return Err(FieldError::new("from", "out_of_range", message).into());
    }
    let row = found(ctx, id).await?;
    let days = queries::hits_by_day(&ctx.app.db, row.id, from, to).await?;
    let days = days.into_iter().map(|day| DayHits { on: day.hit_on, hits: day.hits }).collect();
    Ok(PosterHitsView { id, from, to, days })
}

/// Ends the counting of a poster that was taken down. Closing again changes nothing.
pub async fn close_poster_code(ctx: &Ctx<perm::ArticleEdit>, id: Uuid) -> AppResult<()> {
    let tx = ctx.begin().await?;
    let not_found = || AppError::new(ErrorCode::NotFound);
    let before = queries::poster(&tx, id).await?.ok_or_else(not_found)?;
    if !queries::close_poster(&tx, id, ctx.now).await? {
        return Ok(());
    }
    let after = queries::poster(&tx, id).await?.ok_or_else(not_found)?;
    tx.audit_change("poster_code.close", "poster_code", id, &before, &after, None).await?;
    Ok(tx.commit().await?)
}

/// What stands before a code in its picture.
fn prefix<P: Permission>(ctx: &Ctx<P>) -> AppResult<&str> {
    let prefix = ctx.app.config.readers.poster_url.as_str();
    if prefix.is_empty() {
        return Err(ErrorCode::PostersUnavailable.into());
    }
    Ok(prefix)
}

async fn require_article<P: Permission>(ctx: &Ctx<P>, id: Uuid) -> AppResult<()> {
    if queries::is_article(&ctx.app.db, id).await? {
        return Ok(());
    }
    Err(AppError::new(ErrorCode::NotFound))
}

async fn found(ctx: &Ctx<perm::ArticleRead>, id: Uuid) -> AppResult<poster_code::Model> {
    queries::poster(&ctx.app.db, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}
