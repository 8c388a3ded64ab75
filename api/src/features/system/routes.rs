use actix_web::{get, post};
use uuid::Uuid;

use super::dto::DeadJobView;
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, Path, Query, Reply};

/// Jobs that used up their attempts and wait for an operator, newest first.
#[utoipa::path(tag = "system", params(PageQuery), responses((status = 200, body = Page<DeadJobView>)), security(("staff" = ["job.manage"])))]
#[get("/staff/dead-jobs")]
pub async fn list_dead_jobs(ctx: Ctx<perm::JobManage>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_dead_jobs(&ctx, page.0).await?)
}

/// Lets a dead job run again with all its attempts.
#[utoipa::path(tag = "system", responses((status = 204)), security(("staff" = ["job.manage"])))]
#[post("/staff/dead-jobs/{id}/retry")]
pub async fn retry_job(ctx: Ctx<perm::JobManage>, id: Path<Uuid>) -> AppResult<Reply> {
    service::retry_job(&ctx, id.0).await?;
    Ok(Reply::no_content())
}
