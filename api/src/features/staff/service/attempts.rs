//! Guessing is counted before it is looked at, so that simultaneous guesses are counted too: for
//! the name in the database, exactly; for the network address in the Kv.

use std::time::Duration;

use chrono::TimeDelta;
use entity::staff_member;

use super::super::model::Name;
use super::super::queries;
use crate::platform::auth::{Ctx, Permission};
use crate::platform::db::AuditActor;
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::kv::Failures;

/// # Errors
/// `account_locked`, for a name nobody has as for a member's.
pub(super) async fn spend<P: Permission>(ctx: &Ctx<P>, name: &Name) -> AppResult<()> {
    let auth = &ctx.app.config.auth;
    let tx = ctx.begin().await?;
    let is_left = queries::take_attempt(&tx, name, auth.lockout_attempts, ctx.now).await?;
    tx.commit().await?;
    if is_left {
        return Ok(());
    }
    // Attempts whose clients hung up while the password was looked at are spent and have locked
    // nothing; without an end to wait for, the account would stay shut for ever.
    lock_if_exhausted(ctx, name).await?;
    let until = queries::locked_until(&ctx.app.db, name).await?;
    let wait = until.and_then(|until| (until - ctx.now).to_std().ok());
    let lockout = Duration::from_secs(u64::from(auth.lockout_secs));
    Err(AppError::new(ErrorCode::AccountLocked).retry_after(wait.unwrap_or(lockout)))
}

/// After a wrong guess.
pub(super) async fn lock_if_exhausted<P: Permission>(ctx: &Ctx<P>, name: &Name) -> AppResult<()> {
    let auth = &ctx.app.config.auth;
    let until = ctx.now + TimeDelta::seconds(i64::from(auth.lockout_secs));
    let (actor, kind, id) = match name {
        Name::Known(id) => (AuditActor::Staff(*id), "staff_member", id.to_string()),
        Name::Unknown(index) => (AuditActor::System, "unknown_name", hex::encode(index)),
    };
    let tx = ctx.begin_as(actor).await?;
    if queries::lock_if_exhausted(&tx, name, auth.lockout_attempts, until).await? {
        tx.audit("staff.locked_out", kind, id, None).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Counts a failure of the client's address in advance.
///
/// # Errors
/// `rate_limited` when it has none left.
pub(super) async fn spend_of_address<P: Permission>(ctx: &Ctx<P>) -> AppResult<()> {
    let auth = &ctx.app.config.auth;
    if auth.lockout_address_failures == 0 {
        return Ok(());
    }
    let window = Duration::from_secs(u64::from(auth.lockout_address_secs));
    let key = address_key(ctx);
    let counted = ctx.app.kv.count_failure(&key, auth.lockout_address_failures, window).await;
    let Failures::UsedUp { wait, is_news } = counted else { return Ok(()) };
    if is_news {
        let tx = ctx.begin().await?;
        tx.audit("staff.address_locked_out", "network", ctx.address.network(), None).await?;
        tx.commit().await?;
    }
    Err(AppError::new(ErrorCode::RateLimited).retry_after(wait))
}

/// It was no failure.
pub(super) async fn forgive_address<P: Permission>(ctx: &Ctx<P>) {
    if ctx.app.config.auth.lockout_address_failures > 0 {
        ctx.app.kv.forgive(&address_key(ctx)).await;
    }
}

fn address_key<P: Permission>(ctx: &Ctx<P>) -> String {
    format!("staff_login:{}", ctx.address.household())
}

/// Asks a member who is logged in for the password once more, before credentials change.
///
/// # Errors
/// `current_password_wrong`, `account_locked`.
pub(super) async fn reauthenticate<P: Permission>(
    ctx: &Ctx<P>,
    member: &staff_member::Model,
    password: String,
) -> AppResult<()> {
    let name = Name::Known(member.id);
    spend(ctx, &name).await?;
    if !ctx.app.passwords.verify(password, Some(member.password_hash.clone())).await? {
        lock_if_exhausted(ctx, &name).await?;
        return Err(ErrorCode::CurrentPasswordWrong.into());
    }
    let tx = ctx.begin().await?;
    queries::return_attempt(&tx, member.id).await?;
    tx.commit().await?;
    Ok(())
}
