use actix_web::{get, post, put};
use uuid::Uuid;

use crate::features::bulletins::dto::{
    CorrectBulletin, StaffBulletinFilter, StaffBulletinSummary, StaffBulletinView,
    WithdrawBulletin, WriteBulletin,
};
use crate::features::bulletins::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, IfMatch, Json, Path, Query, Reply};

/// Bulletins of one's regions in any status, last changed first.
#[utoipa::path(tag = "bulletins", params(StaffBulletinFilter), responses((status = 200, body = Page<StaffBulletinSummary>)), security(("staff" = ["bulletin.read"])))]
#[get("/staff/bulletins")]
pub async fn list_staff_bulletins(
    ctx: Ctx<perm::BulletinRead>,
    filter: Query<StaffBulletinFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_staff_bulletins(&ctx, filter.0).await?)
}

/// Begins a draft.
#[utoipa::path(tag = "bulletins", responses((status = 201, body = StaffBulletinView)), security(("staff" = ["bulletin.edit"])))]
#[post("/staff/bulletins")]
pub async fn create_bulletin(
    ctx: Ctx<perm::BulletinEdit>,
    input: Json<WriteBulletin>,
) -> AppResult<Reply> {
    let view = service::create_bulletin(&ctx, input.value).await?;
    Ok(Reply::json(201, &view)?.versioned(view.version))
}

/// One bulletin in any status, with its version.
#[utoipa::path(tag = "bulletins", responses((status = 200, body = StaffBulletinView)), security(("staff" = ["bulletin.read"])))]
#[get("/staff/bulletins/{id}")]
pub async fn get_staff_bulletin(ctx: Ctx<perm::BulletinRead>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::get_staff_bulletin(&ctx, id.0).await?)
}

/// Replaces the content of a draft; `If-Match` names the version it started from.
#[utoipa::path(tag = "bulletins", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffBulletinView)), security(("staff" = ["bulletin.edit"])))]
#[put("/staff/bulletins/{id}")]
pub async fn update_bulletin(
    ctx: Ctx<perm::BulletinEdit>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<WriteBulletin>,
) -> AppResult<Reply> {
    versioned(&service::update_bulletin(&ctx, id.0, version.0, input.value).await?)
}

/// Publishes a draft of somebody else, gives it its number, and tells who follows.
#[utoipa::path(tag = "bulletins", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffBulletinView)), security(("staff" = ["bulletin.publish"])))]
#[post("/staff/bulletins/{id}/publication")]
pub async fn publish_bulletin(
    ctx: Ctx<perm::BulletinPublish>,
    id: Path<Uuid>,
    version: IfMatch,
) -> AppResult<Reply> {
    versioned(&service::publish_bulletin(&ctx, id.0, version.0).await?)
}

/// Corrects what is public, with a public note, and tells everybody who was told before.
#[utoipa::path(tag = "bulletins", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffBulletinView)), security(("staff" = ["bulletin.publish"])))]
#[post("/staff/bulletins/{id}/correction")]
pub async fn correct_bulletin(
    ctx: Ctx<perm::BulletinPublish>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<CorrectBulletin>,
) -> AppResult<Reply> {
    versioned(&service::correct_bulletin(&ctx, id.0, version.0, input.value).await?)
}

/// Withdraws what is public, with a public note, and tells everybody who was told before.
#[utoipa::path(tag = "bulletins", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffBulletinView)), security(("staff" = ["bulletin.publish"])))]
#[post("/staff/bulletins/{id}/withdrawal")]
pub async fn withdraw_bulletin(
    ctx: Ctx<perm::BulletinPublish>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<WithdrawBulletin>,
) -> AppResult<Reply> {
    versioned(&service::withdraw_bulletin(&ctx, id.0, version.0, input.value).await?)
}

fn versioned(view: &StaffBulletinView) -> AppResult<Reply> {
    Ok(Reply::ok(view)?.versioned(view.version))
}
