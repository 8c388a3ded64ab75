//! Who is made, listed and disabled.

use std::collections::HashMap;

use entity::login_session::RevocationReason;
use entity::staff_member::{self, StaffStatus};
use sea_orm::{ConnectionTrait, Set};
use serde_json::json;
use uuid::Uuid;

use super::super::dto::{CreateStaffMember, SetStaffStatus, StaffView};
use super::super::model::password;
use super::super::{policy, queries};
use super::password::remember;
use crate::app::App;
use crate::features::roles::GrantInput;
use crate::features::roles::service::{grant, may_leave, parse_scope};
use crate::platform::auth::{Ctx, Grant, Subject, grants_of, perm, revoke_all};
use crate::platform::db::{AuditActor, Page, PageQuery, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

pub async fn list_staff_members(
    ctx: &Ctx<perm::StaffRead>,
    page: PageQuery,
) -> AppResult<Page<StaffView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::page(&ctx.app.db, cursor, limit).await?;
    let mut grants: HashMap<Uuid, Vec<Grant>> = HashMap::new();
    for (id, grant) in grants_of(&ctx.app.db, rows.iter().map(|member| member.id)).await? {
        grants.entry(id).or_default().push(grant);
    }
    Ok(Page::build(
        rows,
        limit,
        |m| (m.created_at, m.id),
        |member| {
            let own = grants.remove(&member.id).unwrap_or_default();
            StaffView::of(member, &own)
        },
    ))
}

pub async fn create_staff_member(
    ctx: &Ctx<perm::StaffManage>,
    input: CreateStaffMember,
) -> AppResult<StaffView> {
    create(&ctx.app, input, &[], AuditActor::Staff(ctx.actor.staff_id)).await
}

/// Makes a member of staff, who has to change the password at the first log-in. Over HTTP without
/// roles, which a security administrator gives; the command line makes the first administrators and
/// gives them theirs.
///
/// # Errors
/// `validation_failed`, `username_taken`, and those of a grant.
pub async fn create(
    app: &App,
    input: CreateStaffMember,
    grants: &[GrantInput],
    actor: AuditActor,
) -> AppResult<StaffView> {
    insert(app, input, grants, actor, true).await
}

/// As [`create`], with a password that stays: the sandbox's demo staff, whom everybody plays.
///
/// # Errors
/// As `create`.
pub async fn seed_staff(
    app: &App,
    input: CreateStaffMember,
    grants: &[GrantInput],
    actor: AuditActor,
) -> AppResult<StaffView> {
    insert(app, input, grants, actor, false).await
}

async fn insert(
    app: &App,
    input: CreateStaffMember,
    grants: &[GrantInput],
    actor: AuditActor,
    must_change_password: bool,
) -> AppResult<StaffView> {
    password::check(&input.password, &[&input.username, &input.display_name])
        .map_err(|message| FieldError::new("password", "invalid_format", message))?;
    let mut scopes = Vec::with_capacity(grants.len());
    for input in grants {
        scopes.push(parse_scope(app, input, "scope").await?);
    }
    let password_hash = app.passwords.hash(input.password).await?;
    let tx = app.begin(actor).await?;
    let (id, now) = (tx.new_id(), tx.now());
    let row = staff_member::ActiveModel {
        id: Set(id),
        username: Set(input.username),
        display_name: Set(input.display_name),
        password_hash: Set(password_hash.clone()),
        password_changed_at: Set(Some(now)),
        must_change_password: Set(must_change_password),
        status: Set(StaffStatus::Active),
        epoch: Set(0),
        failed_logins: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(0),
        ..staff_member::ActiveModel::default()
    };
    match queries::insert(&tx, row).await {
        Ok(()) => {}
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::UsernameTaken.into()),
        Err(cause) => return Err(cause.into()),
    }
    remember(app, &tx, id, password_hash).await?;
    for (input, scope) in grants.iter().zip(&scopes) {
        grant(&tx, id, &input.role, scope, "role").await?;
    }
    let view = view(&tx, id).await?;
    tx.audit_change("staff.create", "staff_member", id, &(), &view, None).await?;
    tx.commit().await?;
    Ok(view)
}

pub(super) async fn view(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<StaffView> {
    let member = queries::by_id(conn, id).await?;
    let member = member.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let grants = grants_of(conn, [id]).await?;
    let grants: Vec<Grant> = grants.into_iter().map(|(_, grant)| grant).collect();
    Ok(StaffView::of(member, &grants))
}

pub async fn get_staff_member(ctx: &Ctx<perm::StaffRead>, id: Uuid) -> AppResult<StaffView> {
    view(&ctx.app.db, id).await
}

pub async fn set_staff_status(
    ctx: &Ctx<perm::StaffManage>,
    id: Uuid,
    input: SetStaffStatus,
) -> AppResult<StaffView> {
    policy::change_member(&ctx.actor, id)?;
    let tx = ctx.begin().await?;
    if input.status == StaffStatus::Disabled {
        may_leave(&tx, id).await?;
    }
    let before = view(&tx, id).await?;
    if !queries::set_status(&tx, id, input.status, ctx.now).await? {
        return Err(ErrorCode::NotFound.into());
    }
    if input.status == StaffStatus::Disabled {
        revoke_all(&tx, id, RevocationReason::Disabled, ctx.now).await?;
    }
    let details = json!({ "status": input.status });
    let view = view(&tx, id).await?;
    tx.audit_change("staff.set_status", "staff_member", id, &before, &view, Some(details)).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Staff(id));
    Ok(view)
}
