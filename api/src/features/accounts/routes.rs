use actix_web::{delete, get, patch, post};

use super::dto::{
    AccountView, BindPhone, FindAccounts, FoundAccounts, LoginView, LoginWithWechat, RefreshLogin,
    UpdateMe,
};
use super::service;
use crate::features::challenges::service::{ChallengePurpose, guarded};
use crate::platform::auth::{Ctx, TokenPair, perm};
use crate::platform::http::{AppResult, ChallengeSolution, Json, Reply};

/// Logs a resident in with a code from `wx.login`.
///
/// After many failures from one address it asks for a `Challenge-Solution`.
#[utoipa::path(tag = "accounts", params(("Challenge-Solution" = Option<String>, Header)), responses((status = 200, body = LoginView)))]
#[post("/auth/wechat/login")]
pub async fn login_with_wechat(
    ctx: Ctx<perm::Public>,
    solution: ChallengeSolution,
    input: Json<LoginWithWechat>,
) -> AppResult<Reply> {
    let login = Box::pin(service::login_with_wechat(&ctx, input.value));
    Reply::ok(&guarded(&ctx, ChallengePurpose::LoginWithWechat, &solution, login).await?)
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

/// Finds accounts by their exact phone, for a reason. The search and what it found are audited.
#[utoipa::path(tag = "accounts", responses((status = 200, body = FoundAccounts)), security(("staff" = ["account.find"])))]
#[post("/staff/account-searches")]
pub async fn find_accounts(
    ctx: Ctx<perm::AccountFind>,
    input: Json<FindAccounts>,
) -> AppResult<Reply> {
    Reply::ok(&service::find_accounts(&ctx, input.value).await?)
}
