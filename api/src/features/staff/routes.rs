use actix_web::{get, post, put};
use uuid::Uuid;

use super::dto::{
    CreateStaffMember, LoginStaff, RefreshStaffLogin, SetStaffStatus, StaffLoginView, StaffMeView,
    StaffView,
};
use super::service;
use crate::platform::auth::{Ctx, TokenPair, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, Json, Path, Query, Reply};

/// Logs a member of staff in.
#[utoipa::path(tag = "staff", responses((status = 200, body = StaffLoginView)))]
#[post("/staff/auth/login")]
pub async fn login_staff(ctx: Ctx<perm::Public>, input: Json<LoginStaff>) -> AppResult<Reply> {
    Reply::ok(&service::login_staff(&ctx, input.value).await?)
}

/// Exchanges a refresh token for a new pair. It works once.
#[utoipa::path(tag = "staff", responses((status = 200, body = TokenPair)))]
#[post("/staff/auth/refresh")]
pub async fn refresh_staff_login(
    ctx: Ctx<perm::Public>,
    input: Json<RefreshStaffLogin>,
) -> AppResult<Reply> {
    Reply::ok(&service::refresh_staff_login(&ctx, input.value).await?)
}

/// Ends this session.
#[utoipa::path(tag = "staff", responses((status = 204)), security(("staff" = ["staff.self"])))]
#[post("/staff/auth/logout")]
pub async fn logout_staff(ctx: Ctx<perm::StaffSelf>) -> AppResult<Reply> {
    service::logout_staff(&ctx).await?;
    Ok(Reply::no_content())
}

/// Who one is and what one may do.
#[utoipa::path(tag = "staff", responses((status = 200, body = StaffMeView)), security(("staff" = ["staff.self"])))]
#[get("/staff/me")]
pub async fn get_staff_me(ctx: Ctx<perm::StaffSelf>) -> AppResult<Reply> {
    Reply::ok(&service::get_staff_me(&ctx).await?)
}

/// Members of staff, newest first.
#[utoipa::path(tag = "staff", params(PageQuery), responses((status = 200, body = Page<StaffView>)), security(("staff" = ["staff.read"])))]
#[get("/staff/members")]
pub async fn list_staff_members(
    ctx: Ctx<perm::StaffRead>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_staff_members(&ctx, page.0).await?)
}

/// A member of staff with their roles.
#[utoipa::path(tag = "staff", responses((status = 200, body = StaffView)), security(("staff" = ["staff.read"])))]
#[get("/staff/members/{id}")]
pub async fn get_staff_member(ctx: Ctx<perm::StaffRead>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_staff_member(&ctx, id.0).await?)
}

/// Makes a member of staff, who can do nothing until a security administrator gives them roles.
#[utoipa::path(tag = "staff", responses((status = 201, body = StaffView)), security(("staff" = ["staff.manage"])))]
#[post("/staff/members")]
pub async fn create_staff_member(
    ctx: Ctx<perm::StaffManage>,
    input: Json<CreateStaffMember>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_staff_member(&ctx, input.value).await?)
}

/// Disables or enables a member of staff; all their sessions end.
#[utoipa::path(tag = "staff", responses((status = 200, body = StaffView)), security(("staff" = ["staff.manage"])))]
#[put("/staff/members/{id}/status")]
pub async fn set_staff_status(
    ctx: Ctx<perm::StaffManage>,
    id: Path<Uuid>,
    input: Json<SetStaffStatus>,
) -> AppResult<Reply> {
    Reply::ok(&service::set_staff_status(&ctx, id.0, input.value).await?)
}
