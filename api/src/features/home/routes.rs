use actix_web::{HttpRequest, HttpResponse, get, put};

use super::dto::{HomeQuery, HomeView, StaffHomeView, UpdateHome};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, IfMatch, Json, Query, Reply, cached};

/// Everything the first page of the mini-program shows.
#[utoipa::path(tag = "home", params(HomeQuery), responses((status = 200, body = HomeView), (status = 304)))]
#[get("/home")]
pub async fn get_home(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    query: Query<HomeQuery>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::get_home(&ctx, query.0).await?.as_ref()))
}

/// What editors put on the home page.
#[utoipa::path(tag = "home", responses((status = 200, body = StaffHomeView)), security(("staff" = ["home.manage"])))]
#[get("/staff/home")]
pub async fn get_staff_home(ctx: Ctx<perm::HomeManage>) -> AppResult<Reply> {
    versioned(&service::get_staff_home(&ctx).await?)
}

/// Puts articles on top of the home page; `If-Match` names the version it started from.
#[utoipa::path(tag = "home", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffHomeView)), security(("staff" = ["home.manage"])))]
#[put("/staff/home")]
pub async fn update_home(
    ctx: Ctx<perm::HomeManage>,
    version: IfMatch,
    input: Json<UpdateHome>,
) -> AppResult<Reply> {
    versioned(&service::update_home(&ctx, version.0, input.value).await?)
}

fn versioned(view: &StaffHomeView) -> AppResult<Reply> {
    Ok(Reply::ok(view)?.versioned(view.version))
}
