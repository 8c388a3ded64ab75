//! The draw: close, publish, and give places, each step in transactions of their own under the lock
//! of the lottery. Whoever runs it anew, or beside another, goes on where it stands.

use std::collections::HashMap;

use entity::lottery::{self, LotteryStatus};
use entity::lottery_entry::{self, LotteryEntryStatus};
use entity::notification::NotificationKind;
use sea_orm::{IntoActiveModel as _, Set};
use serde_json::json;
use uuid::Uuid;

use super::open_seed;
use crate::app::App;
use crate::features::appointments::service::{Drawn, Given, drawn_slots, end_lottery, give_drawn};
use crate::features::lotteries::jobs::DrawLottery;
use crate::features::lotteries::model::{Draw, Seed, Ticket, draw};
use crate::features::lotteries::queries;
use crate::features::notifications::service::notify;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::jobs::Schedule;

/// Entries in one transaction, which holds the locks of their slots.
const AT_ONCE: usize = 50;
/// Transactions of one run of the job, which has 300 seconds.
const BATCHES: usize = 100;
/// How often to begin a transaction anew when somebody got in between.
const TRIES: usize = 8;

/// Does what is left to do of a lottery that is over.
///
/// # Errors
/// The database cannot be reached; the next run goes on.
pub async fn draw_lottery(app: &App, id: Uuid) -> AppResult<()> {
    close(app, id).await?;
    let Some(lottery) = queries::lottery(&app.db, id).await? else { return Ok(()) };
    match lottery.status {
        LotteryStatus::Open | LotteryStatus::Settled => Ok(()),
        LotteryStatus::Cancelled => dismiss(app, id).await,
        LotteryStatus::Closed | LotteryStatus::Drawn => {
            let (seed, draw) = reckon(app, &lottery).await?;
            publish(app, id, &seed, &draw).await?;
            settle(app, id, &draw).await
        }
    }
}

/// From here on there are no more entries, and none is taken back.
async fn close(app: &App, id: Uuid) -> AppResult<()> {
    let tx = app.begin(AuditActor::System).await?;
    let lottery = queries::locked_lottery(&tx, id).await?;
    let is_due =
        |row: &lottery::Model| row.status == LotteryStatus::Open && row.closes_at <= tx.now();
    let Some(lottery) = lottery.filter(is_due) else { return Ok(()) };
    let slots = queries::slots_of(&tx, [id]).await?;
    for drawn in drawn_slots(&tx, slots.iter().map(|row| row.slot_id)).await? {
        queries::set_places(&tx, id, drawn.slot.id, drawn.places).await?;
    }
    let row = lottery::ActiveModel {
        status: Set(LotteryStatus::Closed),
        updated_at: Set(tx.now()),
        version: Set(lottery.version + 1),
        ..lottery.into_active_model()
    };
    queries::update_lottery(&tx, row).await?;
    Ok(tx.commit().await?)
}

async fn reckon(app: &App, lottery: &lottery::Model) -> AppResult<(Seed, Draw)> {
    let seed = match &lottery.seed {
        Some(digits) => {
            let mut seed = Seed::default();
            hex::decode_to_slice(digits, &mut seed).map_err(AppError::internal)?;
            seed
        }
        None => open_seed(app, lottery.seed_cipher.as_deref())?,
    };
    let tickets = queries::tickets(&app.db, lottery.id).await?;
    let tickets: Vec<Ticket> =
        tickets.into_iter().map(|row| Ticket { id: row.id, slot_id: row.slot_id }).collect();
    // A hundred thousand entries are a tenth of a second.
    #[expect(clippy::disallowed_methods, reason = "awaited at once, not left running")]
    let task = tokio::task::spawn_blocking(move || (seed, draw(&seed, tickets)));
    task.await.map_err(AppError::internal)
}

/// The seed and the digests become public at once.
async fn publish(app: &App, id: Uuid, seed: &Seed, draw: &Draw) -> AppResult<()> {
    let tx = app.begin(AuditActor::System).await?;
    let lottery = queries::locked_lottery(&tx, id).await?;
    let is_next = |row: &lottery::Model| row.status == LotteryStatus::Closed;
    let Some(lottery) = lottery.filter(is_next) else { return Ok(()) };
    let row = lottery::ActiveModel {
        status: Set(LotteryStatus::Drawn),
        seed_cipher: Set(None),
        seed: Set(Some(hex::encode(seed))),
        entries: Set(Some(rank(draw.order.len())?)),
        entries_digest: Set(Some(draw.entries_digest.clone())),
        order_digest: Set(Some(draw.order_digest.clone())),
        drawn_at: Set(Some(tx.now())),
        updated_at: Set(tx.now()),
        version: Set(lottery.version + 1),
        ..lottery.into_active_model()
    };
    let lottery = queries::update_lottery(&tx, row).await?;
    let details = json!({
        "commitment": lottery.commitment, "entries": lottery.entries,
        "entries_digest": lottery.entries_digest, "order_digest": lottery.order_digest,
    });
    tx.audit("lottery.draw", "lottery", id, Some(details)).await?;
    Ok(tx.commit().await?)
}

/// Gives places in the order drawn until everybody had their turn; a long list goes on in another
/// run.
async fn settle(app: &App, id: Uuid, draw: &Draw) -> AppResult<()> {
    let mut tries = 0;
    for _ in 0..BATCHES {
        match give_some(app, id, draw).await? {
            Turn::Over => return Ok(()),
            Turn::Given => tries = 0,
            Turn::Disturbed if tries == TRIES => return Err(ErrorCode::Unavailable.into()),
            Turn::Disturbed => tries += 1,
        }
    }
    let mut tx = app.begin(AuditActor::System).await?;
    let Some(lottery) = queries::locked_lottery(&tx, id).await? else { return Ok(()) };
    let once = Schedule::now().once(format!("lottery.draw:{id}:{}", lottery.settled_rank));
    tx.enqueue(&DrawLottery { lottery_id: id }, once).await?;
    Ok(tx.commit().await?)
}

enum Turn {
    Given,
    Over,
    /// Somebody got in between; nothing was given.
    Disturbed,
}

async fn give_some(app: &App, id: Uuid, draw: &Draw) -> AppResult<Turn> {
    let mut tx = app.begin(AuditActor::System).await?;
    let lottery = queries::locked_lottery(&tx, id).await?;
    let is_going_on = |row: &lottery::Model| row.status == LotteryStatus::Drawn;
    let Some(lottery) = lottery.filter(is_going_on) else { return Ok(Turn::Over) };
    let from = usize::try_from(lottery.settled_rank).map_err(AppError::internal)?;
    let next: Vec<Ticket> = draw.order.iter().skip(from).take(AT_ONCE).copied().collect();
    if next.is_empty() {
        let (rank, status) = (lottery.settled_rank, LotteryStatus::Settled);
        queries::set_settled(&tx, id, rank, status, tx.now()).await?;
        // What is left is for whoever comes first.
        end_lottery(&tx, id).await?;
        tx.commit().await?;
        return Ok(Turn::Over);
    }
    let entries = queries::entries(&tx, next.iter().map(|ticket| ticket.id)).await?;
    let entries: HashMap<Uuid, lottery_entry::Model> =
        entries.into_iter().map(|entry| (entry.id, entry)).collect();
    let drawn: Vec<Drawn> = next
        .iter()
        .map(|ticket| {
            let entry = entries.get(&ticket.id);
            Drawn {
                account_id: entry.and_then(|entry| entry.account_id),
                slot_id: ticket.slot_id,
                product_name: entry.and_then(|e| e.product_name.clone()).unwrap_or_default(),
                needs_confirmation: lottery.needs_confirmation,
            }
        })
        .collect();
    let Some(given) = give_drawn(app, &mut tx, &drawn).await? else { return Ok(Turn::Disturbed) };
    for ((n, ticket), (drawn, given)) in (from + 1..).zip(&next).zip(drawn.iter().zip(&given)) {
        record(app, &mut tx, id, (ticket.id, rank(n)?), drawn.account_id, *given).await?;
    }
    let rank = rank(from + next.len())?;
    queries::set_settled(&tx, id, rank, LotteryStatus::Drawn, tx.now()).await?;
    tx.commit().await?;
    Ok(Turn::Given)
}

fn rank(number: usize) -> AppResult<i32> {
    i32::try_from(number).map_err(AppError::internal)
}

/// Writes what became of an entry, and tells its owner.
async fn record(
    app: &App,
    tx: &mut Tx,
    lottery_id: Uuid,
    (entry_id, rank): (Uuid, i32),
    account_id: Option<Uuid>,
    given: Given,
) -> AppResult<()> {
    let (status, booking_id, kind) = match given {
        Given::Place(id) => (LotteryEntryStatus::Won, Some(id), NotificationKind::LotteryWon),
        Given::Line(id) => {
            (LotteryEntryStatus::Waiting, Some(id), NotificationKind::LotteryWaiting)
        }
        Given::Nothing => (LotteryEntryStatus::Lost, None, NotificationKind::LotteryLost),
    };
    queries::settle_entry(tx, entry_id, status, Some(rank), booking_id).await?;
    if let Some(account_id) = account_id {
        notify(app, tx, account_id, kind, booking_id.unwrap_or(lottery_id)).await?;
    }
    Ok(())
}

/// Tells those who took part in a lottery that was called off.
async fn dismiss(app: &App, id: Uuid) -> AppResult<()> {
    loop {
        let mut tx = app.begin(AuditActor::System).await?;
        queries::locked_lottery(&tx, id).await?;
        let entries = queries::unsettled(&tx, id, AT_ONCE as u64).await?;
        if entries.is_empty() {
            return Ok(());
        }
        for entry in entries {
            let status = LotteryEntryStatus::Lost;
            queries::settle_entry(&tx, entry.id, status, None, None).await?;
            if let Some(account_id) = entry.account_id {
                notify(app, &mut tx, account_id, NotificationKind::LotteryCancelled, id).await?;
            }
        }
        tx.commit().await?;
    }
}
