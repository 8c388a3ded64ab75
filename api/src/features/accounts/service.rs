use entity::account::{self, AccountStatus};
use entity::login_session::{RevocationReason, SessionAudience};
use entity::wechat_identity;
use sea_orm::Set;
use uuid::Uuid;
use wechat::client::mini::{PhoneNumber, Session};

use super::dto::{AccountView, BindPhone, LoginView, LoginWithWechat, RefreshLogin, UpdateMe};
use super::model::wechat_refusal;
use super::queries;
use crate::app::App;
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, TokenPair, perm, revoke_session, rotate_session, start_session};
use crate::platform::db::{Tx, unique_violation};
use crate::platform::http::text::{masked_phone, normalised_phone};
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::kv::Rule;

const SESSION_KEY: &str = "wechat_identity.session_key";
const PHONE: &str = "account.phone";
/// Area code of mainland China.
const MAINLAND: &str = "86";

pub async fn login_with_wechat(
    ctx: &Ctx<perm::Public>,
    input: LoginWithWechat,
) -> AppResult<LoginView> {
    ctx.app.kv.limit(Rule::AddressLogins, &ctx.address.limit_key()).await?;
    let session = ctx.app.wechat.code_to_session(&input.code).await.map_err(wechat_refusal)?;
    // Two first log-ins of one person may come at once; the loser finds the winner's account.
    match enter(ctx, &session).await? {
        Some(view) => Ok(view),
        None => enter(ctx, &session)
            .await?
            .ok_or_else(|| AppError::internal("a WeChat identity neither exists nor can be made")),
    }
}

/// Finds or makes the account of a WeChat session and opens a login session. `None` when somebody
/// else made it meanwhile.
async fn enter(ctx: &Ctx<perm::Public>, session: &Session) -> AppResult<Option<LoginView>> {
    let app = &ctx.app;
    let session_key = app.cipher.seal(SESSION_KEY, session.session_key.expose().as_bytes())?;
    let tx = ctx.begin().await?;
    let known = queries::locked_identity(&tx, app.wechat.appid(), session.openid.as_str()).await?;
    let account = match known {
        Some(identity) => {
            let unionid = new_unionid(&identity, session);
            queries::update_identity(&tx, identity.id, unionid, session_key, ctx.now).await?;
            queries::account(&tx, identity.account_id)
                .await?
                .ok_or_else(|| AppError::internal("a WeChat identity without its account"))?
        }
        None => match create(app, &tx, session, session_key).await? {
            Some(account) => account,
            None => return Ok(None),
        },
    };
    if account.status != AccountStatus::Active {
        return Err(ErrorCode::AccountDisabled.into());
    }
    let tokens =
        start_session(app, &tx, SessionAudience::Resident, account.id, account.epoch).await?;
    tx.commit().await?;
    Ok(Some(LoginView { tokens, account: view(app, account)? }))
}

async fn create(
    app: &App,
    tx: &Tx,
    session: &Session,
    session_key: Vec<u8>,
) -> AppResult<Option<account::Model>> {
    let now = tx.now();
    let account = account::ActiveModel {
        id: Set(tx.new_id()),
        status: Set(AccountStatus::Active),
        epoch: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(0),
        ..account::ActiveModel::default()
    };
    let account = queries::insert_account(tx, account).await?;
    let identity = wechat_identity::ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(account.id),
        appid: Set(app.wechat.appid().to_owned()),
        openid: Set(session.openid.as_str().to_owned()),
        unionid: Set(session.unionid.as_ref().map(|id| id.as_str().to_owned())),
        session_key_cipher: Set(Some(session_key)),
        created_at: Set(now),
        last_login_at: Set(now),
    };
    match queries::insert_identity(tx, identity).await {
        Ok(()) => Ok(Some(account)),
        Err(cause) if unique_violation(&cause) => Ok(None),
        Err(cause) => Err(cause.into()),
    }
}

/// A unionid may arrive late. One that differs is never overwritten: it happens after an account
/// migration and wants a person's eyes.
fn new_unionid<'a>(identity: &wechat_identity::Model, session: &'a Session) -> Option<&'a str> {
    let now = session.unionid.as_ref()?.as_str();
    match identity.unionid.as_deref() {
        None => Some(now),
        Some(known) if known == now => None,
        Some(_) => {
            tracing::warn!(identity_id = %identity.id, "WeChat reports another unionid; kept ours");
            None
        }
    }
}

pub async fn refresh_login(ctx: &Ctx<perm::Public>, input: RefreshLogin) -> AppResult<TokenPair> {
    let tx = ctx.begin().await?;
    let audience = SessionAudience::Resident;
    rotate_session(&ctx.app, tx, audience, &input.refresh_token, async |tx, id| {
        match queries::account(tx, id).await? {
            Some(account) if account.status == AccountStatus::Active => Ok(account.epoch),
            _ => Err(ErrorCode::AccountDisabled.into()),
        }
    })
    .await
}

pub async fn logout(ctx: &Ctx<perm::MeUse>) -> AppResult<()> {
    let session = ctx.actor.session_id;
    let tx = ctx.begin().await?;
    revoke_session(&tx, session, RevocationReason::Logout, ctx.now).await?;
    tx.commit().await?;
    ctx.app.principals.forget_session(session).await;
    Ok(())
}

pub async fn get_me(ctx: &Ctx<perm::MeUse>) -> AppResult<AccountView> {
    let account = queries::account(&ctx.app.db, ctx.actor.account_id).await?;
    view(&ctx.app, account.ok_or_else(|| AppError::new(ErrorCode::TokenInvalid))?)
}

pub async fn update_me(ctx: &Ctx<perm::MeUse>, input: UpdateMe) -> AppResult<AccountView> {
    let UpdateMe { audience, region_code } = input;
    if let Some(Some(code)) = &region_code {
        require_region(&ctx.app.db, code, "region_code").await?;
    }
    let tx = ctx.begin().await?;
    queries::update_account(&tx, ctx.actor.account_id, audience, region_code, ctx.now).await?;
    tx.commit().await?;
    get_me(ctx).await
}

pub async fn bind_phone(ctx: &Ctx<perm::MeUse>, input: BindPhone) -> AppResult<AccountView> {
    let (app, id) = (&ctx.app, ctx.actor.account_id);
    let openid = openid_of(app, id).await?;
    // WeChat itself verifies that the code belongs to this person.
    let found = app.wechat.phone_number(&input.code, openid.as_deref()).await;
    let number = found.map_err(wechat_refusal)?;
    let phone = own_spelling(&number);
    let sealed = app.cipher.seal(PHONE, phone.as_bytes())?;
    let index = app.blind_index.of(PHONE, &phone);
    let tx = ctx.begin().await?;
    queries::update_phone(&tx, id, Some((sealed, index)), ctx.now).await?;
    tx.audit("account.bind_phone", "account", id, None).await?;
    tx.commit().await?;
    get_me(ctx).await
}

/// A Chinese number in its one spelling, a foreign one with plus sign and area code: without them
/// one of Hong Kong looks like a service number and one of Ohio like a Chinese mobile.
fn own_spelling(number: &PhoneNumber) -> String {
    if number.country_code == MAINLAND {
        let pure = &number.pure_phone_number;
        return normalised_phone(pure).unwrap_or_else(|| pure.clone());
    }
    format!("+{}{}", number.country_code, number.pure_phone_number)
}

pub async fn unbind_phone(ctx: &Ctx<perm::MeUse>) -> AppResult<()> {
    let id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    queries::update_phone(&tx, id, None, ctx.now).await?;
    tx.audit("account.unbind_phone", "account", id, None).await?;
    tx.commit().await?;
    Ok(())
}

/// The openid by which WeChat knows an account in our mini-program.
///
/// # Errors
/// The database cannot be read.
pub async fn openid_of(app: &App, account_id: Uuid) -> AppResult<Option<String>> {
    Ok(queries::openid_of(&app.db, account_id, app.wechat.appid()).await?)
}

fn view(app: &App, account: account::Model) -> AppResult<AccountView> {
    let phone = match &account.phone_cipher {
        Some(sealed) => Some(masked_phone(&app.cipher.open_text(PHONE, sealed)?)),
        None => None,
    };
    Ok(AccountView {
        id: account.id,
        audience: account.audience,
        region_code: account.region_code,
        phone,
        created_at: account.created_at,
    })
}
