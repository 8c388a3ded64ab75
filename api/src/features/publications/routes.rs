use actix_web::{get, post};
use uuid::Uuid;

use super::dto::{PublicationChannel, PublicationList, PublicationView};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Path, Reply};

/// Where an article is published to, and how far that is.
///
/// `mini_program` and `h5` show a public change with its commit. `public_account_draft` is queued; until the
/// public account is connected it stays so.
#[utoipa::path(tag = "articles", responses((status = 200, body = PublicationList)), security(("staff" = ["article.read"])))]
#[get("/staff/articles/{id}/publications")]
pub async fn list_article_publications(
    ctx: Ctx<perm::ArticleRead>,
    id: Path<Uuid>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_article_publications(&ctx, id.0).await?)
}

/// Queues a channel once more that failed.
#[utoipa::path(tag = "articles", params(("id" = Uuid, Path), ("channel" = PublicationChannel, Path)), responses((status = 200, body = PublicationView)), security(("staff" = ["article.publish"])))]
#[post("/staff/articles/{id}/publications/{channel}/retry")]
pub async fn retry_article_publication(
    ctx: Ctx<perm::ArticlePublish>,
    path: Path<(Uuid, PublicationChannel)>,
) -> AppResult<Reply> {
    let (id, channel) = path.0;
    Reply::ok(&service::retry_article_publication(&ctx, id, channel).await?)
}
