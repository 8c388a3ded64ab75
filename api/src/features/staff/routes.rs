use actix_web::{delete, get, post, put};
use uuid::Uuid;

use super::dto::{
    BindStaffWechat, ChangeStaffPassword, ConfirmSecondFactor, ConfirmedFactorView,
    CreateStaffMember, EnrolSecondFactor, EnrolmentView, LoginStaff, LoginStaffWithWechat,
    PassSecondFactor, ProveBothFactors, RecoveryCodesView, RefreshStaffLogin, SetStaffStatus,
    StaffLoginReply, StaffLoginView, StaffMeView, StaffSessionView, StaffView,
    TemporaryPasswordView,
};
use super::service;
use crate::features::challenges::service::{ChallengePurpose, guarded};
use crate::platform::auth::{Ctx, TokenPair, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, ChallengeSolution, Device, Json, Path, Query, Reply};

/// Logs a member of staff in, or asks for the second step.
///
/// After too many wrong passwords the name is locked for a while, whether somebody has it or not.
/// After many failures from one address it asks for a `Challenge-Solution`.
#[utoipa::path(tag = "staff", params(("Challenge-Solution" = Option<String>, Header)), responses((status = 200, body = StaffLoginReply)))]
#[post("/staff/auth/login")]
pub async fn login_staff(
    ctx: Ctx<perm::Public>,
    device: Device,
    solution: ChallengeSolution,
    input: Json<LoginStaff>,
) -> AppResult<Reply> {
    let login = Box::pin(service::login_staff(&ctx, &device, input.value));
    Reply::ok(&guarded(&ctx, ChallengePurpose::LoginStaff, &solution, login).await?)
}

/// Logs a member of staff in with a code from `wx.login`, or asks for the second step.
#[utoipa::path(tag = "staff", responses((status = 200, body = StaffLoginReply)))]
#[post("/staff/auth/wechat")]
pub async fn login_staff_with_wechat(
    ctx: Ctx<perm::Public>,
    device: Device,
    input: Json<LoginStaffWithWechat>,
) -> AppResult<Reply> {
    Reply::ok(&service::login_staff_with_wechat(&ctx, &device, input.value).await?)
}

/// The second step of a log-in.
///
/// Wrong codes are counted like wrong passwords.
#[utoipa::path(tag = "staff", responses((status = 200, body = StaffLoginView)))]
#[post("/staff/auth/second-factor")]
pub async fn pass_second_factor(
    ctx: Ctx<perm::Public>,
    device: Device,
    input: Json<PassSecondFactor>,
) -> AppResult<Reply> {
    Reply::ok(&service::pass_second_factor(&ctx, &device, input.value).await?)
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

/// Changes one's own password. Every session ends; this one goes on with the tokens of the reply.
#[utoipa::path(tag = "staff", responses((status = 200, body = TokenPair)), security(("staff" = ["staff.self"])))]
#[put("/staff/me/password")]
pub async fn change_staff_password(
    ctx: Ctx<perm::StaffSelf>,
    device: Device,
    input: Json<ChangeStaffPassword>,
) -> AppResult<Reply> {
    Reply::ok(&service::change_staff_password(&ctx, &device, input.value).await?)
}

/// Begins to set up an authenticator, or to replace it.
#[utoipa::path(tag = "staff", responses((status = 201, body = EnrolmentView)), security(("staff" = ["staff.self"])))]
#[post("/staff/me/second-factor")]
pub async fn enrol_second_factor(
    ctx: Ctx<perm::StaffSelf>,
    input: Json<EnrolSecondFactor>,
) -> AppResult<Reply> {
    Reply::json(201, &service::enrol_second_factor(&ctx, input.value).await?)
}

/// Puts the authenticator in use by its first code. Every session ends; this one goes on with the
/// tokens of the reply.
#[utoipa::path(tag = "staff", responses((status = 200, body = ConfirmedFactorView)), security(("staff" = ["staff.self"])))]
#[post("/staff/me/second-factor/confirmation")]
pub async fn confirm_second_factor(
    ctx: Ctx<perm::StaffSelf>,
    device: Device,
    input: Json<ConfirmSecondFactor>,
) -> AppResult<Reply> {
    Reply::ok(&service::confirm_second_factor(&ctx, &device, input.value).await?)
}

/// Replaces the recovery codes.
#[utoipa::path(tag = "staff", responses((status = 201, body = RecoveryCodesView)), security(("staff" = ["staff.self"])))]
#[post("/staff/me/second-factor/recovery-codes")]
pub async fn renew_recovery_codes(
    ctx: Ctx<perm::StaffSelf>,
    input: Json<ProveBothFactors>,
) -> AppResult<Reply> {
    Reply::json(201, &service::renew_recovery_codes(&ctx, input.value).await?)
}

/// Removes the authenticator, where none is required. Every session ends; this one goes on with
/// the tokens of the reply.
#[utoipa::path(tag = "staff", responses((status = 200, body = TokenPair)), security(("staff" = ["staff.self"])))]
#[post("/staff/me/second-factor/removal")]
pub async fn remove_second_factor(
    ctx: Ctx<perm::StaffSelf>,
    device: Device,
    input: Json<ProveBothFactors>,
) -> AppResult<Reply> {
    Reply::ok(&service::remove_second_factor(&ctx, &device, input.value).await?)
}

/// Where one is logged in, newest first.
#[utoipa::path(tag = "staff", params(PageQuery), responses((status = 200, body = Page<StaffSessionView>)), security(("staff" = ["staff.devices"])))]
#[get("/staff/me/sessions")]
pub async fn list_staff_sessions(
    ctx: Ctx<perm::StaffDevices>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_staff_sessions(&ctx, page.0).await?)
}

/// Ends one of one's own sessions.
#[utoipa::path(tag = "staff", responses((status = 204)), security(("staff" = ["staff.devices"])))]
#[delete("/staff/me/sessions/{id}")]
pub async fn end_staff_session(ctx: Ctx<perm::StaffDevices>, id: Path<Uuid>) -> AppResult<Reply> {
    service::end_staff_session(&ctx, id.0).await?;
    Ok(Reply::no_content())
}

/// Binds one's WeChat account, to log in with it on a phone.
#[utoipa::path(tag = "staff", responses((status = 204)), security(("staff" = ["staff.devices"])))]
#[post("/staff/me/wechat")]
pub async fn bind_staff_wechat(
    ctx: Ctx<perm::StaffDevices>,
    input: Json<BindStaffWechat>,
) -> AppResult<Reply> {
    service::bind_staff_wechat(&ctx, input.value).await?;
    Ok(Reply::no_content())
}

/// Removes the binding, if there is one.
#[utoipa::path(tag = "staff", responses((status = 204)), security(("staff" = ["staff.devices"])))]
#[delete("/staff/me/wechat")]
pub async fn unbind_staff_wechat(ctx: Ctx<perm::StaffDevices>) -> AppResult<Reply> {
    service::unbind_staff_wechat(&ctx).await?;
    Ok(Reply::no_content())
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

/// Gives a member a temporary password, to be changed at the next log-in; all their sessions end.
#[utoipa::path(tag = "staff", responses((status = 201, body = TemporaryPasswordView)), security(("staff" = ["staff.manage"])))]
#[post("/staff/members/{id}/temporary-password")]
pub async fn reset_staff_password(ctx: Ctx<perm::StaffManage>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::json(201, &service::reset_staff_password(&ctx, id.0).await?)
}

/// Removes the authenticator, the recovery codes and the WeChat binding of a member who has lost
/// them; all their sessions end.
#[utoipa::path(tag = "staff", responses((status = 204)), security(("staff" = ["staff.reset_factor"])))]
#[delete("/staff/members/{id}/second-factor")]
pub async fn reset_staff_second_factor(
    ctx: Ctx<perm::StaffResetFactor>,
    id: Path<Uuid>,
) -> AppResult<Reply> {
    service::reset_staff_second_factor(&ctx, id.0).await?;
    Ok(Reply::no_content())
}

/// Ends every session of a member.
#[utoipa::path(tag = "staff", responses((status = 204)), security(("staff" = ["staff.manage"])))]
#[delete("/staff/members/{id}/sessions")]
pub async fn end_staff_sessions(ctx: Ctx<perm::StaffManage>, id: Path<Uuid>) -> AppResult<Reply> {
    service::end_staff_sessions(&ctx, id.0).await?;
    Ok(Reply::no_content())
}
