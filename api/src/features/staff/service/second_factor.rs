//! The authenticator: set up, asked for at log-in, removed; and the recovery codes beside it.

use chrono::{DateTime, TimeDelta, Utc};
use entity::login_session::RevocationReason;
use entity::staff_member::{self, StaffStatus};
use entity::{staff_factor, staff_recovery_code};
use sea_orm::Set;
use serde_json::json;
use totp_rs::Totp;
use uuid::Uuid;

use super::super::dto::{
    ConfirmSecondFactor, ConfirmedFactorView, EnrolSecondFactor, EnrolmentView, PassSecondFactor,
    ProveBothFactors, RecoveryCodesView, StaffLoginView,
};
use super::super::model::Name;
use super::super::model::second_factor::{
    Code, RECOVERY_CHARS, RECOVERY_CODES, SECRET_BYTES, authenticator, recovery_hash, spelled,
    step_of,
};
use super::super::{policy, queries};
use super::login::{login_view, open, own, ticket_hash};
use super::{attempts, sessions};
use crate::app::App;
use crate::platform::auth::{Ctx, Permission, Subject, TokenPair, perm, revoke_all};
use crate::platform::config::SecondFactor;
use crate::platform::crypto::column;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, Device, ErrorCode, FieldError};

const SECRET: &str = column::STAFF_FACTOR_SECRET.purpose;
const PENDING: &str = column::STAFF_FACTOR_PENDING.purpose;
/// Seconds from the secret to its first code.
const ENROLMENT_SECS: u32 = 600;

/// A code that is right as far as was seen; using it up decides.
enum Proof {
    /// The secret is told by when it was confirmed: its bytes change when keys rotate.
    Step {
        confirmed_at: DateTime<Utc>,
        step: i64,
    },
    Recovery(Vec<u8>),
}

impl Proof {
    fn find(
        app: &App,
        member: &staff_member::Model,
        factor: &staff_factor::Model,
        code: &str,
    ) -> AppResult<Option<Self>> {
        let (Some(sealed), Some(confirmed_at)) = (&factor.secret_cipher, factor.confirmed_at)
        else {
            return Ok(None);
        };
        Ok(match Code::read(code) {
            Code::Totp(digits) => {
                let totp = totp(app, member, &app.cipher.open(SECRET, sealed)?)?;
                let step = step_of(&totp, &digits, app.clock.now());
                step.map(|step| Self::Step { confirmed_at, step })
            }
            Code::Recovery(code) => Some(Self::Recovery(recovery_hash(member.id, &code))),
        })
    }

    /// Of many that bring the same code, one.
    async fn use_up(&self, tx: &Tx, staff_id: Uuid) -> AppResult<bool> {
        match self {
            Self::Step { confirmed_at, step } => {
                Ok(queries::use_step(tx, staff_id, *confirmed_at, *step).await?)
            }
            Self::Recovery(hash) => {
                let is_used = queries::use_recovery_code(tx, staff_id, hash, tx.now()).await?;
                if is_used {
                    tx.audit("staff.use_recovery_code", "staff_member", staff_id, None).await?;
                }
                Ok(is_used)
            }
        }
    }
}

fn totp(app: &App, member: &staff_member::Model, secret: &[u8]) -> AppResult<Totp> {
    authenticator(secret, &app.config.auth.issuer, &member.username)
}

/// Takes a code, counted as a guess like a password is, in a transaction that goes on.
///
/// # Errors
/// `second_factor_code_invalid`, `account_locked`.
async fn take_code<P: Permission>(
    ctx: &Ctx<P>,
    member: &staff_member::Model,
    factor: &staff_factor::Model,
    code: &str,
) -> AppResult<Tx> {
    let name = Name::Known(member.id);
    attempts::spend(ctx, &name).await?;
    if let Some(proof) = Proof::find(&ctx.app, member, factor, code)? {
        let tx = ctx.begin_as(AuditActor::Staff(member.id)).await?;
        if proof.use_up(&tx, member.id).await? {
            queries::return_attempt(&tx, member.id).await?;
            return Ok(tx);
        }
    }
    attempts::lock_if_exhausted(ctx, &name).await?;
    Err(AppError::new(ErrorCode::SecondFactorCodeInvalid).on_field("code"))
}

/// The second step of a log-in.
pub async fn pass_second_factor(
    ctx: &Ctx<perm::Public>,
    device: &Device,
    input: PassSecondFactor,
) -> AppResult<StaffLoginView> {
    let app = &ctx.app;
    attempts::spend_of_address(ctx).await?;
    let over = || AppError::new(ErrorCode::LoginTicketInvalid);
    let hash = ticket_hash(&input.ticket);
    let ticket = queries::open_ticket(&app.db, hash.clone(), ctx.now).await?.ok_or_else(over)?;
    let member = queries::by_id(&app.db, ticket.staff_id).await?;
    let member = member.filter(|member| member.epoch == ticket.epoch).ok_or_else(over)?;
    if member.status != StaffStatus::Active {
        return Err(ErrorCode::AccountDisabled.into());
    }
    let factor = confirmed(app, member.id).await?.ok_or_else(over)?;
    let tx = take_code(ctx, &member, &factor, &input.code).await?;
    if !queries::use_ticket(&tx, hash, ctx.now).await? {
        return Err(over());
    }
    let details = json!({ "door": ticket.door, "code": true });
    let tokens = open(ctx, &tx, device, &member, details).await?;
    tx.commit().await?;
    attempts::forgive_address(ctx).await;
    login_view(app, tokens, member, true).await
}

async fn confirmed(app: &App, staff_id: Uuid) -> AppResult<Option<staff_factor::Model>> {
    let factor = queries::factor(&app.db, staff_id).await?;
    Ok(factor.filter(|factor| factor.confirmed_at.is_some()))
}

/// Shows a new secret. Whoever has an authenticator already proves it, and keeps it until the new
/// one gave its first code.
pub async fn enrol_second_factor(
    ctx: &Ctx<perm::StaffSelf>,
    input: EnrolSecondFactor,
) -> AppResult<EnrolmentView> {
    let app = &ctx.app;
    let member = own(ctx).await?;
    let factor = confirmed(app, member.id).await?;
    if factor.is_some() && input.code.is_none() {
        return Err(FieldError::new("code", "required", "必填").into());
    }
    attempts::reauthenticate(ctx, &member, input.password).await?;
    let mut secret = [0; SECRET_BYTES];
    app.ids.fill(&mut secret);
    let sealed = app.cipher.seal(PENDING, &secret)?;
    let tx = match (factor, input.code) {
        (Some(factor), Some(code)) => take_code(ctx, &member, &factor, &code).await?,
        _ => ctx.begin().await?,
    };
    queries::begin_enrolment(&tx, member.id, sealed, ctx.now).await?;
    tx.audit("staff.begin_second_factor", "staff_member", member.id, None).await?;
    tx.commit().await?;
    let totp = totp(app, &member, &secret)?;
    Ok(EnrolmentView {
        secret: totp.secret().to_base32(),
        otpauth_uri: totp.to_url().map_err(|cause| AppError::internal(cause.to_string()))?,
        expires_in: ENROLMENT_SECS,
    })
}

pub async fn confirm_second_factor(
    ctx: &Ctx<perm::StaffSelf>,
    device: &Device,
    input: ConfirmSecondFactor,
) -> AppResult<ConfirmedFactorView> {
    let app = &ctx.app;
    let member = own(ctx).await?;
    let missing = || AppError::new(ErrorCode::SecondFactorNotEnrolled);
    let in_time = TimeDelta::seconds(i64::from(ENROLMENT_SECS));
    let factor = queries::factor(&app.db, member.id).await?.ok_or_else(missing)?;
    let (Some(pending), Some(pending_at)) = (factor.pending_cipher, factor.pending_at) else {
        return Err(missing());
    };
    if ctx.now >= pending_at + in_time {
        return Err(missing());
    }
    let Code::Totp(digits) = Code::read(&input.code) else { return Err(wrong_code()) };
    let secret = app.cipher.open(PENDING, &pending)?;
    let step = step_of(&totp(app, &member, &secret)?, &digits, ctx.now).ok_or_else(wrong_code)?;
    let sealed = app.cipher.seal(SECRET, &secret)?;
    let tx = ctx.begin().await?;
    if !queries::confirm_enrolment(&tx, member.id, pending_at, sealed, step, ctx.now).await? {
        return Err(missing());
    }
    let recovery_codes = new_recovery_codes(app, &tx, member.id).await?;
    let tokens = renew_credentials(ctx, &tx, device, member.epoch).await?;
    tx.audit("staff.confirm_second_factor", "staff_member", member.id, None).await?;
    tx.commit().await?;
    app.principals.forget(Subject::Staff(member.id));
    Ok(ConfirmedFactorView { tokens, recovery_codes })
}

#[track_caller]
fn wrong_code() -> AppError {
    AppError::new(ErrorCode::SecondFactorCodeInvalid).on_field("code")
}

/// Ends every other session, and tokens and tickets with them.
async fn renew_credentials(
    ctx: &Ctx<perm::StaffSelf>,
    tx: &Tx,
    device: &Device,
    epoch: i32,
) -> AppResult<TokenPair> {
    if !queries::raise_epoch(tx, ctx.actor.staff_id, epoch, ctx.now).await? {
        return Err(ErrorCode::TokenInvalid.into());
    }
    sessions::replace_all(ctx, tx, device, epoch + 1).await
}

async fn new_recovery_codes(app: &App, tx: &Tx, staff_id: Uuid) -> AppResult<Vec<String>> {
    let codes: Vec<String> =
        (0..RECOVERY_CODES).map(|_| app.ids.readable(RECOVERY_CHARS)).collect();
    let row = |code: &String| staff_recovery_code::ActiveModel {
        id: Set(tx.new_id()),
        staff_id: Set(staff_id),
        code_hash: Set(recovery_hash(staff_id, code)),
        created_at: Set(tx.now()),
        used_at: Set(None),
    };
    queries::replace_recovery_codes(tx, staff_id, codes.iter().map(row).collect()).await?;
    Ok(codes.iter().map(|code| spelled(code)).collect())
}

/// Asks for password and code before a change that weakens the account.
async fn prove_both(
    ctx: &Ctx<perm::StaffSelf>,
    input: ProveBothFactors,
) -> AppResult<(staff_member::Model, Tx)> {
    let member = own(ctx).await?;
    let factor = confirmed(&ctx.app, member.id).await?;
    let factor = factor.ok_or_else(|| AppError::new(ErrorCode::SecondFactorNotEnrolled))?;
    attempts::reauthenticate(ctx, &member, input.password).await?;
    let tx = take_code(ctx, &member, &factor, &input.code).await?;
    Ok((member, tx))
}

pub async fn renew_recovery_codes(
    ctx: &Ctx<perm::StaffSelf>,
    input: ProveBothFactors,
) -> AppResult<RecoveryCodesView> {
    let (member, tx) = prove_both(ctx, input).await?;
    let recovery_codes = new_recovery_codes(&ctx.app, &tx, member.id).await?;
    tx.audit("staff.renew_recovery_codes", "staff_member", member.id, None).await?;
    tx.commit().await?;
    Ok(RecoveryCodesView { recovery_codes })
}

pub async fn remove_second_factor(
    ctx: &Ctx<perm::StaffSelf>,
    device: &Device,
    input: ProveBothFactors,
) -> AppResult<TokenPair> {
    if ctx.app.config.auth.second_factor == SecondFactor::Required {
        return Err(ErrorCode::SecondFactorMandatory.into());
    }
    let (member, tx) = prove_both(ctx, input).await?;
    queries::remove_factor(&tx, member.id).await?;
    let tokens = renew_credentials(ctx, &tx, device, member.epoch).await?;
    tx.audit("staff.remove_second_factor", "staff_member", member.id, None).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Staff(member.id));
    Ok(tokens)
}

/// For who has lost the phone: the authenticator, its recovery codes and the WeChat binding go.
pub async fn reset_staff_second_factor(
    ctx: &Ctx<perm::StaffResetFactor>,
    id: Uuid,
) -> AppResult<()> {
    policy::change_member(&ctx.actor, id)?;
    let tx = ctx.begin().await?;
    let had_factor = queries::remove_factor(&tx, id).await?;
    let had_wechat = queries::remove_bindings(&tx, id).await?;
    let member = queries::locked_by_id(&tx, id).await?;
    let member = member.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    queries::raise_epoch(&tx, id, member.epoch, ctx.now).await?;
    revoke_all(&tx, id, RevocationReason::CredentialsChanged, ctx.now).await?;
    let details = json!({ "authenticator": had_factor, "wechat": had_wechat });
    tx.audit("staff.reset_second_factor", "staff_member", id, Some(details)).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Staff(id));
    Ok(())
}
