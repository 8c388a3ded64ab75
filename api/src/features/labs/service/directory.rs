use entity::lab::LabStatus;
use uuid::Uuid;

use super::{parts, require_lab};
use crate::features::labs::dto::{LabFilter, LabSummary, LabView, NearLab};
use crate::features::labs::queries::{self, Search};
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::Page;
use crate::platform::geo::{Location, candidates, nearest};
use crate::platform::http::text::one_line;
use crate::platform::http::{AppResult, ErrorCode, FieldError};

pub async fn list_labs(ctx: &Ctx<perm::Public>, filter: LabFilter) -> AppResult<Page<NearLab>> {
    let db = &ctx.app.db;
    let today = local_date(ctx.now);
    let (cursor, limit) = filter.page().parse()?;
    if let Some(code) = &filter.region {
        require_region(db, code, "region").await?;
    }
    let search = Search {
        region_prefix: filter.region,
        service: filter.service,
        product_class: filter.product_class,
        standard: words(filter.standard, "standard", 60)?,
        name_part: words(filter.q, "q", 40)?,
    };
    let Some(near) = filter.near else {
        let rows = queries::active_page(db, &search, cursor, limit).await?;
        let view = |row| NearLab { lab: LabSummary::of(row, today), distance_metres: None };
        return Ok(Page::build(rows, limit, |row| (row.created_at, row.id), view));
    };
    let here = Location::parse(&near, "near")?;
    if cursor.is_some() {
        return Err(ErrorCode::InvalidCursor.into());
    }
    let rows = queries::near(db, &search, here, candidates(limit)).await?;
    let place = |row: &entity::lab::Model| Location::from_e6(row.latitude_e6, row.longitude_e6);
    let view =
        |(row, metres)| NearLab { lab: LabSummary::of(row, today), distance_metres: Some(metres) };
    let items = nearest(here, rows, limit, place).into_iter().map(view).collect();
    Ok(Page { items, next_cursor: None })
}

/// Text of a query; blank is absent.
fn words(text: Option<String>, path: &str, most: usize) -> AppResult<Option<String>> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > most || one_line(&text).is_err() {
        let message = format!("不能超过 {most} 个字，也不能包含控制字符");
        return Err(FieldError::new(path, "invalid_format", message).into());
    }
    Ok(Some(text))
}

pub async fn get_lab(ctx: &Ctx<perm::Public>, id: Uuid) -> AppResult<LabView> {
    let db = &ctx.app.db;
    let lab = require_lab(db, id).await?;
    if lab.status != LabStatus::Active {
        return Err(ErrorCode::NotFound.into());
    }
    LabView::public(parts(db, lab).await?, local_date(ctx.now))
}
