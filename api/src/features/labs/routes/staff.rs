use actix_web::{get, post, put};
use uuid::Uuid;

use crate::features::labs::dto::{
    CreateLab, CreateLabService, LabProfile, LabProfileSummary, SetLabCapabilities,
    SetLabServiceStatus, SetLabStatus, UpdateLabProfile, UpdateLabService, WriteAccreditation,
};
use crate::features::labs::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, IfMatch, Json, Path, Query, Reply};

fn versioned(profile: &LabProfile) -> AppResult<Reply> {
    Ok(Reply::ok(profile)?.versioned(profile.version))
}

/// Registers a lab. It takes bookings for tests once an accreditation is entered.
#[utoipa::path(tag = "labs", responses((status = 201, body = LabProfile)), security(("staff" = ["lab.manage"])))]
#[post("/staff/labs")]
pub async fn create_lab(ctx: Ctx<perm::LabManage>, input: Json<CreateLab>) -> AppResult<Reply> {
    Reply::json(201, &service::create_lab(&ctx, input.value).await?)
}

/// Suspends a lab or lets it work again. A suspended one takes no bookings.
#[utoipa::path(tag = "labs", responses((status = 200, body = LabProfile)), security(("staff" = ["lab.manage"])))]
#[put("/staff/labs/{id}/status")]
pub async fn set_lab_status(
    ctx: Ctx<perm::LabManage>,
    id: Path<Uuid>,
    input: Json<SetLabStatus>,
) -> AppResult<Reply> {
    versioned(&service::set_lab_status(&ctx, id.0, input.value).await?)
}

/// Adds a service to a lab.
#[utoipa::path(tag = "labs", responses((status = 201, body = LabProfile)), security(("staff" = ["lab.manage"])))]
#[post("/staff/labs/{id}/services")]
pub async fn create_lab_service(
    ctx: Ctx<perm::LabManage>,
    id: Path<Uuid>,
    input: Json<CreateLabService>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_lab_service(&ctx, id.0, input.value).await?)
}

/// The labs one works for, newest first.
#[utoipa::path(tag = "labs", params(PageQuery), responses((status = 200, body = Page<LabProfileSummary>)), security(("staff" = ["lab.edit"])))]
#[get("/staff/lab-profiles")]
pub async fn list_lab_profiles(
    ctx: Ctx<perm::LabEdit>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_lab_profiles(&ctx, page.0).await?)
}

/// A lab one works for, with all services and accreditations it ever had.
#[utoipa::path(tag = "labs", responses((status = 200, body = LabProfile)), security(("staff" = ["lab.edit"])))]
#[get("/staff/lab-profiles/{id}")]
pub async fn get_lab_profile(ctx: Ctx<perm::LabEdit>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::get_lab_profile(&ctx, id.0).await?)
}

/// Changes what a lab says of itself.
#[utoipa::path(tag = "labs", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = LabProfile)), security(("staff" = ["lab.edit"])))]
#[put("/staff/lab-profiles/{id}")]
pub async fn update_lab_profile(
    ctx: Ctx<perm::LabEdit>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<UpdateLabProfile>,
) -> AppResult<Reply> {
    versioned(&service::update_lab_profile(&ctx, id.0, version.0, input.value).await?)
}

/// Says anew all that a lab can do.
#[utoipa::path(tag = "labs", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = LabProfile)), security(("staff" = ["lab.edit"])))]
#[put("/staff/lab-profiles/{id}/capabilities")]
pub async fn set_lab_capabilities(
    ctx: Ctx<perm::LabEdit>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<SetLabCapabilities>,
) -> AppResult<Reply> {
    versioned(&service::set_lab_capabilities(&ctx, id.0, version.0, input.value).await?)
}

/// Enters a certificate of a lab.
#[utoipa::path(tag = "labs", responses((status = 201, body = LabProfile)), security(("staff" = ["lab.edit"])))]
#[post("/staff/lab-profiles/{id}/accreditations")]
pub async fn create_accreditation(
    ctx: Ctx<perm::LabEdit>,
    id: Path<Uuid>,
    input: Json<WriteAccreditation>,
) -> AppResult<Reply> {
    let profile = service::create_accreditation(&ctx, id.0, input.value).await?;
    Ok(Reply::json(201, &profile)?.versioned(profile.version))
}

/// Enters a certificate in the place of another, renewed or entered wrongly. Both are kept.
#[utoipa::path(tag = "labs", responses((status = 201, body = LabProfile)), security(("staff" = ["lab.edit"])))]
#[post("/staff/lab-profiles/{id}/accreditations/{accreditation_id}/replacement")]
pub async fn replace_accreditation(
    ctx: Ctx<perm::LabEdit>,
    path: Path<(Uuid, Uuid)>,
    input: Json<WriteAccreditation>,
) -> AppResult<Reply> {
    let profile = service::replace_accreditation(&ctx, path.0, input.value).await?;
    Ok(Reply::json(201, &profile)?.versioned(profile.version))
}

/// Ends an accreditation before its time. It is kept as history.
#[utoipa::path(tag = "labs", responses((status = 200, body = LabProfile)), security(("staff" = ["lab.edit"])))]
#[post("/staff/lab-profiles/{id}/accreditations/{accreditation_id}/revocation")]
pub async fn revoke_accreditation(
    ctx: Ctx<perm::LabEdit>,
    path: Path<(Uuid, Uuid)>,
) -> AppResult<Reply> {
    versioned(&service::revoke_accreditation(&ctx, path.0).await?)
}

/// Rewords a service. `If-Match` is the version of the service.
#[utoipa::path(tag = "labs", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = LabProfile)), security(("staff" = ["lab.edit"])))]
#[put("/staff/lab-profiles/{id}/services/{service_id}")]
pub async fn update_lab_service(
    ctx: Ctx<perm::LabEdit>,
    path: Path<(Uuid, Uuid)>,
    version: IfMatch,
    input: Json<UpdateLabService>,
) -> AppResult<Reply> {
    versioned(&service::update_lab_service(&ctx, path.0, version.0, input.value).await?)
}

/// Closes a service to new bookings, or opens it again. Those that exist stay. `If-Match` is the
/// version of the service.
#[utoipa::path(tag = "labs", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = LabProfile)), security(("staff" = ["lab.edit"])))]
#[put("/staff/lab-profiles/{id}/services/{service_id}/status")]
pub async fn set_lab_service_status(
    ctx: Ctx<perm::LabEdit>,
    path: Path<(Uuid, Uuid)>,
    version: IfMatch,
    input: Json<SetLabServiceStatus>,
) -> AppResult<Reply> {
    versioned(&service::set_lab_service_status(&ctx, path.0, version.0, input.value).await?)
}
