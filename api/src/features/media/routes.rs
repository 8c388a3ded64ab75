use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use uuid::Uuid;

use super::dto::{CreateMediaTicket, MediaTicketView, MediaView};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Json, Path, Query, RenditionQuery, Reply};

/// Asks to upload a file: what it is for, its kind and its size.
#[utoipa::path(tag = "media", responses((status = 201, body = MediaTicketView)), security(("resident" = ["media.use"])))]
#[post("/media/tickets")]
pub async fn create_media_ticket(
    ctx: Ctx<perm::MediaUse>,
    input: Json<CreateMediaTicket>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_media_ticket(&ctx, input.value).await?)
}

/// Uploads the file of a ticket: its bytes as the body, once.
///
/// A picture is drawn anew, without place, time and whatever else it carried. An upload that broke off
/// may be repeated; a file that was refused needs a new ticket. A mini-program sends it by `wx.request`.
#[utoipa::path(tag = "media", request_body(content = [u8], content_type = "application/octet-stream"), responses((status = 200, body = MediaView)), security(("resident" = ["media.use"])))]
#[put("/media/uploads/{id}")]
pub async fn upload_media(
    ctx: Ctx<perm::MediaUse>,
    id: Path<Uuid>,
    body: web::Payload,
) -> AppResult<Reply> {
    Reply::ok(&service::upload_media(&ctx, id.0, body).await?)
}

/// A file that belongs to something public, such as a picture of an article.
#[utoipa::path(tag = "media", params(RenditionQuery), responses((status = 200, content(([u8] = "image/*"), ([u8] = "application/pdf"))), (status = 304)))]
#[get("/media/files/{id}")]
pub async fn get_media(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    id: Path<Uuid>,
    query: Query<RenditionQuery>,
) -> AppResult<HttpResponse> {
    let file = service::get_media(&ctx, id.0, query.0.width).await?;
    file.send(&ctx.app.storage, &request).await
}

/// Asks to upload a file for an article.
#[utoipa::path(tag = "media", responses((status = 201, body = MediaTicketView)), security(("staff" = ["media.upload"])))]
#[post("/staff/media/tickets")]
pub async fn create_staff_media_ticket(
    ctx: Ctx<perm::MediaUpload>,
    input: Json<CreateMediaTicket>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_media_ticket(&ctx, input.value).await?)
}

/// Uploads the file of a ticket: its bytes as the body, once.
///
/// An article takes hold of it when its text refers to `/api/v1/media/files/{id}`.
#[utoipa::path(tag = "media", request_body(content = [u8], content_type = "application/octet-stream"), responses((status = 200, body = MediaView)), security(("staff" = ["media.upload"])))]
#[put("/staff/media/uploads/{id}")]
pub async fn upload_staff_media(
    ctx: Ctx<perm::MediaUpload>,
    id: Path<Uuid>,
    body: web::Payload,
) -> AppResult<Reply> {
    Reply::ok(&service::upload_media(&ctx, id.0, body).await?)
}

/// A file of an article in any status, for those who write and review it.
#[utoipa::path(tag = "media", params(RenditionQuery), responses((status = 200, content(([u8] = "image/*"), ([u8] = "application/pdf"))), (status = 304)), security(("staff" = ["article.read"])))]
#[get("/staff/media/files/{id}")]
pub async fn get_staff_media(
    ctx: Ctx<perm::ArticleRead>,
    request: HttpRequest,
    id: Path<Uuid>,
    query: Query<RenditionQuery>,
) -> AppResult<HttpResponse> {
    let file = service::get_staff_media(&ctx, id.0, query.0.width).await?;
    file.send(&ctx.app.storage, &request).await
}
