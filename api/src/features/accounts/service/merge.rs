use chrono::TimeDelta;
use entity::account;
use entity::account_conflict::{self, ConflictKind};
use entity::consent::{self, ConsentDecision, ConsentPurpose};
use entity::login_session::RevocationReason;
use entity::notification::NotificationKind;
use entity::real_name;
use sea_orm::Set;
use serde_json::json;
use uuid::Uuid;

use super::PHONE;
use super::me::forget_profile;
use super::phone::drop_phone;
use super::real_name::forget_real_name;
use crate::app::App;
use crate::features::accounts::jobs::FinishMerge;
use crate::features::accounts::model::{MERGE, Rule, merged};
use crate::features::accounts::queries;
use crate::features::appointments::service::merge_bookings;
use crate::features::follows::service::merge_follows;
use crate::features::lotteries::service::merge_entries;
use crate::features::notifications::service::notify;
use crate::features::quizzes::service::merge_attempts;
use crate::features::readers::service::merge_readers;
use crate::platform::auth::revoke_all;
use crate::platform::consent::{Decider, Subject, decide, last_decisions};
use crate::platform::crypto::column;
use crate::platform::db::{AuditActor, Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::jobs::Schedule;

const ID_NUMBER: &str = column::ID_NUMBER.purpose;
/// What a replica knows of a session may be this much older than the longest request.
const MARGIN: TimeDelta = TimeDelta::seconds(5);

/// Makes `loser` part of `survivor`, both locked by the caller: all that was its own moves, its
/// sessions end, the owner is told. `None` when something came in between and the caller must start
/// again.
pub(super) async fn merge(
    app: &App,
    tx: &mut Tx,
    survivor: &account::Model,
    loser: &account::Model,
) -> AppResult<Option<account::Model>> {
    let (from, into, now) = (loser.id, survivor.id, tx.now());
    if !move_everything(app, tx, from, into).await? {
        return Ok(None);
    }
    let kind = if have_two_phones(app, survivor, loser)? {
        NotificationKind::AccountMergedPhone
    } else {
        NotificationKind::AccountMerged
    };
    // The unionid is free before the survivor takes it.
    queries::retire(tx, from, into, now).await?;
    queries::update_merged(tx, into, merged(survivor, loser), now).await?;
    heed_withdrawals(tx, into).await?;
    tx.audit("account.merge", "account", into, Some(json!({ "merged": from }))).await?;
    notify(app, tx, into, kind, into).await?;
    let patience = i64::try_from(app.config.http.request_timeout_ms).map_err(AppError::internal)?;
    let when = now + TimeDelta::milliseconds(patience) + MARGIN;
    let once = format!("account.finish_merge:{from}");
    tx.enqueue(&FinishMerge { account_id: from }, Schedule::at(when).once(once)).await?;
    Ok(queries::account(tx, into).await?)
}

/// Whether one of two phones goes. Compared in clear: the index of a number changes with its key.
fn have_two_phones(app: &App, one: &account::Model, other: &account::Model) -> AppResult<bool> {
    let (Some(one), Some(other)) = (&one.phone_cipher, &other.phone_cipher) else {
        return Ok(false);
    };
    Ok(app.cipher.open_text(PHONE, one)? != app.cipher.open_text(PHONE, other)?)
}

/// Says anew of the survivor what the loser decided later than the survivor did.
async fn carry_consents(tx: &Tx, from: Uuid, into: Uuid) -> AppResult<()> {
    let ours = last_decisions(tx, into).await?;
    for theirs in last_decisions(tx, from).await? {
        let is_known = |row: &consent::Model| row.purpose == theirs.purpose && row.at >= theirs.at;
        if ours.iter().any(is_known) {
            continue;
        }
        let decided_by = if theirs.decided_by == from { into } else { theirs.decided_by };
        let who = Decider {
            account_id: into,
            decided_by,
            notice_version: theirs.notice_version,
            channel: theirs.channel,
        };
        decide(tx, &who, Subject::Account, theirs.purpose, theirs.decision).await?;
    }
    Ok(())
}

/// What was taken back at either door takes effect for the person.
async fn heed_withdrawals(tx: &Tx, id: Uuid) -> AppResult<()> {
    for row in last_decisions(tx, id).await? {
        if row.decision != ConsentDecision::Withdrawn {
            continue;
        }
        match row.purpose {
            ConsentPurpose::AccountBasic => forget_profile(tx, id).await?,
            ConsentPurpose::Phone => drop_phone(tx, id).await?,
            ConsentPurpose::RealName => {
                forget_real_name(tx, id).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Applies the rules of [`MERGE`]. Doing it again moves what has come since. False when both
/// accounts came to have something that one person may have only once.
async fn move_everything(app: &App, tx: &mut Tx, from: Uuid, into: Uuid) -> AppResult<bool> {
    revoke_all(tx, from, RevocationReason::AccountMerged, tx.now()).await?;
    if !merge_bookings(app, tx, from, into).await? {
        return Ok(false);
    }
    merge_entries(tx, from, into).await?;
    merge_attempts(tx, from, into).await?;
    merge_readers(tx, from, into).await?;
    merge_follows(tx, from, into).await?;
    queries::give_up_second_export(tx, from, into).await?;
    for (table, column, rule) in MERGE {
        match rule {
            Rule::Moves => match queries::move_rows(tx, table, column, from, into).await {
                Ok(_) => {}
                Err(cause) if unique_violation(&cause) => return Ok(false),
                Err(cause) => return Err(cause.into()),
            },
            Rule::LatestStays => keep_latest_real_name(app, tx, from, into).await?,
            Rule::OwnStays => queries::move_or_drop_row(tx, table, column, from, into).await?,
            Rule::Carried => carry_consents(tx, from, into).await?,
            Rule::Renamed => {
                let (from, into) = (format!("resident:{from}"), format!("resident:{into}"));
                queries::rename_idempotency_keys(tx, &from, &into).await?;
            }
            Rule::Stays | Rule::NeverJoined | Rule::Itself => {}
        }
    }
    Ok(true)
}

/// The real name given last is the survivor's. Two that speak of different people are for an
/// operator's eyes.
async fn keep_latest_real_name(app: &App, tx: &Tx, from: Uuid, into: Uuid) -> AppResult<()> {
    let Some(theirs) = queries::real_name(tx, from).await? else { return Ok(()) };
    queries::delete_real_name(tx, from).await?;
    if let Some(ours) = queries::real_name(tx, into).await? {
        let number =
            |row: &real_name::Model| app.cipher.open_text(ID_NUMBER, &row.id_number_cipher);
        if number(&ours)? != number(&theirs)? {
            let row = account_conflict::ActiveModel {
                id: Set(tx.new_id()),
                kind: Set(ConflictKind::RealNamesDiffer),
                account_id: Set(into),
                seen_count: Set(1),
                created_at: Set(tx.now()),
                last_seen_at: Set(tx.now()),
                ..account_conflict::ActiveModel::default()
            };
            queries::note_conflict(tx, row).await?;
        }
        if ours.given_at >= theirs.given_at {
            return Ok(());
        }
    }
    let theirs = real_name::Model { account_id: into, ..theirs };
    Ok(queries::put_real_name(tx, theirs.into()).await?)
}

/// Moves what requests that were let in before the merge wrote for the account after it.
pub async fn finish_merge(app: &App, id: Uuid) -> AppResult<()> {
    let mut tx = app.begin(AuditActor::System).await?;
    let row = queries::account(&tx, id).await?;
    let Some(into) = row.and_then(|row| row.merged_into) else { return Ok(()) };
    queries::locked_accounts(&tx, [id, into]).await?;
    if !move_everything(app, &mut tx, id, into).await? {
        return Err(AppError::new(ErrorCode::Unavailable).because("the accounts are being used"));
    }
    Ok(tx.commit().await?)
}
