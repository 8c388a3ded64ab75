use actix_web::{delete, get, patch, post};

use super::dto::{AccountView, BindPhone, LoginView, LoginWithWechat, RefreshLogin, UpdateMe};
use super::service;
use crate::platform::auth::{Ctx, TokenPair, perm};
use crate::platform::http::{AppResult, Json, Reply};

/// Logs a resident in with a code from `wx.login`.
#[utoipa::path(tag = "accounts", responses((status = 200, body = LoginView)))]
#[post("/auth/wechat/login")]
pub async fn login_with_wechat(
    ctx: Ctx<perm::Public>,
    input: Json<LoginWithWechat>,
) -> AppResult<Reply> {
    Reply::ok(&service::login_with_wechat(&ctx, input.value).await?)
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
#[utoipa::path(tag = "accounts", responses((status = 204)), security(("resident" = ["me.use"])))]
#[post("/auth/logout")]
pub async fn logout(ctx: Ctx<perm::MeUse>) -> AppResult<Reply> {
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
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountView)), security(("resident" = ["me.use"])))]
#[patch("/me")]
pub async fn update_me(ctx: Ctx<perm::MeUse>, input: Json<UpdateMe>) -> AppResult<Reply> {
    Reply::ok(&service::update_me(&ctx, input.value).await?)
}

/// Binds the phone that WeChat knows, by the code of the phone button.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountView)), security(("resident" = ["me.use"])))]
#[post("/me/phone")]
pub async fn bind_phone(ctx: Ctx<perm::MeUse>, input: Json<BindPhone>) -> AppResult<Reply> {
    Reply::ok(&service::bind_phone(&ctx, input.value).await?)
}

/// Removes the phone.
#[utoipa::path(tag = "accounts", responses((status = 204)), security(("resident" = ["me.use"])))]
#[delete("/me/phone")]
pub async fn unbind_phone(ctx: Ctx<perm::MeUse>) -> AppResult<Reply> {
    service::unbind_phone(&ctx).await?;
    Ok(Reply::no_content())
}
