use actix_web::{HttpRequest, HttpResponse, get, post, put};
use uuid::Uuid;

use super::dto::{
    CampaignFilter, CampaignSummary, CampaignView, StaffCampaignFilter, StaffCampaignSummary,
    StaffCampaignView, WriteCampaign,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, IfMatch, Json, MaybeIfMatch, Path, Query, Reply, cached};

/// Published campaigns, last published first.
#[utoipa::path(tag = "campaigns", params(CampaignFilter), responses((status = 200, body = Page<CampaignSummary>), (status = 304)))]
#[get("/campaigns")]
pub async fn list_campaigns(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    filter: Query<CampaignFilter>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::list_campaigns(&ctx, filter.0).await?.as_ref()))
}

/// One published campaign with those of its items that are public now.
#[utoipa::path(tag = "campaigns", responses((status = 200, body = CampaignView), (status = 304)))]
#[get("/campaigns/{id}")]
pub async fn get_campaign(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    id: Path<Uuid>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::get_campaign(&ctx, id.0).await?.as_ref()))
}

/// Campaigns of one's regions in any status, newest first.
#[utoipa::path(tag = "campaigns", params(StaffCampaignFilter), responses((status = 200, body = Page<StaffCampaignSummary>)), security(("staff" = ["campaign.manage"])))]
#[get("/staff/campaigns")]
pub async fn list_staff_campaigns(
    ctx: Ctx<perm::CampaignManage>,
    filter: Query<StaffCampaignFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_staff_campaigns(&ctx, filter.0).await?)
}

/// Begins a draft.
#[utoipa::path(tag = "campaigns", responses((status = 201, body = StaffCampaignView)), security(("staff" = ["campaign.manage"])))]
#[post("/staff/campaigns")]
pub async fn create_campaign(
    ctx: Ctx<perm::CampaignManage>,
    input: Json<WriteCampaign>,
) -> AppResult<Reply> {
    let view = service::create_campaign(&ctx, input.value).await?;
    Ok(Reply::json(201, &view)?.versioned(view.summary.version))
}

/// One campaign of one's regions.
#[utoipa::path(tag = "campaigns", responses((status = 200, body = StaffCampaignView)), security(("staff" = ["campaign.manage"])))]
#[get("/staff/campaigns/{id}")]
pub async fn get_staff_campaign(
    ctx: Ctx<perm::CampaignManage>,
    id: Path<Uuid>,
) -> AppResult<Reply> {
    versioned(&service::get_staff_campaign(&ctx, id.0).await?)
}

/// Replaces a campaign; `If-Match` names the version it started from. A published one changes for
/// everybody at once.
#[utoipa::path(tag = "campaigns", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffCampaignView)), security(("staff" = ["campaign.manage"])))]
#[put("/staff/campaigns/{id}")]
pub async fn update_campaign(
    ctx: Ctx<perm::CampaignManage>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<WriteCampaign>,
) -> AppResult<Reply> {
    versioned(&service::update_campaign(&ctx, id.0, version.0, input.value).await?)
}

/// Publishes a draft, or an archived campaign again.
#[utoipa::path(tag = "campaigns", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = StaffCampaignView)), security(("staff" = ["campaign.manage"])))]
#[post("/staff/campaigns/{id}/publication")]
pub async fn publish_campaign(
    ctx: Ctx<perm::CampaignManage>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
) -> AppResult<Reply> {
    versioned(&service::publish_campaign(&ctx, id.0, version).await?)
}

/// Takes a published campaign off the pages.
#[utoipa::path(tag = "campaigns", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = StaffCampaignView)), security(("staff" = ["campaign.manage"])))]
#[post("/staff/campaigns/{id}/archival")]
pub async fn archive_campaign(
    ctx: Ctx<perm::CampaignManage>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
) -> AppResult<Reply> {
    versioned(&service::archive_campaign(&ctx, id.0, version).await?)
}

fn versioned(view: &StaffCampaignView) -> AppResult<Reply> {
    Ok(Reply::ok(view)?.versioned(view.summary.version))
}
