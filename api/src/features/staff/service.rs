use std::collections::HashMap;
use std::time::Duration;

use chrono::TimeDelta;
use entity::login_session::{RevocationReason, SessionAudience};
use entity::staff_member::{self, StaffStatus};
use sea_orm::{ConnectionTrait, Set};
use serde_json::json;
use uuid::Uuid;

use super::dto::{
    CreateStaffMember, LoginStaff, RefreshStaffLogin, SetStaffStatus, StaffLoginView, StaffMeView,
    StaffView,
};
use super::{policy, queries};
use crate::app::App;
use crate::features::roles::GrantInput;
use crate::features::roles::service::{grant, may_leave, parse_scope};
use crate::platform::auth::{
    Ctx, Grant, Subject, TokenPair, grants_of, perm, revoke_all, revoke_session, rotate_session,
    start_session,
};
use crate::platform::db::{AuditActor, Page, PageQuery, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::kv::Rule;

pub async fn login_staff(ctx: &Ctx<perm::Public>, input: LoginStaff) -> AppResult<StaffLoginView> {
    let app = &ctx.app;
    app.kv.limit(Rule::AddressStaffLogins, &ctx.address.limit_key()).await?;
    let member = queries::by_username(&app.db, &input.username).await?;
    if let Some(member) = &member {
        spend_attempt(ctx, member).await?;
    }
    let hash = member.as_ref().map(|m| m.password_hash.clone());
    let is_right = app.passwords.verify(input.password, hash).await?;
    let member = match member {
        Some(member) if is_right => member,
        Some(member) => {
            lock_if_exhausted(ctx, &member).await?;
            return Err(ErrorCode::CredentialsInvalid.into());
        }
        None => return Err(ErrorCode::CredentialsInvalid.into()),
    };
    if member.status != StaffStatus::Active {
        return Err(ErrorCode::AccountDisabled.into());
    }
    let tx = ctx.begin_as(AuditActor::Staff(member.id)).await?;
    queries::record_login(&tx, member.id, ctx.now).await?;
    let tokens = start_session(app, &tx, SessionAudience::Staff, member.id, member.epoch).await?;
    tx.audit("staff.login", "staff_member", member.id, None).await?;
    tx.commit().await?;
    Ok(StaffLoginView { tokens, staff: view(&app.db, member.id).await? })
}

async fn spend_attempt(ctx: &Ctx<perm::Public>, member: &staff_member::Model) -> AppResult<()> {
    let most = ctx.app.config.auth.lockout_attempts;
    let tx = ctx.begin().await?;
    let is_left = queries::take_attempt(&tx, member.id, most, ctx.now).await?;
    tx.commit().await?;
    if is_left {
        return Ok(());
    }
    // Attempts whose clients hung up while the password was looked at are spent and have locked
    // nothing; without an end to wait for, the account would stay shut for ever.
    lock_if_exhausted(ctx, member).await?;
    let wait = member.locked_until.and_then(|until| (until - ctx.now).to_std().ok());
    let lockout = Duration::from_secs(u64::from(ctx.app.config.auth.lockout_secs));
    Err(AppError::new(ErrorCode::AccountLocked).retry_after(wait.unwrap_or(lockout)))
}

async fn lock_if_exhausted(ctx: &Ctx<perm::Public>, member: &staff_member::Model) -> AppResult<()> {
    let auth = &ctx.app.config.auth;
    let until = ctx.now + TimeDelta::seconds(i64::from(auth.lockout_secs));
    let tx = ctx.begin_as(AuditActor::Staff(member.id)).await?;
    if queries::lock_if_exhausted(&tx, member.id, auth.lockout_attempts, until).await? {
        tx.audit("staff.locked_out", "staff_member", member.id, None).await?;
    }
    tx.commit().await?;
    Ok(())
}

pub async fn refresh_staff_login(
    ctx: &Ctx<perm::Public>,
    input: RefreshStaffLogin,
) -> AppResult<TokenPair> {
    let tx = ctx.begin().await?;
    let audience = SessionAudience::Staff;
    rotate_session(&ctx.app, tx, audience, &input.refresh_token, async |tx, id| {
        match queries::by_id(tx, id).await? {
            Some(member) if member.status == StaffStatus::Active => Ok(member.epoch),
            _ => Err(ErrorCode::AccountDisabled.into()),
        }
    })
    .await
}

pub async fn logout_staff(ctx: &Ctx<perm::StaffSelf>) -> AppResult<()> {
    let session = ctx.actor.session_id;
    let tx = ctx.begin().await?;
    revoke_session(&tx, session, RevocationReason::Logout, ctx.now).await?;
    tx.commit().await?;
    ctx.app.principals.forget_session(session).await;
    Ok(())
}

pub async fn get_staff_me(ctx: &Ctx<perm::StaffSelf>) -> AppResult<StaffMeView> {
    let member = queries::by_id(&ctx.app.db, ctx.actor.staff_id).await?;
    let member = member.ok_or_else(|| AppError::new(ErrorCode::TokenInvalid))?;
    let grants = &ctx.actor.grants;
    let holds = |index| grants.iter().any(|grant| grant.permissions.contains(index));
    let all = perm::STAFF.iter().enumerate();
    let permissions = all
        .filter(|(index, info)| info.duties.is_empty() || holds(*index))
        .map(|(_, info)| info.name)
        .collect();
    Ok(StaffMeView { member: StaffView::of(member, grants), permissions })
}

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

/// Makes a member of staff. Over HTTP without roles, which a security administrator gives; the
/// command line makes the first administrators and gives them theirs.
///
/// # Errors
/// `username_taken`, and those of a grant.
pub async fn create(
    app: &App,
    input: CreateStaffMember,
    grants: &[GrantInput],
    actor: AuditActor,
) -> AppResult<StaffView> {
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
        password_hash: Set(password_hash),
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
    tx.audit("staff.create", "staff_member", id, None).await?;
    for (input, scope) in grants.iter().zip(&scopes) {
        grant(&tx, id, &input.role, scope, "role").await?;
    }
    let view = view(&tx, id).await?;
    tx.commit().await?;
    Ok(view)
}

async fn view(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<StaffView> {
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
    if !queries::set_status(&tx, id, input.status, ctx.now).await? {
        return Err(ErrorCode::NotFound.into());
    }
    if input.status == StaffStatus::Disabled {
        revoke_all(&tx, id, RevocationReason::Disabled, ctx.now).await?;
    }
    let details = json!({ "status": input.status });
    tx.audit("staff.set_status", "staff_member", id, Some(details)).await?;
    let view = view(&tx, id).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Staff(id));
    Ok(view)
}
