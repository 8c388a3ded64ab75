use actix_web::{get, post};
use uuid::Uuid;

use super::dto::NotificationView;
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, Path, Query, Reply};

/// One's inbox, newest first.
#[utoipa::path(tag = "notifications", params(PageQuery), responses((status = 200, body = Page<NotificationView>)), security(("resident" = ["me.use"])))]
#[get("/notifications")]
pub async fn list_notifications(ctx: Ctx<perm::MeUse>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_notifications(&ctx, page.0).await?)
}

/// Marks a notice as read.
#[utoipa::path(tag = "notifications", responses((status = 204)), security(("resident" = ["me.use"])))]
#[post("/notifications/{id}/reading")]
pub async fn read_notification(ctx: Ctx<perm::MeUse>, id: Path<Uuid>) -> AppResult<Reply> {
    service::read_notification(&ctx, id.0).await?;
    Ok(Reply::no_content())
}
