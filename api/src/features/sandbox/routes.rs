//! Not in openapi.json: no client of the real service may come to rely on them.

use actix_web::{HttpResponse, post};
use serde::Deserialize;
use serde_json::json;
use validator::Validate;

use crate::platform::auth::{Ctx, perm};
use crate::platform::http::text::{one_line, phone};
use crate::platform::http::{AppError, AppResult, ErrorCode, Json};

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct MintLoginCode {
    /// Any name; the same name is the same person.
    #[validate(length(min = 1, max = 64), custom(function = "one_line"))]
    user: String,
}

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct MintPhoneCode {
    #[validate(length(min = 1, max = 64), custom(function = "one_line"))]
    user: String,
    #[validate(length(max = 20), custom(function = "phone"))]
    phone: String,
}

/// What `wx.login` would give the mini-program of this user.
#[post("/sandbox/wechat/codes")]
pub async fn mint_login_code(
    ctx: Ctx<perm::Public>,
    input: Json<MintLoginCode>,
) -> AppResult<HttpResponse> {
    let simulator = ctx.app.simulator.as_ref().ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let code = simulator.mint_login_code(&input.user, ctx.app.wechat.appid()).await;
    let code = code.map_err(AppError::internal)?;
    Ok(HttpResponse::Created().json(json!({ "code": code, "expires_in": 300 })))
}

/// What the phone button would give the mini-program of this user.
#[post("/sandbox/wechat/phone-codes")]
pub async fn mint_phone_code(
    ctx: Ctx<perm::Public>,
    input: Json<MintPhoneCode>,
) -> AppResult<HttpResponse> {
    let simulator = ctx.app.simulator.as_ref().ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let code = simulator.mint_phone_code(&input.user, &input.phone, ctx.app.wechat.appid()).await;
    let code = code.map_err(AppError::internal)?;
    Ok(HttpResponse::Created().json(json!({ "code": code, "expires_in": 300 })))
}
