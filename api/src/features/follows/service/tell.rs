use entity::bulletin::{self, BulletinStatus};
use entity::bulletin_event::{self, BulletinEventKind};
use uuid::Uuid;

use crate::app::App;
use crate::features::follows::jobs::TellFollowers;
use crate::features::follows::model::notice;
use crate::features::follows::queries;
use crate::features::notifications::service::notify_all;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::AppResult;
use crate::platform::jobs::Schedule;

/// People in one transaction, which holds the lock of the bulletin.
const AT_ONCE: u64 = 50;
/// Transactions of one run of the job.
const STEPS: usize = 5;

/// Asks that those whom a public change of a bulletin concerns be told of it.
///
/// # Errors
/// The row cannot be written.
pub async fn tell(tx: &mut Tx, bulletin_id: Uuid, event_no: i32) -> AppResult<()> {
    let once = Schedule::now().once(format!("follow.tell:{bulletin_id}:{event_no}"));
    Ok(tx.enqueue(&TellFollowers { bulletin_id, event_no }, once).await?)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Told,
    Over,
}

/// Tells some, and asks for the rest.
///
/// # Errors
/// The database cannot be reached; the next run goes on where it stands.
pub async fn tell_followers(app: &App, bulletin_id: Uuid, event_no: i32) -> AppResult<()> {
    for _ in 0..STEPS {
        if tell_some(app, bulletin_id, event_no).await? == Step::Over {
            return Ok(());
        }
    }
    let mut tx = app.begin(AuditActor::System).await?;
    tx.enqueue(&TellFollowers { bulletin_id, event_no }, Schedule::now()).await?;
    Ok(tx.commit().await?)
}

async fn tell_some(app: &App, bulletin_id: Uuid, event_no: i32) -> AppResult<Step> {
    let mut tx = app.begin(AuditActor::System).await?;
    let Some(bulletin) = queries::locked_bulletin(&tx, bulletin_id).await? else {
        return Ok(Step::Over);
    };
    let event = queries::event(&tx, bulletin_id, event_no).await?;
    let Some(event) = event.filter(|event| event.told_at.is_none()) else { return Ok(Step::Over) };
    let (kind, accounts) = next(&tx, &bulletin, &event).await?;
    let Some(last) = accounts.last().copied() else {
        queries::set_reached(&tx, event.id, None, Some(tx.now())).await?;
        tx.commit().await?;
        return Ok(Step::Over);
    };
    queries::hold_accounts(&tx, &accounts).await?;
    // What they read is the bulletin as it is now: they need not be told of its changes until here.
    let (seen, now) = (bulletin.event_no, tx.now());
    if kind == BulletinEventKind::Published {
        queries::insert_notices(&tx, bulletin_id, &accounts, seen, now).await?;
    } else {
        queries::raise_notices(&tx, bulletin_id, &accounts, seen, now).await?;
    }
    notify_all(app, &mut tx, &accounts, notice(kind), bulletin_id).await?;
    queries::set_reached(&tx, event.id, Some(last), None).await?;
    tx.commit().await?;
    Ok(Step::Told)
}

/// Who is to be told next, and of what: to some a correction is news, because only now it is about what
/// they follow.
async fn next(
    tx: &Tx,
    bulletin: &bulletin::Model,
    event: &bulletin_event::Model,
) -> AppResult<(BulletinEventKind, Vec<Uuid>)> {
    let nobody = Ok((event.kind, Vec::new()));
    let followers = async |place| {
        let topic = queries::topic(tx, bulletin).await?;
        let followers = queries::followers(tx, bulletin.id, &topic, place, AT_ONCE).await?;
        AppResult::Ok((BulletinEventKind::Published, followers))
    };
    if event.kind == BulletinEventKind::Published {
        // Nobody need hear of what was withdrawn before they heard of it.
        if bulletin.status == BulletinStatus::Withdrawn {
            return nobody;
        }
        return followers((event.reached, event.at)).await;
    }
    // A later change is told to all of them.
    if bulletin.event_no > event.no {
        return nobody;
    }
    let told = queries::told_before(tx, bulletin.id, event.no, AT_ONCE).await?;
    if told.is_empty() && event.kind == BulletinEventKind::Corrected {
        // Who followed when it was published, as those who were told then.
        return followers((None, bulletin.published_at.unwrap_or(event.at))).await;
    }
    Ok((event.kind, told))
}
