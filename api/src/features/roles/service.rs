use std::collections::HashMap;

use entity::role::{self, Duty};
use entity::staff_grant;
use serde_json::json;
use uuid::Uuid;

use super::dto::{CreateRole, GrantInput, GrantView, PermissionView, RoleView, UpdateRole};
use super::{model, policy, queries};
use crate::app::App;
use crate::features::labs::service::require_lab;
use crate::features::monitoring_points::service::require_monitoring_point;
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, Scope, Subject, grants_of, perm};
use crate::platform::db::{AuditActor, Page, PageQuery, Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

#[must_use]
pub fn list_permissions(_: &Ctx<perm::RoleRead>) -> Vec<PermissionView> {
    perm::STAFF.iter().filter(|info| !info.duties.is_empty()).map(PermissionView::from).collect()
}

pub async fn list_roles(ctx: &Ctx<perm::RoleRead>, page: PageQuery) -> AppResult<Page<RoleView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::page(&ctx.app.db, cursor, limit).await?;
    let mut permissions: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in queries::permissions_of(&ctx.app.db, rows.iter().map(|role| role.id)).await? {
        permissions.entry(row.role_id).or_default().push(row.permission);
    }
    let view = |row: role::Model| {
        let own = permissions.remove(&row.id).unwrap_or_default();
        RoleView::of(row, own)
    };
    Ok(Page::build(rows, limit, |role| (role.created_at, role.id), view))
}

pub async fn get_role(ctx: &Ctx<perm::RoleRead>, id: Uuid) -> AppResult<RoleView> {
    let role = found(queries::by_id(&ctx.app.db, id).await?)?;
    let permissions = queries::permissions_of(&ctx.app.db, [id]).await?;
    Ok(RoleView::of(role, permissions.into_iter().map(|row| row.permission).collect()))
}

fn found<T>(row: Option<T>) -> AppResult<T> {
    row.ok_or_else(|| ErrorCode::NotFound.into())
}

pub async fn create_role(ctx: &Ctx<perm::RoleManage>, input: CreateRole) -> AppResult<RoleView> {
    let permissions = model::permissions(input.duty, input.permissions)?;
    let tx = ctx.begin().await?;
    let row = role::Model {
        id: tx.new_id(),
        code: input.code,
        name: input.name,
        duty: input.duty,
        reach: input.reach,
        is_built_in: false,
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 0,
    };
    match queries::insert(&tx, row.clone().into()).await {
        Ok(()) => {}
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::RoleCodeTaken.into()),
        Err(cause) => return Err(cause.into()),
    }
    queries::replace_permissions(&tx, row.id, &permissions).await?;
    let details = json!({ "code": row.code, "duty": row.duty, "permissions": permissions });
    tx.audit("role.create", "role", row.id, Some(details)).await?;
    tx.commit().await?;
    Ok(RoleView::of(row, permissions))
}

/// A role that the actor may change.
async fn changeable(ctx: &Ctx<perm::RoleManage>, id: Uuid) -> AppResult<role::Model> {
    let role = found(queries::by_id(&ctx.app.db, id).await?)?;
    if role.is_built_in {
        return Err(ErrorCode::RoleBuiltIn.into());
    }
    policy::change_role(&ctx.actor, &role.code)?;
    Ok(role)
}

pub async fn update_role(
    ctx: &Ctx<perm::RoleManage>,
    id: Uuid,
    version: i32,
    input: UpdateRole,
) -> AppResult<RoleView> {
    let role = changeable(ctx, id).await?;
    let permissions = model::permissions(role.duty, input.permissions)?;
    let tx = ctx.begin().await?;
    if !queries::rename(&tx, id, version, &input.name, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    queries::replace_permissions(&tx, id, &permissions).await?;
    let details = json!({ "code": role.code, "permissions": permissions });
    tx.audit("role.update", "role", id, Some(details)).await?;
    tx.commit().await?;
    ctx.app.principals.forget_all();
    let row = role::Model { name: input.name, updated_at: ctx.now, version: version + 1, ..role };
    Ok(RoleView::of(row, permissions))
}

pub async fn delete_role(ctx: &Ctx<perm::RoleManage>, id: Uuid) -> AppResult<()> {
    let role = changeable(ctx, id).await?;
    let tx = ctx.begin().await?;
    if queries::is_granted(&tx, id).await? {
        return Err(ErrorCode::RoleInUse.into());
    }
    tx.audit("role.delete", "role", id, Some(json!({ "code": role.code }))).await?;
    // A grant given at this moment holds on to the role by its foreign key.
    queries::delete(&tx, id)
        .await
        .map_err(|_still_referred| AppError::new(ErrorCode::RoleInUse))?;
    tx.commit().await?;
    Ok(())
}

pub async fn list_grants(ctx: &Ctx<perm::StaffRead>, staff_id: Uuid) -> AppResult<Vec<GrantView>> {
    let grants = grants_of(&ctx.app.db, [staff_id]).await?;
    Ok(grants.iter().map(|(_, grant)| GrantView::from(grant)).collect())
}

pub async fn create_grant(
    ctx: &Ctx<perm::GrantManage>,
    staff_id: Uuid,
    input: GrantInput,
) -> AppResult<GrantView> {
    policy::grant_to(&ctx.actor, staff_id)?;
    let scope = parse_scope(&ctx.app, &input, "scope").await?;
    let tx = ctx.begin().await?;
    let grant = grant(&tx, staff_id, &input.role, &scope, "role").await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Staff(staff_id));
    Ok(grant)
}

pub async fn delete_grant(
    ctx: &Ctx<perm::GrantManage>,
    staff_id: Uuid,
    grant_id: Uuid,
) -> AppResult<()> {
    policy::grant_to(&ctx.actor, staff_id)?;
    let tx = ctx.begin().await?;
    let role = found(queries::role_of_grant(&tx, staff_id, grant_id).await?)?;
    keep_an_administrator(&tx, role.duty, |grant, _| grant == grant_id).await?;
    queries::delete_grant(&tx, grant_id).await?;
    let details = json!({ "role": role.code, "grant_id": grant_id });
    tx.audit("grant.delete", "staff_member", staff_id, Some(details)).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Staff(staff_id));
    Ok(())
}

/// Reads where a grant shall hold, before a transaction.
///
/// # Errors
/// `validation_failed` at `field`, `unknown_region`, `not_found` for a lab.
pub async fn parse_scope(app: &App, input: &GrantInput, field: &str) -> AppResult<Scope> {
    let message = "应为 country、region:<代码>、lab:<编号> 或 point:<编号>";
    let refuse = |_unparsable| FieldError::new(field, "invalid_format", message);
    let scope: Scope = input.scope.parse().map_err(refuse)?;
    match &scope {
        Scope::Country => {}
        Scope::Region(code) => {
            require_region(&app.db, code, field).await?;
        }
        Scope::Lab(id) => {
            require_lab(&app.db, *id).await?;
        }
        Scope::Point(id) => require_monitoring_point(&app.db, *id).await?,
    }
    Ok(scope)
}

/// Grants a role. One that is already held is left as it is.
///
/// # Errors
/// `not_found` for the member, `validation_failed` for a role that is unknown or does not hold
/// there, `duties_conflict`.
pub async fn grant(
    tx: &Tx,
    staff_id: Uuid,
    role: &str,
    scope: &Scope,
    field: &str,
) -> AppResult<GrantView> {
    found(queries::locked_member(tx, staff_id).await?)?;
    let refuse = |message| FieldError::new(field, "invalid_format", message);
    let role = queries::by_code(tx, role).await?.ok_or_else(|| refuse("没有这个角色"))?;
    if !model::fits(role.reach, scope) {
        return Err(refuse("该角色不能用于此范围").into());
    }
    let duties = queries::duties_of(tx, staff_id).await?;
    if !model::is_one_duty(duties.into_iter().chain([role.duty])) {
        return Err(ErrorCode::DutiesConflict.into());
    }
    let held = grants_of(tx, [staff_id]).await?;
    let is_same = |grant: &&(Uuid, crate::platform::auth::Grant)| {
        grant.1.role == role.code && grant.1.scope == *scope
    };
    if let Some((_, grant)) = held.iter().find(is_same) {
        return Ok(grant.into());
    }
    let by = match tx.actor() {
        AuditActor::Staff(id) => Some(id),
        AuditActor::Resident(_) | AuditActor::System => None,
    };
    let row = staff_grant::Model {
        id: tx.new_id(),
        staff_id,
        role_id: role.id,
        scope: scope.to_string(),
        granted_by: by,
        created_at: tx.now(),
    };
    let view = GrantView { id: row.id, role: role.code, scope: row.scope.clone() };
    queries::insert_grant(tx, row.into()).await?;
    let details = json!({ "role": view.role, "scope": view.scope, "grant_id": view.id });
    tx.audit("grant.create", "staff_member", staff_id, Some(details)).await?;
    Ok(view)
}

/// Before a member of staff is disabled: their administrative duty must not stay without anybody.
///
/// # Errors
/// `last_administrator`
pub async fn may_leave(tx: &Tx, staff_id: Uuid) -> AppResult<()> {
    match queries::duties_of(tx, staff_id).await?.first() {
        Some(duty) => keep_an_administrator(tx, *duty, |_, member| member == staff_id).await,
        None => Ok(()),
    }
}

async fn keep_an_administrator(
    tx: &Tx,
    duty: Duty,
    goes: impl Fn(Uuid, Uuid) -> bool,
) -> AppResult<()> {
    if !model::INDISPENSABLE.contains(&duty) {
        return Ok(());
    }
    queries::lock_duty(tx, duty).await?;
    let holders = queries::holders(tx, duty).await?;
    let is_left = holders.iter().any(|(grant, member)| !goes(*grant, *member));
    let changes = holders.iter().any(|(grant, member)| goes(*grant, *member));
    if changes && !is_left { Err(ErrorCode::LastAdministrator.into()) } else { Ok(()) }
}
