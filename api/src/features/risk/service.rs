use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use entity::risk_signal::{ActiveModel, Model, RiskScene, RiskStatus};
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;
use wechat::client::mini::RiskInquiry;

use super::jobs::AskRiskRank;
use super::model::{MEDIUM, explanation, may_help_to_ask_again, scene};
use super::queries;
use crate::app::App;
use crate::platform::crypto::column::RISK_ADDRESS;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, ClientAddress, ErrorCode};
use crate::platform::jobs::{JobError, Schedule};

/// A question that is older was lost with its worker.
const LOST_AFTER: TimeDelta = TimeDelta::hours(1);

/// A rank and what a person must know to use it.
#[derive(Debug)]
pub struct RiskSignal {
    pub scene: RiskScene,
    pub rank: i16,
    pub explanation: &'static str,
    pub at: DateTime<Utc>,
}

/// Asks for WeChat's opinion after the commit, if the setting says so.
///
/// # Errors
/// The rows cannot be written.
pub async fn ask_rank(
    app: &App,
    tx: &mut Tx,
    account_id: Uuid,
    scene: RiskScene,
    address: ClientAddress,
) -> AppResult<()> {
    if !app.config.risk.ask_wechat {
        return Ok(());
    }
    let signal_id = tx.new_id();
    let sealed = app.cipher.seal(RISK_ADDRESS.purpose, address.0.to_string().as_bytes())?;
    let row = ActiveModel {
        id: Set(signal_id),
        account_id: Set(account_id),
        scene: Set(scene),
        status: Set(RiskStatus::Pending),
        address_cipher: Set(Some(sealed)),
        rank: Set(None),
        code: Set(None),
        created_at: Set(tx.now()),
        answered_at: Set(None),
    };
    queries::insert(tx, row).await?;
    Ok(tx.enqueue(&AskRiskRank { signal_id }, Schedule::now()).await?)
}

/// Asks WeChat and records the answer. When it cannot be had, that is recorded and all is well.
///
/// # Errors
/// WeChat may answer later.
pub async fn answer(app: &App, id: Uuid, is_last: bool) -> Result<(), JobError> {
    let Some(signal) = queries::pending(&app.db, id).await? else { return Ok(()) };
    let Some(inquiry) = inquiry(app, &signal).await? else {
        return Ok(settle(app, id, None, None, "no_identity").await?);
    };
    match app.wechat.user_risk_rank(&inquiry).await {
        Ok(rank) => Ok(settle(app, id, Some(rank.code().into()), None, "ranked").await?),
        Err(error) if !is_last && may_help_to_ask_again(&error) => {
            Err(AppError::new(ErrorCode::WechatUnavailable).because(error).into())
        }
        Err(error) => {
            tracing::warn!(signal_id = %id, ?error, "WeChat does not say how risky an account is");
            let code = error.errcode().and_then(|code| i32::try_from(code).ok());
            Ok(settle(app, id, None, code, "unknown").await?)
        }
    }
}

async fn inquiry(app: &App, signal: &Model) -> AppResult<Option<RiskInquiry>> {
    let Some(sealed) = &signal.address_cipher else { return Ok(None) };
    let address = app.cipher.open_text(RISK_ADDRESS.purpose, sealed)?;
    let client_ip: IpAddr = address.parse().map_err(AppError::internal)?;
    let openid = queries::openid_of(&app.db, signal.account_id, app.wechat.appid()).await?;
    let scene = scene(signal.scene);
    Ok(openid.map(|openid| RiskInquiry { openid: openid.into(), scene, client_ip }))
}

async fn settle(
    app: &App,
    id: Uuid,
    rank: Option<i16>,
    code: Option<i32>,
    outcome: &str,
) -> AppResult<()> {
    let tx = app.begin(AuditActor::System).await?;
    let is_ours = queries::settle(&tx, id, rank, code, tx.now()).await?;
    tx.commit().await?;
    if is_ours {
        app.metrics.count_risk_rank(outcome);
    }
    Ok(())
}

/// Whether a person should look at what the account writes. Asks at once what is still to be asked;
/// no answer is no risk.
///
/// # Errors
/// The database cannot be read.
pub async fn wants_a_person(app: &App, account_id: Uuid) -> AppResult<bool> {
    for id in queries::pending_of(&app.db, account_id).await? {
        if let Err(JobError::Retry(error, _) | JobError::Fail(error)) = answer(app, id, false).await
        {
            tracing::debug!(signal_id = %id, ?error, "a risk signal is not there yet");
        }
    }
    let ranked = queries::ranked_of(&app.db, account_id).await?;
    Ok(ranked.iter().any(|signal| signal.rank >= Some(MEDIUM)))
}

/// What WeChat thought of an account, newest first, for somebody who handles a case of theirs.
///
/// # Errors
/// The database cannot be read.
pub async fn signals_of(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
) -> AppResult<Vec<RiskSignal>> {
    let rows = queries::ranked_of(conn, account_id).await?;
    let signal = |row: Model| {
        let rank = row.rank?;
        let explanation = explanation(rank);
        Some(RiskSignal { scene: row.scene, rank, explanation, at: row.created_at })
    };
    Ok(rows.into_iter().filter_map(signal).collect())
}

/// Drops signals that are old and addresses that nobody will ask about any more. Returns how many
/// signals.
///
/// # Errors
/// The database cannot be written.
pub async fn prune_signals(app: &App, tx: &Tx) -> AppResult<u64> {
    let kept = TimeDelta::days(i64::from(app.config.risk.keep_days));
    queries::abandon(tx, tx.now() - LOST_AFTER, tx.now()).await?;
    Ok(queries::delete_before(tx, tx.now() - kept).await?)
}
