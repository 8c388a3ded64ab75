//! Where a member is logged in, and the end of it.

use chrono::{DateTime, TimeDelta, Utc};
use entity::login_session::{self, RevocationReason, SessionAudience};
use serde_json::json;
use uuid::Uuid;

use super::super::dto::StaffSessionView;
use super::super::{policy, queries};
use crate::app::App;
use crate::platform::auth::{
    Ctx, Subject, TokenPair, perm, revoke_all, revoke_session, start_session_on,
};
use crate::platform::db::{Page, PageQuery, Tx};
use crate::platform::http::{AppError, AppResult, Device, ErrorCode};

/// Guesses at a name are forgotten after so many hours without another.
const GUESSES_HOURS: i64 = 24;

/// After new credentials every session is over; this one goes on as a new one, so that a copied
/// refresh token is over too. `epoch` is the new one.
pub(super) async fn replace_all(
    ctx: &Ctx<perm::StaffSelf>,
    tx: &Tx,
    device: &Device,
    epoch: i32,
) -> AppResult<TokenPair> {
    let id = ctx.actor.staff_id;
    revoke_all(tx, id, RevocationReason::CredentialsChanged, ctx.now).await?;
    start_session_on(&ctx.app, tx, SessionAudience::Staff, id, epoch, Some(device)).await
}

/// Sessions that were used after the first instant are alive at the second.
fn alive(app: &App, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    (now - TimeDelta::seconds(i64::from(app.config.auth.staff_idle_secs)), now)
}

pub async fn list_staff_sessions(
    ctx: &Ctx<perm::StaffDevices>,
    page: PageQuery,
) -> AppResult<Page<StaffSessionView>> {
    let (cursor, limit) = page.parse()?;
    let alive = alive(&ctx.app, ctx.now);
    let rows = queries::session_page(&ctx.app.db, ctx.actor.staff_id, alive, cursor, limit).await?;
    let key = |row: &login_session::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, |row| StaffSessionView::of(row, ctx.actor.session_id)))
}

pub async fn end_staff_session(ctx: &Ctx<perm::StaffDevices>, id: Uuid) -> AppResult<()> {
    let tx = ctx.begin().await?;
    let alive = alive(&ctx.app, ctx.now);
    if !queries::is_own_session(&tx, ctx.actor.staff_id, alive, id).await?
        || !revoke_session(&tx, id, RevocationReason::EndedByOwner, ctx.now).await?
    {
        return Err(ErrorCode::NotFound.into());
    }
    let details = json!({ "because": RevocationReason::EndedByOwner });
    tx.audit("session.end", "login_session", id, Some(details)).await?;
    tx.commit().await?;
    ctx.app.principals.forget_session(id).await;
    Ok(())
}

pub async fn end_staff_sessions(ctx: &Ctx<perm::StaffManage>, id: Uuid) -> AppResult<()> {
    policy::change_member(&ctx.actor, id)?;
    let tx = ctx.begin().await?;
    let member = queries::locked_by_id(&tx, id).await?;
    let member = member.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    queries::raise_epoch(&tx, id, member.epoch, ctx.now).await?;
    revoke_all(&tx, id, RevocationReason::EndedByStaff, ctx.now).await?;
    tx.audit("staff.end_sessions", "staff_member", id, None).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Staff(id));
    Ok(())
}

/// Drops what no log-in can use any more.
///
/// # Errors
/// The database cannot be written.
pub async fn prune(tx: &Tx) -> AppResult<()> {
    let now = tx.now();
    queries::prune_tickets(tx, now).await?;
    let before = now - TimeDelta::hours(GUESSES_HOURS);
    Ok(queries::forget_attempts(tx, before, now).await?)
}
