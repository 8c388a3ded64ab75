use uuid::Uuid;

use crate::app::App;
use crate::features::classes::jobs::EraseClass;
use crate::features::classes::queries;
use crate::platform::auth::{Ctx, Subject, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::jobs::Schedule;

/// How many are closed in one go of the job.
const BATCH: u64 = 100;

/// Closes a class at once; its seats' data are deleted after the commit.
pub async fn close_class(ctx: &Ctx<perm::ClassTeach>, id: Uuid) -> AppResult<()> {
    let mut tx = ctx.begin().await?;
    let row = queries::locked_own(&tx, ctx.actor.account_id, id).await?;
    row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    if !close(&mut tx, id).await? {
        return Err(ErrorCode::ClassClosed.into());
    }
    let seats = queries::seats(&tx, id).await?;
    tx.commit().await?;
    for seat in seats {
        ctx.app.principals.forget(Subject::Resident(seat.account_id));
    }
    Ok(())
}

async fn close(tx: &mut Tx, id: Uuid) -> AppResult<bool> {
    if !queries::close(tx, id, tx.now()).await? {
        return Ok(false);
    }
    queries::revoke_sessions(tx, id, tx.now()).await?;
    tx.audit("class.close", "class", id, None).await?;
    let once = Schedule::now().once(format!("class.erase:{id}"));
    tx.enqueue(&EraseClass { class_id: id }, once).await?;
    Ok(true)
}

/// Closes the classes whose school year is over.
pub async fn close_expired(app: &App) -> AppResult<()> {
    let today = local_date(app.clock.now());
    loop {
        let over = queries::expired(&app.db, today, BATCH).await?;
        if over.is_empty() {
            return Ok(());
        }
        for id in over {
            let mut tx = app.begin(AuditActor::System).await?;
            close(&mut tx, id).await?;
            tx.commit().await?;
        }
    }
}

/// Closes the classes of a teacher whose account is being erased, and deletes their seats.
///
/// # Errors
/// The database cannot be reached; calling again goes on.
pub async fn leave_classes(app: &App, teacher_id: Uuid) -> AppResult<()> {
    for id in queries::taught(&app.db, teacher_id).await? {
        let mut tx = app.begin(AuditActor::System).await?;
        close(&mut tx, id).await?;
        tx.commit().await?;
        erase_class(app, id).await?;
    }
    Ok(())
}

/// Deletes the data of a closed class's seats, one by one, so that no transaction is long.
pub async fn erase_class(app: &App, class_id: Uuid) -> AppResult<()> {
    for seat in queries::seats(&app.db, class_id).await? {
        let tx = app.begin(AuditActor::System).await?;
        queries::erase_seat(&tx, seat.account_id).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Frees a seat: whoever sat there is gone with all answers.
pub async fn remove_seat(ctx: &Ctx<perm::ClassTeach>, id: Uuid, seat_number: i16) -> AppResult<()> {
    let not_found = || AppError::new(ErrorCode::NotFound);
    let tx = ctx.begin().await?;
    queries::locked_own(&tx, ctx.actor.account_id, id).await?.ok_or_else(not_found)?;
    let seat = queries::seat(&tx, id, seat_number).await?.ok_or_else(not_found)?;
    queries::erase_seat(&tx, seat.account_id).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Resident(seat.account_id));
    Ok(())
}
