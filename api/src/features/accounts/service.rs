use entity::account::{self, AccountStatus};
use entity::consent::ConsentPurpose;
use entity::login_session::{RevocationReason, SessionAudience};
use entity::risk_signal::RiskScene;
use entity::wechat_identity;
use sea_orm::Set;
use serde_json::json;
use uuid::Uuid;
use wechat::client::mini::{PhoneNumber, Session};

use super::dto::{
    AccountView, BindPhone, FindAccounts, FoundAccountView, FoundAccounts, LoginView,
    LoginWithWechat, RefreshLogin, UpdateMe,
};
pub use super::model::wechat_refusal;
use super::queries;
use crate::app::App;
use crate::features::regions::service::require_region;
use crate::features::risk::service::ask_rank;
use crate::platform::auth::{
    Ctx, Standing, TokenPair, may_enter, perm, revoke_session, rotate_session, start_session,
};
use crate::platform::consent::{GiveConsents, Subject, require_consent};
use crate::platform::crypto::{Phone, column};
use crate::platform::db::{Tx, unique_violation};
use crate::platform::http::text::normalised_phone;
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::limits::PhoneOperation;

const SESSION_KEY: &str = column::WECHAT_SESSION_KEY.purpose;
const PHONE: &str = column::ACCOUNT_PHONE.purpose;
/// More accounts than anybody has.
const FOUND: u64 = 20;
/// Area code of mainland China.
const MAINLAND: &str = "86";

pub async fn login_with_wechat(
    ctx: &Ctx<perm::Public>,
    input: LoginWithWechat,
) -> AppResult<LoginView> {
    if let Some(consents) = &input.consents {
        consents.check(&ctx.app.notices, false)?;
    }
    let session = ctx.app.wechat.code_to_session(&input.code).await.map_err(wechat_refusal)?;
    // Two first log-ins of one person may come at once; the loser finds the winner's account.
    let consents = input.consents.as_ref();
    match enter(ctx, &session, consents).await? {
        Some(view) => Ok(view),
        None => enter(ctx, &session, consents)
            .await?
            .ok_or_else(|| AppError::internal("a WeChat identity neither exists nor can be made")),
    }
}

/// Finds or makes the account of a WeChat session and opens a login session. `None` when somebody
/// else made it meanwhile.
async fn enter(
    ctx: &Ctx<perm::Public>,
    session: &Session,
    consents: Option<&GiveConsents>,
) -> AppResult<Option<LoginView>> {
    let app = &ctx.app;
    let session_key = app.cipher.seal(SESSION_KEY, session.session_key.expose().as_bytes())?;
    let mut tx = ctx.begin().await?;
    let known = queries::locked_identity(&tx, app.wechat.appid(), session.openid.as_str()).await?;
    let account = match known {
        Some(identity) => {
            let unionid = new_unionid(&identity, session);
            queries::update_identity(&tx, identity.id, unionid, session_key, ctx.now).await?;
            queries::account(&tx, identity.account_id)
                .await?
                .ok_or_else(|| AppError::internal("a WeChat identity without its account"))?
        }
        None => match create(ctx, &mut tx, session, session_key).await? {
            Some(account) => account,
            None => return Ok(None),
        },
    };
    if !may_enter(account.status) {
        return Err(ErrorCode::AccountDisabled.into());
    }
    if let Some(consents) = consents.filter(|_| Standing::of(&account).may_consent()) {
        consents.record(&tx, account.id, Subject::Account).await?;
    }
    let tokens =
        start_session(app, &tx, SessionAudience::Resident, account.id, account.epoch).await?;
    tx.commit().await?;
    Ok(Some(LoginView { tokens, account: view(app, account)? }))
}

async fn create(
    ctx: &Ctx<perm::Public>,
    tx: &mut Tx,
    session: &Session,
    session_key: Vec<u8>,
) -> AppResult<Option<account::Model>> {
    let (app, now) = (&ctx.app, tx.now());
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
        Ok(()) => {
            ask_rank(app, tx, account.id, RiskScene::Register, ctx.address).await?;
            Ok(Some(account))
        }
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

pub async fn get_me(ctx: &Ctx<perm::MeUse>) -> AppResult<AccountView> {
    own(&ctx.app, ctx.actor.account_id).await
}

async fn own(app: &App, id: Uuid) -> AppResult<AccountView> {
    let account = queries::account(&app.db, id).await?;
    view(app, account.ok_or_else(|| AppError::new(ErrorCode::TokenInvalid))?)
}

pub async fn update_me(ctx: &Ctx<perm::ProfileEdit>, input: UpdateMe) -> AppResult<AccountView> {
    let UpdateMe { audience, region_code } = input;
    if let Some(Some(code)) = &region_code {
        require_region(&ctx.app.db, code, "region_code").await?;
    }
    let tx = ctx.begin().await?;
    queries::update_account(&tx, ctx.actor.account_id, audience, region_code, ctx.now).await?;
    tx.commit().await?;
    own(&ctx.app, ctx.actor.account_id).await
}

pub async fn bind_phone(ctx: &Ctx<perm::ConsentGive>, input: BindPhone) -> AppResult<AccountView> {
    let (app, id) = (&ctx.app, ctx.actor.account_id);
    // Before the number is asked for, and again where it is stored.
    require_consent(app, &app.db, id, ConsentPurpose::Phone).await?;
    let openid = openid_of(app, id).await?;
    // WeChat itself verifies that the code belongs to this person.
    let found = app.wechat.phone_number(&input.code, openid.as_deref()).await;
    let number = found.map_err(wechat_refusal)?;
    let phone = own_spelling(&number);
    ctx.limit_phone(PhoneOperation::BindPhone, &phone).await?;
    let sealed = app.cipher.seal(PHONE, phone.as_bytes())?;
    let index = app.blind_index.of(PHONE, &phone);
    let tx = ctx.begin().await?;
    require_consent(app, &tx, id, ConsentPurpose::Phone).await?;
    queries::update_phone(&tx, id, Some((sealed, index)), ctx.now).await?;
    tx.audit("account.bind_phone", "account", id, None).await?;
    tx.commit().await?;
    own(app, id).await
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
    let tx = ctx.begin().await?;
    drop_phone(&tx, ctx.actor.account_id).await?;
    Ok(tx.commit().await?)
}

/// Removes the phone of an account.
///
/// # Errors
/// The row cannot be written.
pub async fn drop_phone(tx: &Tx, id: Uuid) -> AppResult<()> {
    queries::update_phone(tx, id, None, tx.now()).await?;
    Ok(tx.audit("account.unbind_phone", "account", id, None).await?)
}

/// Removes what somebody chose to say of themselves.
///
/// # Errors
/// The row cannot be written.
pub async fn forget_profile(tx: &Tx, id: Uuid) -> AppResult<()> {
    Ok(queries::update_account(tx, id, Some(None), Some(None), tx.now()).await?)
}

pub async fn find_accounts(
    ctx: &Ctx<perm::AccountFind>,
    input: FindAccounts,
) -> AppResult<FoundAccounts> {
    let app = &ctx.app;
    let phone = normalised_phone(&input.phone).unwrap_or(input.phone);
    let details = json!({ "reason": input.reason });
    let tx = ctx.begin().await?;
    let rows = queries::by_phone(&tx, app.blind_index.all_of(PHONE, &phone), FOUND).await?;
    if rows.is_empty() {
        tx.audit("account.find", "account", "none", Some(details.clone())).await?;
    }
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        tx.audit("account.find", "account", row.id, Some(details.clone())).await?;
        let sealed = row.phone_cipher.unwrap_or_default();
        let phone = app.cipher.personal::<Phone>(column::ACCOUNT_PHONE, &sealed)?.masked();
        let (id, status, created_at) = (row.id, row.status, row.created_at);
        items.push(FoundAccountView { id, status, phone, created_at });
    }
    tx.commit().await?;
    Ok(FoundAccounts { items })
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
        Some(sealed) => Some(app.cipher.personal::<Phone>(column::ACCOUNT_PHONE, sealed)?.masked()),
        None => None,
    };
    Ok(AccountView {
        id: account.id,
        status: account.status,
        standing: Standing::of(&account),
        is_age_review_due: account.age_review_asked_at.is_some(),
        audience: account.audience,
        region_code: account.region_code,
        phone,
        created_at: account.created_at,
    })
}
