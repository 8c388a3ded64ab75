use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpRequest, HttpResponse, get, post};
use uuid::Uuid;

use crate::features::readers::dto::{
    CreatePosterCode, HitsQuery, PosterCodeView, PosterHitsView, ReadershipView,
};
use crate::features::readers::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, HeadOnly, Json, Path, Query, Reply};

/// Follows the code of a poster to its article, and counts it.
#[utoipa::path(tag = "readers", params(("code" = String, Path, min_length = 8, max_length = 8)), responses((status = 302, headers(("Location" = String)))))]
#[get("/p/{code}")]
pub async fn follow_poster(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    code: Path<String>,
) -> AppResult<HttpResponse> {
    // A robot that only looks is not counted.
    let location = service::follow_poster(&ctx, &code.0, !HeadOnly::is(&request)).await?;
    // Whoever follows it again is counted again.
    let mut reply = HttpResponse::Found();
    reply.insert_header((LOCATION, location)).insert_header((CACHE_CONTROL, "no-store"));
    Ok(reply.finish())
}

/// How an article is received, in numbers: votes, favourites, shares and posters.
#[utoipa::path(tag = "readers", responses((status = 200, body = ReadershipView)), security(("staff" = ["article.read"])))]
#[get("/staff/articles/{id}/readership")]
pub async fn get_readership(ctx: Ctx<perm::ArticleRead>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_readership(&ctx, id.0).await?)
}

/// Makes a code for a poster that leads to an article.
#[utoipa::path(tag = "readers", responses((status = 201, body = PosterCodeView)), security(("staff" = ["article.edit"])))]
#[post("/staff/articles/{id}/poster-codes")]
pub async fn create_poster_code(
    ctx: Ctx<perm::ArticleEdit>,
    id: Path<Uuid>,
    input: Json<CreatePosterCode>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_poster_code(&ctx, id.0, input.value).await?)
}

/// The codes of an article, the latest first.
#[utoipa::path(tag = "readers", params(PageQuery), responses((status = 200, body = Page<PosterCodeView>)), security(("staff" = ["article.read"])))]
#[get("/staff/articles/{id}/poster-codes")]
pub async fn list_poster_codes(
    ctx: Ctx<perm::ArticleRead>,
    id: Path<Uuid>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_poster_codes(&ctx, id.0, page.0).await?)
}

/// A poster's code as a QR code in a PNG.
#[utoipa::path(tag = "readers", responses((status = 200, body = [u8], content_type = "image/png")), security(("staff" = ["article.read"])))]
#[get("/staff/poster-codes/{id}/picture")]
pub async fn get_poster_picture(
    ctx: Ctx<perm::ArticleRead>,
    id: Path<Uuid>,
) -> AppResult<HttpResponse> {
    let png = service::get_poster_picture(&ctx, id.0).await?;
    let mut reply = HttpResponse::Ok();
    Ok(reply.insert_header((CACHE_CONTROL, "no-store")).content_type("image/png").body(png))
}

/// How often a poster's code was followed, by day.
#[utoipa::path(tag = "readers", params(HitsQuery), responses((status = 200, body = PosterHitsView)), security(("staff" = ["article.read"])))]
#[get("/staff/poster-codes/{id}/hits")]
pub async fn get_poster_hits(
    ctx: Ctx<perm::ArticleRead>,
    id: Path<Uuid>,
    query: Query<HitsQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::get_poster_hits(&ctx, id.0, query.0).await?)
}

/// Ends the counting of a poster that was taken down; its code still leads to the article.
#[utoipa::path(tag = "readers", responses((status = 204)), security(("staff" = ["article.edit"])))]
#[post("/staff/poster-codes/{id}/closure")]
pub async fn close_poster_code(ctx: Ctx<perm::ArticleEdit>, id: Path<Uuid>) -> AppResult<Reply> {
    service::close_poster_code(&ctx, id.0).await?;
    Ok(Reply::no_content())
}
