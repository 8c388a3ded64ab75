use actix_web::{delete, get, post, put};
use uuid::Uuid;

use super::dto::{CreateRole, GrantInput, GrantView, PermissionView, RoleView, UpdateRole};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, IfMatch, Json, Path, Query, Reply};

/// Every permission a role may hold.
#[utoipa::path(tag = "roles", responses((status = 200, body = Vec<PermissionView>)), security(("staff" = ["role.read"])))]
#[get("/staff/permissions")]
pub async fn list_permissions(ctx: Ctx<perm::RoleRead>) -> AppResult<Reply> {
    Reply::ok(&service::list_permissions(&ctx))
}

/// Roles with their permissions, oldest first.
#[utoipa::path(tag = "roles", params(PageQuery), responses((status = 200, body = Page<RoleView>)), security(("staff" = ["role.read"])))]
#[get("/staff/roles")]
pub async fn list_roles(ctx: Ctx<perm::RoleRead>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_roles(&ctx, page.0).await?)
}

/// Makes a role. Its permissions must serve its duty.
#[utoipa::path(tag = "roles", responses((status = 201, body = RoleView)), security(("staff" = ["role.manage"])))]
#[post("/staff/roles")]
pub async fn create_role(ctx: Ctx<perm::RoleManage>, input: Json<CreateRole>) -> AppResult<Reply> {
    Reply::json(201, &service::create_role(&ctx, input.value).await?)
}

/// One role with its permissions.
#[utoipa::path(tag = "roles", responses((status = 200, body = RoleView)), security(("staff" = ["role.read"])))]
#[get("/staff/roles/{id}")]
pub async fn get_role(ctx: Ctx<perm::RoleRead>, id: Path<Uuid>) -> AppResult<Reply> {
    let role = service::get_role(&ctx, id.0).await?;
    Ok(Reply::ok(&role)?.versioned(role.version))
}

/// Changes a role that one does not hold; whoever holds it has the new rights within a second.
#[utoipa::path(tag = "roles", responses((status = 200, body = RoleView)), security(("staff" = ["role.manage"])))]
#[put("/staff/roles/{id}")]
pub async fn update_role(
    ctx: Ctx<perm::RoleManage>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<UpdateRole>,
) -> AppResult<Reply> {
    let role = service::update_role(&ctx, id.0, version.0, input.value).await?;
    Ok(Reply::ok(&role)?.versioned(role.version))
}

/// Removes a role that nobody holds.
#[utoipa::path(tag = "roles", responses((status = 204)), security(("staff" = ["role.manage"])))]
#[delete("/staff/roles/{id}")]
pub async fn delete_role(ctx: Ctx<perm::RoleManage>, id: Path<Uuid>) -> AppResult<Reply> {
    service::delete_role(&ctx, id.0).await?;
    Ok(Reply::no_content())
}

/// The roles of a member of staff.
#[utoipa::path(tag = "roles", responses((status = 200, body = Vec<GrantView>)), security(("staff" = ["staff.read"])))]
#[get("/staff/members/{id}/grants")]
pub async fn list_grants(ctx: Ctx<perm::StaffRead>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::list_grants(&ctx, id.0).await?)
}

/// Gives a member of staff a role somewhere. Nobody gives one to himself.
#[utoipa::path(tag = "roles", responses((status = 201, body = GrantView)), security(("staff" = ["grant.manage"])))]
#[post("/staff/members/{id}/grants")]
pub async fn create_grant(
    ctx: Ctx<perm::GrantManage>,
    id: Path<Uuid>,
    input: Json<GrantInput>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_grant(&ctx, id.0, input.value).await?)
}

/// Takes a role away.
#[utoipa::path(tag = "roles", responses((status = 204)), security(("staff" = ["grant.manage"])))]
#[delete("/staff/members/{id}/grants/{grant_id}")]
pub async fn delete_grant(
    ctx: Ctx<perm::GrantManage>,
    path: Path<(Uuid, Uuid)>,
) -> AppResult<Reply> {
    let (staff_id, grant_id) = path.0;
    service::delete_grant(&ctx, staff_id, grant_id).await?;
    Ok(Reply::no_content())
}
