use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Responder as _, delete, get, patch, post, put};
use uuid::Uuid;

use super::dto::{
    AccountConflictFilter, AccountConflictView, AccountView, AuthorizeH5, BindPhone,
    DecideAccountConflict, EndedSessions, FindAccounts, FoundAccounts, GiveRealName, H5LoginView,
    LoginView, LoginWithWechat, LoginWithWechatH5, NameSchool, RealNameView, RefreshLogin,
    SessionView, UpdateMe, WechatData,
};
use super::service;
use crate::features::challenges::service::{ChallengePurpose, guarded};
use crate::platform::auth::{Ctx, TokenPair, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{
    AppError, AppResult, ChallengeSolution, Device, Json, Path, Query, Reply,
};

/// Binds a log-in to its browser. The prefix keeps it to this very host and to https; plain http,
/// which is the sandbox, cannot have it.
const COOKIE: &str = "__Host-sanjin-h5";
const SANDBOX_COOKIE: &str = "sanjin-h5";

fn cookie(value: String, is_secure: bool) -> Cookie<'static> {
    Cookie::build(if is_secure { COOKIE } else { SANDBOX_COOKIE }, value)
        .path("/")
        .secure(is_secure)
        .http_only(true)
        // Sent when the browser comes back from WeChat, not with a stranger's form.
        .same_site(SameSite::Lax)
        .finish()
}

/// Logs a resident in with a code from `wx.login`.
///
/// After many failures from one address it asks for a `Challenge-Solution`.
#[utoipa::path(tag = "accounts", params(("Challenge-Solution" = Option<String>, Header)), responses((status = 200, body = LoginView)))]
#[post("/auth/wechat/login")]
pub async fn login_with_wechat(
    ctx: Ctx<perm::Public>,
    solution: ChallengeSolution,
    device: Device,
    input: Json<LoginWithWechat>,
) -> AppResult<Reply> {
    let login = Box::pin(service::login_with_wechat(&ctx, device, input.value));
    Reply::ok(&guarded(&ctx, ChallengePurpose::LoginWithWechat, &solution, login).await?)
}

/// Sends WeChat's browser to WeChat, to log in on an H5 page.
///
/// WeChat sends it back to the H5 client with `code` and `state` in the query. A cookie binds the
/// log-in to this browser; the latest one counts.
#[utoipa::path(tag = "accounts", params(AuthorizeH5), responses((status = 302, headers(("Location" = String), ("Set-Cookie" = String)))))]
#[get("/auth/wechat/h5/authorize")]
pub async fn authorize_h5_login(
    ctx: Ctx<perm::Public>,
    query: Query<AuthorizeH5>,
) -> AppResult<HttpResponse> {
    let start = service::authorize_h5_login(&ctx, query.0).await?;
    let mut cookie = cookie(start.binding, start.is_secure);
    cookie.set_max_age(CookieAge::try_from(start.keep).map_err(AppError::internal)?);
    Ok(HttpResponse::Found()
        .insert_header((LOCATION, start.location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .cookie(cookie)
        .finish())
}

/// Logs a resident in with what WeChat sent the browser back with.
///
/// After many failures from one address it asks for a `Challenge-Solution`.
#[utoipa::path(tag = "accounts", params(("Challenge-Solution" = Option<String>, Header)), responses((status = 200, body = H5LoginView)))]
#[post("/auth/wechat/h5/login")]
pub async fn login_with_wechat_h5(
    ctx: Ctx<perm::Public>,
    solution: ChallengeSolution,
    device: Device,
    request: HttpRequest,
    input: Json<LoginWithWechatH5>,
) -> AppResult<HttpResponse> {
    let is_secure = service::is_h5_secure(&ctx.app);
    let kept = cookie(String::new(), is_secure);
    let binding = request.cookie(kept.name());
    let binding = binding.as_ref().map(Cookie::value);
    let login = Box::pin(service::login_with_wechat_h5(&ctx, device, binding, input.value));
    let view = guarded(&ctx, ChallengePurpose::LoginWithWechat, &solution, login).await?;
    let mut reply = Reply::ok(&view)?.respond_to(&request);
    reply.add_removal_cookie(&kept).map_err(AppError::internal)?;
    Ok(reply)
}

/// Exchanges a refresh token for a new pair.
///
/// A refresh token works once. Using one a second time ends the session, because it means that
/// somebody else has a copy.
#[utoipa::path(tag = "accounts", responses((status = 200, body = TokenPair)))]
#[post("/auth/refresh")]
pub async fn refresh_login(ctx: Ctx<perm::Public>, input: Json<RefreshLogin>) -> AppResult<Reply> {
    Reply::ok(&service::refresh_login(&ctx, input.value).await?)
}

/// Ends this session.
#[utoipa::path(tag = "accounts", responses((status = 204)), security(("resident" = ["session.end"])))]
#[post("/auth/logout")]
pub async fn logout(ctx: Ctx<perm::SessionEnd>) -> AppResult<Reply> {
    service::logout(&ctx).await?;
    Ok(Reply::no_content())
}

/// One's own account.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountView)), security(("resident" = ["me.use"])))]
#[get("/me")]
pub async fn get_me(ctx: Ctx<perm::MeUse>) -> AppResult<Reply> {
    Reply::ok(&service::get_me(&ctx).await?)
}

/// Changes what is sent and leaves the rest; null clears.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountView)), security(("resident" = ["profile.edit"])))]
#[patch("/me")]
pub async fn update_me(ctx: Ctx<perm::ProfileEdit>, input: Json<UpdateMe>) -> AppResult<Reply> {
    Reply::ok(&service::update_me(&ctx, input.value).await?)
}

/// Binds the phone that WeChat knows, by the code of the phone button. Needs the consent `phone`.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountView)), security(("resident" = ["consent.give"])))]
#[post("/me/phone")]
pub async fn bind_phone(ctx: Ctx<perm::ConsentGive>, input: Json<BindPhone>) -> AppResult<Reply> {
    Reply::ok(&service::bind_phone(&ctx, input.value).await?)
}

/// Removes the phone.
#[utoipa::path(tag = "accounts", responses((status = 204)), security(("resident" = ["me.use"])))]
#[delete("/me/phone")]
pub async fn unbind_phone(ctx: Ctx<perm::MeUse>) -> AppResult<Reply> {
    service::unbind_phone(&ctx).await?;
    Ok(Reply::no_content())
}

/// Binds the phone out of `encryptedData`, for clients whose phone button gives no code. Needs the
/// consent `phone`.
///
/// `wechat_session_stale` means: log in again, then press the button again.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountView)), security(("resident" = ["consent.give"])))]
#[post("/me/wechat-data")]
pub async fn bind_phone_from_wechat_data(
    ctx: Ctx<perm::ConsentGive>,
    input: Json<WechatData>,
) -> AppResult<Reply> {
    Reply::ok(&service::bind_phone_from_wechat_data(&ctx, input.value).await?)
}

/// Names the school at which one learns or teaches; shown to nobody else.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountView)), security(("resident" = ["identity.give"])))]
#[put("/me/school")]
pub async fn put_school(ctx: Ctx<perm::IdentityGive>, input: Json<NameSchool>) -> AppResult<Reply> {
    Reply::ok(&service::put_school(&ctx, input.value).await?)
}

/// Removes the school.
#[utoipa::path(tag = "accounts", responses((status = 204)), security(("resident" = ["me.use"])))]
#[delete("/me/school")]
pub async fn delete_school(ctx: Ctx<perm::MeUse>) -> AppResult<Reply> {
    service::delete_school(&ctx).await?;
    Ok(Reply::no_content())
}

/// Where one is logged in, newest first.
#[utoipa::path(tag = "accounts", params(PageQuery), responses((status = 200, body = Page<SessionView>)), security(("resident" = ["me.use"])))]
#[get("/me/sessions")]
pub async fn list_sessions(ctx: Ctx<perm::MeUse>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_sessions(&ctx, page.0).await?)
}

/// Logs out everywhere else.
#[utoipa::path(tag = "accounts", responses((status = 200, body = EndedSessions)), security(("resident" = ["me.use"])))]
#[delete("/me/sessions")]
pub async fn end_other_sessions(ctx: Ctx<perm::MeUse>) -> AppResult<Reply> {
    Reply::ok(&service::end_other_sessions(&ctx).await?)
}

/// Logs out on one device.
#[utoipa::path(tag = "accounts", responses((status = 204)), security(("resident" = ["me.use"])))]
#[delete("/me/sessions/{id}")]
pub async fn end_session(ctx: Ctx<perm::MeUse>, id: Path<Uuid>) -> AppResult<Reply> {
    service::end_session(&ctx, id.0).await?;
    Ok(Reply::no_content())
}

/// Gives one's real name for a purpose, in place of the one given before. Needs the consent
/// `real_name`.
#[utoipa::path(tag = "accounts", responses((status = 200, body = RealNameView)), security(("resident" = ["identity.give"])))]
#[put("/me/real-name")]
pub async fn put_real_name(
    ctx: Ctx<perm::IdentityGive>,
    input: Json<GiveRealName>,
) -> AppResult<Reply> {
    Reply::ok(&service::put_real_name(&ctx, input.value).await?)
}

/// The real name one has given, masked.
#[utoipa::path(tag = "accounts", responses((status = 200, body = RealNameView)), security(("resident" = ["me.use"])))]
#[get("/me/real-name")]
pub async fn get_real_name(ctx: Ctx<perm::MeUse>) -> AppResult<Reply> {
    Reply::ok(&service::get_real_name(&ctx).await?)
}

/// Removes one's real name, unless an open case uses it.
#[utoipa::path(tag = "accounts", responses((status = 204)), security(("resident" = ["me.use"])))]
#[delete("/me/real-name")]
pub async fn delete_real_name(ctx: Ctx<perm::MeUse>) -> AppResult<Reply> {
    service::delete_real_name(&ctx).await?;
    Ok(Reply::no_content())
}

/// Finds accounts by their exact phone, for a reason. The search and what it found are audited.
#[utoipa::path(tag = "accounts", responses((status = 200, body = FoundAccounts)), security(("staff" = ["account.find"])))]
#[post("/staff/account-searches")]
pub async fn find_accounts(
    ctx: Ctx<perm::AccountFind>,
    input: Json<FindAccounts>,
) -> AppResult<Reply> {
    Reply::ok(&service::find_accounts(&ctx, input.value).await?)
}

/// What was reported against what we knew, newest first.
#[utoipa::path(tag = "accounts", params(AccountConflictFilter), responses((status = 200, body = Page<AccountConflictView>)), security(("staff" = ["account.manage"])))]
#[get("/staff/account-conflicts")]
pub async fn list_account_conflicts(
    ctx: Ctx<perm::AccountManage>,
    filter: Query<AccountConflictFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_account_conflicts(&ctx, filter.0).await?)
}

/// Keeps what we knew, or adopts what WeChat reports.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountConflictView)), security(("staff" = ["account.manage"])))]
#[post("/staff/account-conflicts/{id}/decision")]
pub async fn decide_account_conflict(
    ctx: Ctx<perm::AccountManage>,
    id: Path<Uuid>,
    input: Json<DecideAccountConflict>,
) -> AppResult<Reply> {
    Reply::ok(&service::decide_account_conflict(&ctx, id.0, input.value).await?)
}
