use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use uuid::Uuid;

use super::dto::{
    SearchFilter, SearchMissFilter, SearchMissView, SearchPage, SuggestionFilter, SuggestionList,
    SynonymsView, WriteSynonyms,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, IfMatch, Json, Path, Query, Reply, cached};

/// Finds published articles, bulletins and answered questions.
///
/// Hits in the title come first, then those in the tags, then those in the text; among these the
/// newest. Traditional and simplified characters, width, case and the signs in `GB 6675.1-2014` make
/// no difference, and synonyms are found too.
#[utoipa::path(tag = "search", params(SearchFilter), responses((status = 200, body = SearchPage), (status = 304)))]
#[get("/search")]
pub async fn search_documents(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    filter: Query<SearchFilter>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::search_documents(&ctx, filter.0).await?.as_ref()))
}

/// Tags and titles that begin so, the most searched first; without a beginning, the popular tags.
#[utoipa::path(tag = "search", params(SuggestionFilter), responses((status = 200, body = SuggestionList), (status = 304)))]
#[get("/search/suggestions")]
pub async fn suggest_searches(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    filter: Query<SuggestionFilter>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::suggest_searches(&ctx, filter.0).await?.as_ref()))
}

/// Groups of synonyms, newest first.
#[utoipa::path(tag = "search", params(PageQuery), responses((status = 200, body = Page<SynonymsView>)), security(("staff" = ["search.read"])))]
#[get("/staff/search/synonyms")]
pub async fn list_synonyms(ctx: Ctx<perm::SearchRead>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_synonyms(&ctx, page.0).await?)
}

/// Adds a group of synonyms. A word is in one group.
#[utoipa::path(tag = "search", responses((status = 201, body = SynonymsView)), security(("staff" = ["search.manage"])))]
#[post("/staff/search/synonyms")]
pub async fn create_synonyms(
    ctx: Ctx<perm::SearchManage>,
    input: Json<WriteSynonyms>,
) -> AppResult<Reply> {
    let view = service::create_synonyms(&ctx, input.value).await?;
    Ok(Reply::json(201, &view)?.versioned(view.version))
}

/// Replaces the words of a group; `If-Match` names the version it started from.
#[utoipa::path(tag = "search", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = SynonymsView)), security(("staff" = ["search.manage"])))]
#[put("/staff/search/synonyms/{id}")]
pub async fn update_synonyms(
    ctx: Ctx<perm::SearchManage>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<WriteSynonyms>,
) -> AppResult<Reply> {
    let view = service::update_synonyms(&ctx, id.0, version.0, input.value).await?;
    Ok(Reply::ok(&view)?.versioned(view.version))
}

/// Removes a group of synonyms.
#[utoipa::path(tag = "search", responses((status = 204)), security(("staff" = ["search.manage"])))]
#[delete("/staff/search/synonyms/{id}")]
pub async fn delete_synonyms(ctx: Ctx<perm::SearchManage>, id: Path<Uuid>) -> AppResult<Reply> {
    service::delete_synonyms(&ctx, id.0).await?;
    Ok(Reply::no_content())
}

/// What people looked for and did not find, last searched first.
///
/// What looks like a telephone or a number of a document is never kept.
#[utoipa::path(tag = "search", params(SearchMissFilter), responses((status = 200, body = Page<SearchMissView>)), security(("staff" = ["search.read"])))]
#[get("/staff/search/misses")]
pub async fn list_search_misses(
    ctx: Ctx<perm::SearchRead>,
    filter: Query<SearchMissFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_search_misses(&ctx, filter.0).await?)
}
