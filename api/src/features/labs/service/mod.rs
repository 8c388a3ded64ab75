//! Use cases: the public directory, headquarters who register labs, labs that keep their own profile.

mod accreditations;
mod directory;
mod offers;
mod profile;
mod register;

pub use accreditations::{create_accreditation, replace_accreditation, revoke_accreditation};
pub use directory::{get_lab, list_labs};
pub use offers::{
    create_lab_service, require_accredited, require_bookable, require_lab_service,
    set_lab_service_status, unaccredited, update_lab_service,
};
pub use profile::{
    days_needed, get_lab_profile, list_lab_profiles, set_lab_capabilities, update_lab_profile,
};
pub use register::{create_lab, require_lab, set_lab_status};

use chrono::NaiveDate;
use entity::lab;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::dto::{LabParts, LabProfile};
use super::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Everything about a lab: three queries, however much it has.
async fn parts(conn: &impl ConnectionTrait, lab: lab::Model) -> AppResult<LabParts> {
    let id = lab.id;
    Ok(LabParts {
        lab,
        services: queries::services(conn, id).await?,
        capabilities: queries::capabilities(conn, id).await?,
        accreditations: queries::accreditations(conn, id).await?,
    })
}

async fn profile(
    conn: &impl ConnectionTrait,
    lab: lab::Model,
    today: NaiveDate,
) -> AppResult<LabProfile> {
    LabProfile::of(parts(conn, lab).await?, today)
}

/// A lab one works for, which nobody else changes until the transaction ends.
async fn locked(ctx: &Ctx<perm::LabEdit>, tx: &Tx, id: Uuid) -> AppResult<lab::Model> {
    let scope = ctx.actor.labs::<perm::LabEdit>();
    let lab = queries::locked_in_scope(tx, &scope, id).await?;
    lab.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}
