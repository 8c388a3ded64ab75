use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike as _, Utc};
use entity::bulletin::{self, BulletinStatus};
use entity::bulletin_product;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{LIST, ONE, missing, whole};
use crate::features::bulletins::dto::{
    BulletinFilter, BulletinSelection, BulletinSummary, BulletinView, StaffBulletinFilter,
    StaffBulletinSummary, StaffBulletinView,
};
use crate::features::bulletins::queries::{self, Selection};
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::db::Page;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};
use crate::platform::product_code::folded;

type Products = HashMap<Uuid, Vec<bulletin_product::Model>>;

pub async fn list_bulletins(
    ctx: &Ctx<perm::Public>,
    filter: BulletinFilter,
) -> AppResult<Arc<CachedPage>> {
    let (cursor, limit) = filter.page().parse()?;
    let since = filter.updated_since.map(storable).transpose()?;
    let selection = selection(&ctx.app.db, filter.selection()).await?;
    let argument = format!("{selection:?}|{since:?}|{cursor:?}|{limit}");
    let page = ctx.app.pages.get(PageKey::new(LIST, argument), async || {
        let db = &ctx.app.db;
        let rows = match since {
            Some(since) => queries::changed_page(db, &selection, since, cursor, limit).await?,
            None => queries::published_page(db, &selection, cursor, limit).await?,
        };
        let products = products_of(db, &rows).await?;
        let key = |row: &bulletin::Model| {
            let at = if since.is_some() { row.changed_at } else { row.published_at };
            (at.unwrap_or(row.created_at), row.id)
        };
        let view = |row: bulletin::Model| BulletinSummary::of(&row, own(&products, row.id));
        Ok(Page::build(rows, limit, key, view))
    });
    page.await
}

/// PostgreSQL has no timestamps far from now.
fn storable(at: DateTime<Utc>) -> AppResult<DateTime<Utc>> {
    if (1970..10_000).contains(&at.year()) {
        return Ok(at);
    }
    Err(FieldError::out_of_range("updated_since", "1970-01-01", "9999-12-31").into())
}

/// What is asked for, in the spelling of the columns.
pub(super) async fn selection(
    conn: &impl ConnectionTrait,
    asked: BulletinSelection,
) -> AppResult<Selection> {
    if let Some(code) = &asked.region {
        require_region(conn, code, "region").await?;
    }
    Ok(Selection {
        kind: asked.kind,
        class: asked.class,
        brand_key: key("brand", asked.brand.as_deref())?,
        region: asked.region,
        level: asked.level,
        text: key("q", asked.q.as_deref())?,
    })
}

fn key(field: &str, text: Option<&str>) -> AppResult<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let key = folded(text).filter(|_| text.chars().count() <= 80);
    let message = "应为 1 至 80 个字符，并含有文字或数字";
    let wrong = || FieldError::new(field, "invalid_format", message);
    Ok(Some(key.ok_or_else(wrong)?))
}

async fn products_of(conn: &impl ConnectionTrait, rows: &[bulletin::Model]) -> AppResult<Products> {
    let mut products = Products::new();
    for product in queries::products(conn, rows.iter().map(|row| row.id)).await? {
        products.entry(product.bulletin_id).or_default().push(product);
    }
    Ok(products)
}

fn own(products: &Products, id: Uuid) -> impl Iterator<Item = &bulletin_product::Model> {
    products.get(&id).into_iter().flatten()
}

/// # Errors
/// `bulletin_withdrawn` when only the tombstone is left.
pub async fn get_bulletin(ctx: &Ctx<perm::Public>, id: Uuid) -> AppResult<Arc<CachedPage>> {
    let page = ctx.app.pages.get(PageKey::new(ONE, id.simple().to_string()), async || {
        let row = queries::shown(&ctx.app.db, id).await?.ok_or_else(missing)?;
        if row.status == BulletinStatus::Withdrawn {
            return Err(AppError::new(ErrorCode::BulletinWithdrawn));
        }
        Ok(BulletinView::from(&whole(&ctx.app.db, row).await?))
    });
    page.await
}

/// What is left of a bulletin that was withdrawn.
pub async fn tombstone(ctx: &Ctx<perm::Public>, id: Uuid) -> AppResult<BulletinSummary> {
    let row = queries::shown(&ctx.app.db, id).await?.ok_or_else(missing)?;
    Ok(BulletinSummary::of(&row, []))
}

pub async fn list_staff_bulletins(
    ctx: &Ctx<perm::BulletinRead>,
    filter: StaffBulletinFilter,
) -> AppResult<Page<StaffBulletinSummary>> {
    let (cursor, limit) = filter.page().parse()?;
    let (db, scope) = (&ctx.app.db, ctx.actor.regions::<perm::BulletinRead>());
    let rows = queries::staff_page(db, &scope, filter.kind, filter.status, cursor, limit).await?;
    let products = products_of(db, &rows).await?;
    let key = |row: &bulletin::Model| (row.updated_at, row.id);
    let view = |row: bulletin::Model| StaffBulletinSummary::of(&row, own(&products, row.id));
    Ok(Page::build(rows, limit, key, view))
}

pub async fn get_staff_bulletin(
    ctx: &Ctx<perm::BulletinRead>,
    id: Uuid,
) -> AppResult<StaffBulletinView> {
    let scope = ctx.actor.regions::<perm::BulletinRead>();
    let row = queries::within(&ctx.app.db, &scope, id).await?.ok_or_else(missing)?;
    Ok(StaffBulletinView::from(&whole(&ctx.app.db, row).await?))
}
