use entity::login_session::{self, RevocationReason};
use uuid::Uuid;

use crate::features::accounts::dto::{EndedSessions, SessionView};
use crate::features::accounts::queries;
use crate::platform::auth::{Ctx, Subject, perm, revoke_session};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn list_sessions(
    ctx: &Ctx<perm::MeUse>,
    page: PageQuery,
) -> AppResult<Page<SessionView>> {
    let (cursor, limit) = page.parse()?;
    let (db, own) = (&ctx.app.db, ctx.actor);
    let rows = queries::open_sessions_page(db, own.account_id, ctx.now, cursor, limit).await?;
    let key = |row: &login_session::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, |row| SessionView::of(row, own.session_id)))
}

pub async fn end_session(ctx: &Ctx<perm::MeUse>, id: Uuid) -> AppResult<()> {
    let tx = ctx.begin().await?;
    let row = queries::open_session(&tx, ctx.actor.account_id, id, ctx.now).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    revoke_session(&tx, row.id, RevocationReason::EndedByOwner, ctx.now).await?;
    tx.audit("session.end", "login_session", row.id, None).await?;
    tx.commit().await?;
    ctx.app.principals.forget_session(id).await;
    Ok(())
}

pub async fn end_other_sessions(ctx: &Ctx<perm::MeUse>) -> AppResult<EndedSessions> {
    let own = ctx.actor;
    let tx = ctx.begin().await?;
    let rows = queries::other_open_sessions(&tx, own.account_id, own.session_id, ctx.now).await?;
    for row in &rows {
        revoke_session(&tx, row.id, RevocationReason::EndedByOwner, ctx.now).await?;
    }
    tx.audit("session.end_others", "account", own.account_id, None).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Resident(own.account_id));
    Ok(EndedSessions { ended: rows.len() })
}
