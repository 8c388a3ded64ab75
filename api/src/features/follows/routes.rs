use actix_web::{delete, get, post};
use uuid::Uuid;

use super::dto::{CreateFollow, FollowView};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, Json, Path, Query, Reply};

/// What one follows, newest first.
#[utoipa::path(tag = "follows", params(PageQuery), responses((status = 200, body = Page<FollowView>)), security(("resident" = ["follow.use"])))]
#[get("/me/follows")]
pub async fn list_follows(ctx: Ctx<perm::FollowUse>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_follows(&ctx, page.0).await?)
}

/// Follows a class of products, a brand or a region: new bulletins on it come into the inbox.
///
/// A region brings what holds in it, in a part of it or in a region around it, not what holds in the whole
/// country. What is followed already is answered as it is.
#[utoipa::path(tag = "follows", responses((status = 201, body = FollowView)), security(("resident" = ["follow.use"])))]
#[post("/me/follows")]
pub async fn create_follow(
    ctx: Ctx<perm::FollowUse>,
    input: Json<CreateFollow>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_follow(&ctx, input.value).await?)
}

/// Stops following.
#[utoipa::path(tag = "follows", responses((status = 204)), security(("resident" = ["follow.use"])))]
#[delete("/me/follows/{id}")]
pub async fn delete_follow(ctx: Ctx<perm::FollowUse>, id: Path<Uuid>) -> AppResult<Reply> {
    service::delete_follow(&ctx, id.0).await?;
    Ok(Reply::no_content())
}
