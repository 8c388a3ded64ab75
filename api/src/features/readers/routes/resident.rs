use actix_web::{delete, get, post, put};
use uuid::Uuid;

use crate::features::readers::dto::{
    ArticleStateList, ArticleStateView, FavouriteView, ReaderSettingsView, ReadingView,
    RecordReading, SetReaderSettings, ShareArticle, StatesQuery, VoteArticle,
};
use crate::features::readers::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, Json, Path, Query, Reply};

/// One's favourites, the latest first.
#[utoipa::path(tag = "readers", params(PageQuery), responses((status = 200, body = Page<FavouriteView>)), security(("resident" = ["me.use"])))]
#[get("/me/favourites")]
pub async fn list_favourites(ctx: Ctx<perm::MeUse>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_favourites(&ctx, page.0).await?)
}

/// Makes a published article a favourite; again changes nothing.
#[utoipa::path(tag = "readers", responses((status = 204)), security(("resident" = ["me.use"])))]
#[put("/me/favourites/{id}")]
pub async fn put_favourite(ctx: Ctx<perm::MeUse>, id: Path<Uuid>) -> AppResult<Reply> {
    service::put_favourite(&ctx, id.0).await?;
    Ok(Reply::no_content())
}

/// Takes an article out of one's favourites.
#[utoipa::path(tag = "readers", responses((status = 204)), security(("resident" = ["me.use"])))]
#[delete("/me/favourites/{id}")]
pub async fn delete_favourite(ctx: Ctx<perm::MeUse>, id: Path<Uuid>) -> AppResult<Reply> {
    service::delete_favourite(&ctx, id.0).await?;
    Ok(Reply::no_content())
}

/// What one has read, the latest first.
#[utoipa::path(tag = "readers", params(PageQuery), responses((status = 200, body = Page<ReadingView>)), security(("resident" = ["me.use"])))]
#[get("/me/reading")]
pub async fn list_readings(ctx: Ctx<perm::MeUse>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_readings(&ctx, page.0).await?)
}

/// Remembers how far one has read a published article.
///
/// Nothing is written when the history is switched off, and never of children.
#[utoipa::path(tag = "readers", responses((status = 204)), security(("resident" = ["me.use"])))]
#[post("/me/reading")]
pub async fn record_reading(ctx: Ctx<perm::MeUse>, input: Json<RecordReading>) -> AppResult<Reply> {
    service::record_reading(&ctx, input.value).await?;
    Ok(Reply::no_content())
}

/// Deletes one's whole reading history.
#[utoipa::path(tag = "readers", responses((status = 204)), security(("resident" = ["me.use"])))]
#[delete("/me/reading")]
pub async fn clear_readings(ctx: Ctx<perm::MeUse>) -> AppResult<Reply> {
    service::clear_readings(&ctx).await?;
    Ok(Reply::no_content())
}

/// Deletes an article from one's reading history.
#[utoipa::path(tag = "readers", responses((status = 204)), security(("resident" = ["me.use"])))]
#[delete("/me/reading/{id}")]
pub async fn delete_reading(ctx: Ctx<perm::MeUse>, id: Path<Uuid>) -> AppResult<Reply> {
    service::delete_reading(&ctx, id.0).await?;
    Ok(Reply::no_content())
}

/// What is remembered of one's reading.
#[utoipa::path(tag = "readers", responses((status = 200, body = ReaderSettingsView)), security(("resident" = ["me.use"])))]
#[get("/me/reader-settings")]
pub async fn get_reader_settings(ctx: Ctx<perm::MeUse>) -> AppResult<Reply> {
    Reply::ok(&service::get_reader_settings(&ctx).await?)
}

/// Says whether one's reading history is kept; switching it off deletes it.
#[utoipa::path(tag = "readers", responses((status = 200, body = ReaderSettingsView)), security(("resident" = ["me.use"])))]
#[put("/me/reader-settings")]
pub async fn set_reader_settings(
    ctx: Ctx<perm::MeUse>,
    input: Json<SetReaderSettings>,
) -> AppResult<Reply> {
    Reply::ok(&service::set_reader_settings(&ctx, input.value).await?)
}

/// One's own state of a published article, beside the article itself, which has nothing personal.
#[utoipa::path(tag = "readers", responses((status = 200, body = ArticleStateView)), security(("resident" = ["me.use"])))]
#[get("/me/articles/{id}/state")]
pub async fn get_article_state(ctx: Ctx<perm::MeUse>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_article_state(&ctx, id.0).await?)
}

/// One's own states of the articles of a list.
#[utoipa::path(tag = "readers", params(StatesQuery), responses((status = 200, body = ArticleStateList)), security(("resident" = ["me.use"])))]
#[get("/me/article-states")]
pub async fn list_article_states(
    ctx: Ctx<perm::MeUse>,
    query: Query<StatesQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_article_states(&ctx, query.0).await?)
}

/// Says whether a published article was useful; saying otherwise later replaces it.
#[utoipa::path(tag = "readers", responses((status = 204)), security(("resident" = ["me.use"])))]
#[put("/articles/{id}/usefulness")]
pub async fn vote_article(
    ctx: Ctx<perm::MeUse>,
    id: Path<Uuid>,
    input: Json<VoteArticle>,
) -> AppResult<Reply> {
    service::vote_article(&ctx, id.0, input.value).await?;
    Ok(Reply::no_content())
}

/// Takes back what one said of an article's use.
#[utoipa::path(tag = "readers", responses((status = 204)), security(("resident" = ["me.use"])))]
#[delete("/articles/{id}/usefulness")]
pub async fn withdraw_vote(ctx: Ctx<perm::MeUse>, id: Path<Uuid>) -> AppResult<Reply> {
    service::withdraw_vote(&ctx, id.0).await?;
    Ok(Reply::no_content())
}

/// Counts that one passed a published article on; nobody is named.
#[utoipa::path(tag = "readers", responses((status = 204)), security(("resident" = ["me.use"])))]
#[post("/articles/{id}/shares")]
pub async fn share_article(
    ctx: Ctx<perm::MeUse>,
    id: Path<Uuid>,
    input: Json<ShareArticle>,
) -> AppResult<Reply> {
    service::share_article(&ctx, id.0, input.value).await?;
    Ok(Reply::no_content())
}
