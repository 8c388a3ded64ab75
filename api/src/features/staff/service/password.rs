//! Passwords: changed by their owner, or reset by an administrator.

use entity::login_session::RevocationReason;
use entity::{staff_member, staff_password_history};
use sea_orm::Set;
use uuid::Uuid;

use super::super::dto::{ChangeStaffPassword, TemporaryPasswordView};
use super::super::model::password;
use super::super::{policy, queries};
use super::login::own;
use super::{attempts, sessions};
use crate::app::App;
use crate::platform::auth::{Ctx, Subject, TokenPair, perm, revoke_all};
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, Device, ErrorCode, FieldError};

/// 98 bits.
const TEMPORARY_CHARS: usize = 20;

pub async fn change_staff_password(
    ctx: &Ctx<perm::StaffSelf>,
    device: &Device,
    input: ChangeStaffPassword,
) -> AppResult<TokenPair> {
    let app = &ctx.app;
    let member = own(ctx).await?;
    password::check(&input.new_password, &[&member.username, &member.display_name])
        .map_err(|message| FieldError::new("new_password", "invalid_format", message))?;
    attempts::reauthenticate(ctx, &member, input.current_password).await?;
    refuse_past(app, &member, &input.new_password).await?;
    let hash = app.passwords.hash(input.new_password).await?;
    let tx = ctx.begin().await?;
    let (id, epoch) = (member.id, member.epoch);
    if !queries::set_password(&tx, id, epoch, &hash, false, ctx.now).await? {
        // Of two that change it at once, the second no longer knows the current one.
        return Err(ErrorCode::CurrentPasswordWrong.into());
    }
    remember(app, &tx, id, hash).await?;
    let tokens = sessions::replace_all(ctx, &tx, device, epoch + 1).await?;
    tx.audit("staff.change_password", "staff_member", id, None).await?;
    tx.commit().await?;
    app.principals.forget(Subject::Staff(id));
    Ok(tokens)
}

/// # Errors
/// `password_reused` for the current password and the last few before it.
async fn refuse_past(app: &App, member: &staff_member::Model, new: &str) -> AppResult<()> {
    let most = u64::from(app.config.auth.password_history);
    let past = queries::past_passwords(&app.db, member.id, most).await?;
    let mut hashes: Vec<String> = past.into_iter().map(|row| row.password_hash).collect();
    if !hashes.contains(&member.password_hash) {
        hashes.push(member.password_hash.clone());
    }
    for hash in hashes {
        if app.passwords.verify(new.to_owned(), Some(hash)).await? {
            return Err(AppError::new(ErrorCode::PasswordReused).on_field("new_password"));
        }
    }
    Ok(())
}

/// Writes a password into the member's history.
pub(super) async fn remember(app: &App, tx: &Tx, staff_id: Uuid, hash: String) -> AppResult<()> {
    let row = staff_password_history::ActiveModel {
        id: Set(tx.new_id()),
        staff_id: Set(staff_id),
        password_hash: Set(hash),
        created_at: Set(tx.now()),
    };
    let keep = u64::from(app.config.auth.password_history);
    Ok(queries::remember_password(tx, row, staff_id, keep).await?)
}

pub async fn reset_staff_password(
    ctx: &Ctx<perm::StaffManage>,
    id: Uuid,
) -> AppResult<TemporaryPasswordView> {
    policy::change_member(&ctx.actor, id)?;
    let app = &ctx.app;
    let password = app.ids.readable(TEMPORARY_CHARS);
    let hash = app.passwords.hash(password.clone()).await?;
    let tx = ctx.begin().await?;
    let member = queries::locked_by_id(&tx, id).await?;
    let member = member.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    queries::set_password(&tx, id, member.epoch, &hash, true, ctx.now).await?;
    remember(app, &tx, id, hash).await?;
    revoke_all(&tx, id, RevocationReason::CredentialsChanged, ctx.now).await?;
    tx.audit("staff.reset_password", "staff_member", id, None).await?;
    tx.commit().await?;
    app.principals.forget(Subject::Staff(id));
    Ok(TemporaryPasswordView { password })
}
