use std::sync::Arc;

use entity::region::Model;
use sea_orm::ConnectionTrait;

use super::dto::{RegionFilter, RegionList, RegionView};
use super::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn list_regions(
    ctx: &Ctx<perm::Public>,
    filter: RegionFilter,
) -> AppResult<Arc<CachedPage>> {
    // `?parent=` asks for the top as much as no parameter does.
    let parent = filter.parent.filter(|code| !code.is_empty());
    // Only codes are keys: a client cannot fill the cache with its inventions.
    if parent.as_deref().is_some_and(|code| !is_code(code)) {
        return Err(AppError::new(ErrorCode::UnknownRegion).on_field("parent"));
    }
    let key = PageKey::new("regions", parent.clone().unwrap_or_default());
    let page = ctx.app.pages.get(key, async || {
        if let Some(code) = &parent {
            require_region(&ctx.app.db, code, "parent").await?;
        }
        let rows = queries::children(&ctx.app.db, parent.as_deref()).await?;
        Ok(RegionList { items: rows.into_iter().map(RegionView::from).collect() })
    });
    page.await
}

pub async fn get_region(ctx: &Ctx<perm::Public>, code: &str) -> AppResult<Arc<CachedPage>> {
    if !is_code(code) {
        return Err(ErrorCode::NotFound.into());
    }
    let page = ctx.app.pages.get(PageKey::new("region", code), async || {
        let row = queries::by_code(&ctx.app.db, code).await?;
        row.map(RegionView::from).ok_or_else(|| AppError::new(ErrorCode::NotFound))
    });
    page.await
}

/// The region that a request names in `field`.
///
/// # Errors
/// `unknown_region`
pub async fn require_region(
    conn: &impl ConnectionTrait,
    code: &str,
    field: &str,
) -> AppResult<Model> {
    let row = if is_code(code) { queries::by_code(conn, code).await? } else { None };
    row.ok_or_else(|| AppError::new(ErrorCode::UnknownRegion).on_field(field))
}

fn is_code(text: &str) -> bool {
    matches!(text.len(), 2 | 4 | 6 | 9) && text.bytes().all(|b| b.is_ascii_digit())
}
