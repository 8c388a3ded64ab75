use entity::account::{self, AccountStatus};
use entity::account_conflict::{self, ConflictKind};
use entity::login_session::{LoginDoor, RevocationReason, SessionAudience};
use entity::risk_signal::RiskScene;
use entity::wechat_identity;
use sea_orm::Set;
use uuid::Uuid;
use wechat::SessionKey;

use super::SESSION_KEY;
use super::me::view;
use super::merge::merge;
use crate::app::App;
use crate::features::accounts::dto::{LoginView, LoginWithWechat, RefreshLogin};
use crate::features::accounts::model::{Joining, elder_first, joining, wechat_refusal};
use crate::features::accounts::queries;
use crate::features::risk::service::ask_rank;
use crate::platform::auth::{
    Ctx, Standing, Subject, TokenPair, may_enter, perm, revoke_session, rotate_session,
    start_resident_session,
};
use crate::platform::consent::{self, GiveConsents};
use crate::platform::db::{Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, Device, ErrorCode};

/// A log-in that meets another one of the same person starts again and finds what that one made.
const TRIES: u32 = 5;

/// Whom WeChat says is here.
pub(super) struct Arrival {
    pub door: LoginDoor,
    pub device: Device,
    pub appid: String,
    pub openid: String,
    pub unionid: Option<String>,
    /// Of the mini-program.
    pub session_key: Option<SessionKey>,
    /// Checked.
    pub consents: Option<GiveConsents>,
}

/// A code works once and no answer is kept: who sends a form twice is told `wechat_code_used` and
/// gets a new code from WeChat. Keeping the tokens for a second answer would mean storing them.
pub async fn login_with_wechat(
    ctx: &Ctx<perm::Public>,
    device: Device,
    input: LoginWithWechat,
) -> AppResult<LoginView> {
    if let Some(consents) = &input.consents {
        consents.check(&ctx.app.notices, false)?;
    }
    let session = ctx.app.wechat.code_to_session(&input.code).await.map_err(wechat_refusal)?;
    let arrival = Arrival {
        door: LoginDoor::MiniProgram,
        device,
        appid: ctx.app.wechat.appid().to_owned(),
        openid: session.openid.into_string(),
        unionid: session.unionid.map(wechat::UnionId::into_string),
        session_key: Some(session.session_key),
        consents: input.consents,
    };
    enter(ctx, &arrival).await
}

/// Finds or makes the account of an arrival, joins accounts that turn out to be one person, and
/// opens a session.
pub(super) async fn enter(ctx: &Ctx<perm::Public>, arrival: &Arrival) -> AppResult<LoginView> {
    for _ in 0..TRIES {
        if let Some(view) = Box::pin(try_enter(ctx, arrival)).await? {
            return Ok(view);
        }
    }
    Err(AppError::new(ErrorCode::Unavailable)
        .because("a log-in met others of its person too often"))
}

/// `None` when somebody else changed meanwhile what this log-in had found.
async fn try_enter(ctx: &Ctx<perm::Public>, arrival: &Arrival) -> AppResult<Option<LoginView>> {
    let app = &ctx.app;
    let mut tx = ctx.begin().await?;
    let Some(people) = meet(&tx, arrival).await? else { return Ok(None) };
    let reported = arrival.unionid.as_deref();
    let known = people.known.as_ref().map(|(identity, account)| (identity, account));
    let joining = joining(known, people.holder.as_ref(), reported);
    let mut retired = None;
    let account = match (joining, people.known, people.holder) {
        (Joining::Create, ..) => create(ctx, &mut tx, arrival).await?,
        (Joining::Attach, _, Some(holder)) => {
            let row = identity_row(app, &tx, arrival, holder.id)?;
            kept(queries::insert_identity(&tx, row).await)?.map(|()| holder)
        }
        (Joining::Stay { learns }, Some((identity, own)), _) => {
            let learnt = reported.filter(|_| learns);
            touch(app, &tx, arrival, identity.id, learnt).await?;
            match learnt {
                Some(unionid) if own.unionid.is_none() => {
                    kept(queries::set_unionid(&tx, own.id, Some(unionid), ctx.now).await)?
                        .map(|()| own)
                }
                _ => Some(own),
            }
        }
        (Joining::Contradiction(kind), Some((identity, own)), _) => {
            touch(app, &tx, arrival, identity.id, None).await?;
            note(&tx, kind, &identity, arrival).await?;
            Some(own)
        }
        (Joining::Merge, Some((identity, own)), Some(holder)) => {
            touch(app, &tx, arrival, identity.id, reported).await?;
            let (survivor, loser) = elder_first(&own, &holder);
            retired = Some(loser.id);
            merge(app, &mut tx, survivor, loser).await?
        }
        _ => return Err(AppError::internal("a log-in that no rule fits")),
    };
    let Some(account) = account else { return Ok(None) };
    if !may_enter(account.status) {
        if let Some(loser) = retired {
            // The ban holds at the other door from now on.
            tx.commit().await?;
            forget_both(app, loser, account.id);
        }
        return Err(ErrorCode::AccountDisabled.into());
    }
    let consents = arrival.consents.as_ref();
    if let Some(consents) = consents.filter(|_| Standing::of(&account).may_consent()) {
        consents.record(&tx, account.id, consent::Subject::Account).await?;
    }
    let tokens =
        start_resident_session(app, &tx, account.id, account.epoch, &arrival.device, arrival.door)
            .await?;
    tx.commit().await?;
    if let Some(loser) = retired {
        forget_both(app, loser, account.id);
    }
    Ok(Some(LoginView { tokens, account: view(app, account)? }))
}

/// Who was known as one of two is to be looked up anew.
fn forget_both(app: &App, loser: Uuid, survivor: Uuid) {
    for id in [loser, survivor] {
        app.principals.forget(Subject::Resident(id));
    }
}

/// What the database says of an arrival, its accounts locked.
struct People {
    known: Option<(wechat_identity::Model, account::Model)>,
    /// Who has the reported unionid.
    holder: Option<account::Model>,
}

/// Accounts are locked before identities, in the order of their ids, so that two log-ins of one
/// person take turns. `None` when what was found had changed by the time it was locked.
async fn meet(tx: &Tx, arrival: &Arrival) -> AppResult<Option<People>> {
    let identity = queries::identity(tx, &arrival.appid, &arrival.openid).await?;
    let holder = match &arrival.unionid {
        Some(unionid) => queries::holder(tx, unionid).await?,
        None => None,
    };
    let own_id = identity.as_ref().map(|identity| identity.account_id);
    let holder_id = holder.map(|holder| holder.id);
    let locked = queries::locked_accounts(tx, own_id.into_iter().chain(holder_id)).await?;
    let find = |id: Uuid| locked.iter().find(|account| account.id == id).cloned();
    let holder = match holder_id.and_then(find) {
        Some(holder) if holder.unionid != arrival.unionid => return Ok(None),
        // Whoever left keeps no claim on the person.
        Some(gone) if gone.status == AccountStatus::Deleted => {
            queries::set_unionid(tx, gone.id, None, tx.now()).await?;
            None
        }
        holder => holder,
    };
    let known = match identity {
        None => None,
        Some(identity) => {
            let account = find(identity.account_id)
                .ok_or_else(|| AppError::internal("a WeChat identity without its account"))?;
            if account.status == AccountStatus::Merged {
                return Ok(None);
            }
            Some((identity, account))
        }
    };
    Ok(Some(People { known, holder }))
}

/// What a unique index did not take was made by somebody else meanwhile.
fn kept<T>(outcome: Result<T, sea_orm::DbErr>) -> AppResult<Option<T>> {
    match outcome {
        Ok(made) => Ok(Some(made)),
        Err(cause) if unique_violation(&cause) => Ok(None),
        Err(cause) => Err(cause.into()),
    }
}

async fn create(
    ctx: &Ctx<perm::Public>,
    tx: &mut Tx,
    arrival: &Arrival,
) -> AppResult<Option<account::Model>> {
    let app = &ctx.app;
    let row = account::ActiveModel {
        id: Set(tx.new_id()),
        status: Set(AccountStatus::Active),
        epoch: Set(0),
        unionid: Set(arrival.unionid.clone()),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        version: Set(0),
        ..account::ActiveModel::default()
    };
    let Some(account) = kept(queries::insert_account(tx, row).await)? else { return Ok(None) };
    let row = identity_row(app, tx, arrival, account.id)?;
    if kept(queries::insert_identity(tx, row).await)?.is_none() {
        return Ok(None);
    }
    // WeChat ranks by the openid of the mini-program.
    if arrival.door == LoginDoor::MiniProgram {
        ask_rank(app, tx, account.id, RiskScene::Register, ctx.address).await?;
    }
    Ok(Some(account))
}

fn sealed_key(app: &App, arrival: &Arrival) -> AppResult<Option<Vec<u8>>> {
    let key = arrival.session_key.as_ref();
    key.map(|key| app.cipher.seal(SESSION_KEY, key.expose().as_bytes())).transpose()
}

fn identity_row(
    app: &App,
    tx: &Tx,
    arrival: &Arrival,
    account_id: Uuid,
) -> AppResult<wechat_identity::ActiveModel> {
    Ok(wechat_identity::ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(account_id),
        appid: Set(arrival.appid.clone()),
        openid: Set(arrival.openid.clone()),
        unionid: Set(arrival.unionid.clone()),
        session_key_cipher: Set(sealed_key(app, arrival)?),
        created_at: Set(tx.now()),
        last_login_at: Set(tx.now()),
    })
}

/// Notes the log-in at its identity, with a unionid that it has learnt.
async fn touch(
    app: &App,
    tx: &Tx,
    arrival: &Arrival,
    identity: Uuid,
    learnt: Option<&str>,
) -> AppResult<()> {
    let key = sealed_key(app, arrival)?;
    Ok(queries::update_identity(tx, identity, learnt, key, tx.now()).await?)
}

/// A unionid that differs from ours is never taken over by itself: it happens after a migration of
/// the Open Platform account and wants a person's eyes.
async fn note(
    tx: &Tx,
    kind: ConflictKind,
    identity: &wechat_identity::Model,
    arrival: &Arrival,
) -> AppResult<()> {
    let row = account_conflict::ActiveModel {
        id: Set(tx.new_id()),
        kind: Set(kind),
        account_id: Set(identity.account_id),
        identity_id: Set(Some(identity.id)),
        unionid: Set(arrival.unionid.clone()),
        seen_count: Set(1),
        created_at: Set(tx.now()),
        last_seen_at: Set(tx.now()),
        ..account_conflict::ActiveModel::default()
    };
    if queries::note_conflict(tx, row).await? == 1 {
        tx.audit("account.contradict", "account", identity.account_id, None).await?;
        tracing::warn!(identity_id = %identity.id, ?kind, "WeChat contradicts what we know");
    }
    Ok(())
}

pub async fn refresh_login(ctx: &Ctx<perm::Public>, input: RefreshLogin) -> AppResult<TokenPair> {
    let tx = ctx.begin().await?;
    let audience = SessionAudience::Resident;
    rotate_session(&ctx.app, tx, audience, &input.refresh_token, async |tx, id| {
        match queries::account(tx, id).await? {
            Some(account) if may_enter(account.status) => Ok(account.epoch),
            _ => Err(ErrorCode::AccountDisabled.into()),
        }
    })
    .await
}

pub async fn logout(ctx: &Ctx<perm::SessionEnd>) -> AppResult<()> {
    let session = ctx.actor.session_id;
    let tx = ctx.begin().await?;
    revoke_session(&tx, session, RevocationReason::Logout, ctx.now).await?;
    tx.commit().await?;
    ctx.app.principals.forget_session(session).await;
    Ok(())
}
