use entity::consent::ConsentPurpose;
use entity::wechat_identity;
use uuid::Uuid;
use wechat::SessionKey;
use wechat::session_data::{PhoneData, decrypt};

use super::me::own;
use super::{PHONE, SESSION_KEY, locked_own};
use crate::features::accounts::dto::{AccountView, BindPhone, WechatData};
use crate::features::accounts::model::{data_refusal, is_fresh, wechat_refusal};
use crate::features::accounts::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::consent::require_consent;
use crate::platform::db::Tx;
use crate::platform::http::text::normalised_phone;
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::limits::PhoneOperation;

/// Area code of mainland China.
const MAINLAND: &str = "86";
/// The longest number there is (E.164), and to spare.
const DIGITS: usize = 20;

pub async fn bind_phone(ctx: &Ctx<perm::ConsentGive>, input: BindPhone) -> AppResult<AccountView> {
    // Before the number is asked for, and again where it is stored.
    let id = ctx.actor.account_id;
    require_consent(&ctx.app, &ctx.app.db, id, ConsentPurpose::Phone).await?;
    let openid = own_identity(ctx).await?.map(|identity| identity.openid);
    // WeChat itself verifies that the code belongs to this person.
    let found = ctx.app.wechat.phone_number(&input.code, openid.as_deref()).await;
    let number = found.map_err(wechat_refusal)?;
    store(ctx, &number.country_code, &number.pure_phone_number).await
}

/// For clients that have no phone code: the old-style encrypted data, opened with the session key
/// that never leaves the server (protocol 2.4).
pub async fn bind_phone_from_wechat_data(
    ctx: &Ctx<perm::ConsentGive>,
    input: WechatData,
) -> AppResult<AccountView> {
    let app = &ctx.app;
    require_consent(app, &app.db, ctx.actor.account_id, ConsentPurpose::Phone).await?;
    let sealed = own_identity(ctx).await?.and_then(|identity| identity.session_key_cipher);
    let sealed = sealed.ok_or_else(|| AppError::new(ErrorCode::WechatSessionStale))?;
    let key = SessionKey::new(app.cipher.open_text(SESSION_KEY, &sealed)?);
    let opened = decrypt(&key, &input.iv, &input.encrypted_data, app.wechat.appid());
    let data = opened.map_err(data_refusal)?;
    let invalid = || AppError::new(ErrorCode::WechatDataInvalid);
    if !is_fresh(data.issued_at, ctx.now) {
        return Err(invalid());
    }
    let phone: PhoneData = data.read().map_err(data_refusal)?;
    let is_number = |text: &str| {
        !text.is_empty() && text.len() <= DIGITS && text.bytes().all(|b| b.is_ascii_digit())
    };
    if !is_number(&phone.country_code) || !is_number(&phone.pure_phone_number) {
        return Err(invalid());
    }
    store(ctx, &phone.country_code, &phone.pure_phone_number).await
}

/// By what WeChat knows this person in our mini-program.
async fn own_identity(ctx: &Ctx<perm::ConsentGive>) -> AppResult<Option<wechat_identity::Model>> {
    let appid = ctx.app.wechat.appid();
    Ok(queries::identity_of(&ctx.app.db, ctx.actor.account_id, appid).await?)
}

async fn store(
    ctx: &Ctx<perm::ConsentGive>,
    country: &str,
    number: &str,
) -> AppResult<AccountView> {
    let (app, id) = (&ctx.app, ctx.actor.account_id);
    let phone = own_spelling(country, number);
    ctx.limit_phone(PhoneOperation::BindPhone, &phone).await?;
    let sealed = app.cipher.seal(PHONE, phone.as_bytes())?;
    let index = app.blind_index.of(PHONE, &phone);
    let tx = ctx.begin().await?;
    locked_own(&tx, id).await?;
    require_consent(app, &tx, id, ConsentPurpose::Phone).await?;
    queries::update_phone(&tx, id, Some((sealed, index)), ctx.now).await?;
    tx.audit("account.bind_phone", "account", id, None).await?;
    tx.commit().await?;
    own(app, id).await
}

/// A Chinese number in its one spelling, a foreign one with plus sign and area code: without them
/// one of Hong Kong looks like a service number and one of Ohio like a Chinese mobile.
fn own_spelling(country: &str, number: &str) -> String {
    if country == MAINLAND {
        return normalised_phone(number).unwrap_or_else(|| number.to_owned());
    }
    format!("+{country}{number}")
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
