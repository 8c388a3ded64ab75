//! What a lab says of itself.

use std::collections::HashSet;

use entity::lab_capability::{self, ProductClass};
use sea_orm::{ConnectionTrait, Set};
use serde_json::json;
use uuid::Uuid;

use super::{locked, profile, require_lab};
use crate::features::labs::dto::{
    LabProfile, LabProfileSummary, SetLabCapabilities, UpdateLabProfile,
};
use crate::features::labs::model::week;
use crate::features::labs::queries::{self, Profile};
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{Page, PageQuery};
use crate::platform::geo::Location;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

/// The working days that the lab of a service needs for products of a class, by its slowest standard;
/// none when it says nothing of them.
///
/// # Errors
/// The database cannot be reached.
pub async fn days_needed(
    conn: &impl ConnectionTrait,
    service_id: Uuid,
    class: ProductClass,
) -> AppResult<Option<u32>> {
    let days = queries::days_needed(conn, service_id, class).await?;
    days.map(u32::try_from).transpose().map_err(AppError::internal)
}

pub async fn list_lab_profiles(
    ctx: &Ctx<perm::LabEdit>,
    page: PageQuery,
) -> AppResult<Page<LabProfileSummary>> {
    let (cursor, limit) = page.parse()?;
    let scope = ctx.actor.labs::<perm::LabEdit>();
    let rows = queries::scope_page(&ctx.app.db, &scope, cursor, limit).await?;
    let view = |row| LabProfileSummary::of(row, local_date(ctx.now));
    Ok(Page::build(rows, limit, |row| (row.created_at, row.id), view))
}

pub async fn get_lab_profile(ctx: &Ctx<perm::LabEdit>, id: Uuid) -> AppResult<LabProfile> {
    let db = &ctx.app.db;
    let lab = queries::in_scope(db, &ctx.actor.labs::<perm::LabEdit>(), id).await?;
    let lab = lab.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    profile(db, lab, local_date(ctx.now)).await
}

pub async fn update_lab_profile(
    ctx: &Ctx<perm::LabEdit>,
    id: Uuid,
    version: i32,
    input: UpdateLabProfile,
) -> AppResult<LabProfile> {
    let hours = week(input.opening_hours)?;
    let hours = (!hours.is_empty()).then(|| serde_json::to_value(hours)).transpose();
    let (latitude_e6, longitude_e6) = input.location.map(Location::to_e6).unzip();
    let new = Profile {
        address: input.address,
        phone: input.phone,
        email: input.email,
        contact_title: input.contact_title,
        introduction: input.introduction,
        opening_hours: hours.map_err(AppError::internal)?,
        latitude_e6,
        longitude_e6,
    };
    let tx = ctx.begin().await?;
    let before = locked(ctx, &tx, id).await?;
    if !queries::replace_profile(&tx, id, version, new, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    let after = require_lab(&tx, id).await?;
    tx.audit_change("lab.update", "lab", id, &before, &after, None).await?;
    let view = profile(&tx, after, local_date(ctx.now)).await?;
    tx.commit().await?;
    Ok(view)
}

pub async fn set_lab_capabilities(
    ctx: &Ctx<perm::LabEdit>,
    id: Uuid,
    version: i32,
    input: SetLabCapabilities,
) -> AppResult<LabProfile> {
    let mut known = HashSet::new();
    let mut keys = input.capabilities.iter().map(|one| {
        // The database would not take it twice either.
        known.insert((one.service_kind, one.product_class, one.standard.as_str()))
    });
    if let Some(index) = keys.position(|is_new| !is_new) {
        let path = format!("capabilities[{index}]");
        return Err(FieldError::new(&path, "duplicate", "与前面的一项重复").into());
    }
    let tx = ctx.begin().await?;
    locked(ctx, &tx, id).await?;
    if !queries::touch(&tx, id, version, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    let before = queries::capabilities(&tx, id).await?;
    let rows = input.capabilities.into_iter().map(|one| lab_capability::ActiveModel {
        id: Set(tx.new_id()),
        lab_id: Set(id),
        service_kind: Set(one.service_kind),
        product_class: Set(one.product_class),
        standard: Set(one.standard),
        days_needed: Set(one.days_needed),
    });
    queries::replace_capabilities(&tx, id, rows.collect()).await?;
    let after = queries::capabilities(&tx, id).await?;
    let details = Some(json!({ "count": after.len() }));
    tx.audit_change("lab.set_capabilities", "lab", id, &before, &after, details).await?;
    let lab = require_lab(&tx, id).await?;
    let view = profile(&tx, lab, local_date(ctx.now)).await?;
    tx.commit().await?;
    Ok(view)
}
