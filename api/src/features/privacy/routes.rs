use actix_web::{HttpRequest, HttpResponse, get, post};

use super::dto::{ConsentsView, NoticeList, NoticeView};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::consent::{GiveConsents, WithdrawConsents};
use crate::platform::http::{AppResult, Json, Path, Reply, cached};

/// The privacy notices that are shown today.
#[utoipa::path(tag = "privacy", responses((status = 200, body = NoticeList), (status = 304)))]
#[get("/privacy/notices")]
pub async fn list_privacy_notices(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::list_privacy_notices(&ctx).await?.as_ref()))
}

/// One version of a privacy notice; older versions stay readable.
#[utoipa::path(tag = "privacy", params(("version" = String, Path, example = "general-1")), responses((status = 200, body = NoticeView), (status = 304)))]
#[get("/privacy/notices/{version}")]
pub async fn get_privacy_notice(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    version: Path<String>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::get_privacy_notice(&ctx, &version.0).await?.as_ref()))
}

/// How one's own consents stand.
#[utoipa::path(tag = "privacy", responses((status = 200, body = ConsentsView)), security(("resident" = ["me.use"])))]
#[get("/me/consents")]
pub async fn get_consents(ctx: Ctx<perm::MeUse>) -> AppResult<Reply> {
    Reply::ok(&service::get_consents(&ctx).await?)
}

/// Agrees to purposes of the current notice.
#[utoipa::path(tag = "privacy", responses((status = 200, body = ConsentsView)), security(("resident" = ["consent.give"])))]
#[post("/me/consents")]
pub async fn give_consents(
    ctx: Ctx<perm::ConsentGive>,
    input: Json<GiveConsents>,
) -> AppResult<Reply> {
    Reply::ok(&service::give_consents(&ctx, input.value).await?)
}

/// Takes consents back, with what stands on them.
///
/// `phone` removes the phone, `message_push` stops WeChat messages, `account_basic` ends all others.
#[utoipa::path(tag = "privacy", responses((status = 200, body = ConsentsView)), security(("resident" = ["consent.withdraw"])))]
#[post("/me/consent-withdrawals")]
pub async fn withdraw_consents(
    ctx: Ctx<perm::ConsentWithdraw>,
    input: Json<WithdrawConsents>,
) -> AppResult<Reply> {
    Reply::ok(&service::withdraw_consents(&ctx, input.value).await?)
}
