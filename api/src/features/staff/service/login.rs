//! Log-in by password, what every way in ends with, and the end of a session.

use chrono::TimeDelta;
use entity::audit_entry::AuditOutcome;
use entity::login_session::{RevocationReason, SessionAudience};
use entity::staff_login_ticket::{self, StaffLoginDoor};
use entity::staff_member::{self, StaffStatus};
use sea_orm::Set;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::dto::{
    LoginStaff, RefreshStaffLogin, SecondFactorChallenge, StaffLoginChallenge, StaffLoginReply,
    StaffLoginView, StaffMeView, StaffView,
};
use super::super::model::Name;
use super::super::queries;
use super::attempts;
use super::members::view;
use crate::app::App;
use crate::platform::auth::{
    Ctx, Restriction, StaffPermission, TokenPair, password_expiry, perm, revoke_session,
    rotate_session, start_session_on,
};
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, Device, ErrorCode};

/// Seconds between the two steps of a log-in.
const TICKET_SECS: u32 = 300;

pub async fn login_staff(
    ctx: &Ctx<perm::Public>,
    device: &Device,
    input: LoginStaff,
) -> AppResult<StaffLoginReply> {
    let app = &ctx.app;
    attempts::spend_of_address(ctx).await?;
    let member = queries::by_username(&app.db, &input.username).await?;
    let name = match &member {
        Some(member) => Name::Known(member.id),
        None => Name::Unknown(app.blind_index.of("staff.username", &input.username)),
    };
    attempts::spend(ctx, &name).await?;
    let hash = member.as_ref().map(|m| m.password_hash.clone());
    let is_right = app.passwords.verify(input.password, hash).await?;
    let Some(member) = member.filter(|_| is_right) else {
        record_failure(ctx, &name).await?;
        attempts::lock_if_exhausted(ctx, &name).await?;
        return Err(ErrorCode::CredentialsInvalid.into());
    };
    attempts::forgive_address(ctx).await;
    enter(ctx, device, member, StaffLoginDoor::Password).await
}

/// Nobody is known yet: the entry names the account, if there is one, and no actor.
async fn record_failure(ctx: &Ctx<perm::Public>, name: &Name) -> AppResult<()> {
    let tx = ctx.begin().await?;
    match name {
        Name::Known(id) => {
            tx.audit_failure("staff.login", "staff_member", id, AuditOutcome::Failed).await?;
        }
        Name::Unknown(_) => {
            tx.audit_failure("staff.login", "staff_member", "none", AuditOutcome::Failed).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// The first step was right: asks for the second one, or opens the session.
///
/// # Errors
/// `account_disabled`.
pub(super) async fn enter(
    ctx: &Ctx<perm::Public>,
    device: &Device,
    member: staff_member::Model,
    door: StaffLoginDoor,
) -> AppResult<StaffLoginReply> {
    let app = &ctx.app;
    if member.status != StaffStatus::Active {
        return Err(ErrorCode::AccountDisabled.into());
    }
    let factor = queries::factor(&app.db, member.id).await?;
    let has_factor = factor.is_some_and(|factor| factor.confirmed_at.is_some());
    let is_spared = door == StaffLoginDoor::Wechat && app.config.auth.wechat_replaces_code;
    if has_factor && !is_spared {
        return Ok(StaffLoginReply::SecondFactor(challenge(ctx, &member, door).await?));
    }
    let tx = ctx.begin_as(AuditActor::Staff(member.id)).await?;
    let tokens = open(ctx, &tx, device, &member, json!({ "door": door })).await?;
    tx.commit().await?;
    Ok(StaffLoginReply::LoggedIn(Box::new(login_view(app, tokens, member, has_factor).await?)))
}

async fn challenge(
    ctx: &Ctx<perm::Public>,
    member: &staff_member::Model,
    door: StaffLoginDoor,
) -> AppResult<StaffLoginChallenge> {
    let ticket = ctx.app.ids.token();
    let tx = ctx.begin_as(AuditActor::Staff(member.id)).await?;
    // The guess was right; the count goes on with the code, or who knows the password could begin
    // anew before each fifth code.
    if door == StaffLoginDoor::Password {
        queries::return_attempt(&tx, member.id).await?;
    }
    let row = staff_login_ticket::ActiveModel {
        token_hash: Set(ticket_hash(&ticket)),
        staff_id: Set(member.id),
        epoch: Set(member.epoch),
        door: Set(door),
        created_at: Set(ctx.now),
        expires_at: Set(ctx.now + TimeDelta::seconds(i64::from(TICKET_SECS))),
        used_at: Set(None),
    };
    queries::insert_ticket(&tx, row).await?;
    tx.commit().await?;
    let second_factor = SecondFactorChallenge { ticket, expires_in: TICKET_SECS };
    Ok(StaffLoginChallenge { second_factor })
}

pub(super) fn ticket_hash(ticket: &str) -> Vec<u8> {
    Sha256::digest(ticket.as_bytes()).to_vec()
}

/// Opens the session of a log-in that is complete. The caller commits.
///
/// # Errors
/// `credentials_invalid` when the account or its credentials changed since they were looked at.
pub(super) async fn open(
    ctx: &Ctx<perm::Public>,
    tx: &Tx,
    device: &Device,
    member: &staff_member::Model,
    details: serde_json::Value,
) -> AppResult<TokenPair> {
    if !queries::record_login(tx, member.id, member.epoch, ctx.now).await? {
        return Err(ErrorCode::CredentialsInvalid.into());
    }
    let audience = SessionAudience::Staff;
    let tokens =
        start_session_on(&ctx.app, tx, audience, member.id, member.epoch, Some(device)).await?;
    tx.audit("staff.login", "staff_member", member.id, Some(details)).await?;
    Ok(tokens)
}

pub(super) async fn login_view(
    app: &App,
    tokens: TokenPair,
    member: staff_member::Model,
    has_factor: bool,
) -> AppResult<StaffLoginView> {
    let required_action = Restriction::of(&app.config.auth, &member, has_factor, app.clock.now());
    let staff = view(&app.db, member.id).await?;
    Ok(StaffLoginView { tokens, staff, required_action })
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
    let details = json!({ "because": RevocationReason::Logout });
    tx.audit("session.end", "login_session", session, Some(details)).await?;
    tx.commit().await?;
    ctx.app.principals.forget_session(session).await;
    Ok(())
}

/// The member who is logged in.
///
/// # Errors
/// `token_invalid`, `account_disabled`: an operation may be let in a second too long.
pub(super) async fn own<P: StaffPermission>(ctx: &Ctx<P>) -> AppResult<staff_member::Model> {
    let member = queries::by_id(&ctx.app.db, ctx.actor.staff_id).await?;
    let member = member.ok_or_else(|| AppError::new(ErrorCode::TokenInvalid))?;
    if member.status == StaffStatus::Active {
        Ok(member)
    } else {
        Err(ErrorCode::AccountDisabled.into())
    }
}

pub async fn get_staff_me(ctx: &Ctx<perm::StaffSelf>) -> AppResult<StaffMeView> {
    let (app, member) = (&ctx.app, own(ctx).await?);
    let grants = &ctx.actor.grants;
    let holds = |index| grants.iter().any(|grant| grant.permissions.contains(index));
    let all = perm::STAFF.iter().enumerate();
    let permissions = all
        .filter(|(index, info)| info.duties.is_empty() || holds(*index))
        .map(|(_, info)| info.name)
        .collect();
    let factor = queries::factor(&app.db, member.id).await?;
    let has_second_factor = factor.is_some_and(|factor| factor.confirmed_at.is_some());
    let auth = &app.config.auth;
    Ok(StaffMeView {
        permissions,
        required_action: Restriction::of(auth, &member, has_second_factor, ctx.now),
        password_expires_at: password_expiry(auth, &member),
        has_second_factor,
        recovery_codes_left: queries::recovery_codes_left(&app.db, member.id).await?,
        has_wechat: queries::is_bound(&app.db, member.id, app.wechat.appid()).await?,
        member: StaffView::of(member, grants),
    })
}
