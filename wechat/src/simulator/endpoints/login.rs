//! Login and session keys (protocol 2.1, 2.2, 7.4).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::CODE_LIFE;
use super::token::mini_program;
use crate::client::StoreError;
use crate::digest::equal;
use crate::random;
use crate::session_data::{self, session_signature};
use crate::simulator::accounts::{AccountKind, SimAccount};
use crate::simulator::identity;
use crate::simulator::reply::{Refused, Reply, ok};
use crate::simulator::world::{Call, World};

/// Days-long, like the platform's, whose length is not published.
const SESSION_LIFE: Duration = Duration::from_secs(3 * 86_400);

#[derive(Serialize, Deserialize)]
struct Login {
    appid: String,
    openid: String,
    unionid: Option<String>,
}

/// A new login code for `user`.
pub(in crate::simulator) async fn mint(
    world: &World,
    account: &SimAccount,
    user: &str,
) -> Result<String, StoreError> {
    let code = format!("0{}", random::text::<23>());
    let login = Login {
        appid: account.appid.clone(),
        openid: identity::openid(&account.appid, user),
        unionid: account.is_bound.then(|| identity::unionid(user)),
    };
    let row = serde_json::to_string(&login)?;
    // The marker first: whoever can see the code can also see that it existed.
    world.store.put(&minted_key(&code), "1", Some(CODE_LIFE)).await?;
    world.store.put(&code_key(&code), &row, Some(CODE_LIFE)).await?;
    Ok(code)
}

/// `GET /sns/jscode2session`
pub(in crate::simulator) async fn code_to_session(world: &World, call: &Call) -> Reply {
    call.must_be_get()?;
    let (appid, secret) = (call.query("appid", 41002)?, call.query("secret", 41004)?);
    let code = call.query("js_code", 41008)?;
    if call.query("grant_type", 40002)? != "authorization_code" {
        return Err(Refused::new(40002));
    }
    let account = world.account(appid).filter(|account| account.kind == AccountKind::MiniProgram);
    let account = account.ok_or(Refused::new(40013))?;
    if account.secret != secret.into() {
        return Err(Refused::new(40125));
    }
    let login = redeem(world, account, code).await?;
    let session_key = STANDARD.encode(random::bytes::<16>());
    world.store.put(&session_key_of(&login.openid), &session_key, Some(SESSION_LIFE)).await?;
    touch(world, &login.openid, call.now).await?;
    let mut reply = json!({"openid": login.openid, "session_key": session_key});
    if let (Some(unionid), Some(object)) = (login.unionid, reply.as_object_mut()) {
        object.insert("unionid".to_owned(), unionid.into());
    }
    Ok(reply)
}

/// Uses a code up, unless it belongs to another app.
async fn redeem(world: &World, account: &SimAccount, code: &str) -> Result<Login, Refused> {
    let is_own = |row: &str| {
        serde_json::from_str(row).ok().filter(|login: &Login| login.appid == account.appid)
    };
    if let Some(row) = world.store.get(&code_key(code)).await?
        && is_own(&row).is_none()
    {
        return Err(Refused::new(40029));
    }
    if let Some(row) = world.store.take(&code_key(code)).await? {
        return is_own(&row).ok_or(Refused::new(40029));
    }
    let was_minted = world.store.get(&minted_key(code)).await?.is_some();
    Err(Refused::new(if was_minted { 40163 } else { 40029 }))
}

/// Encrypts `fields` with a watermark under the user's session key: data and IV in base64. `None`
/// without a session key.
pub(in crate::simulator) async fn open_data(
    world: &World,
    account: &SimAccount,
    user: &str,
    mut fields: Value,
) -> Result<Option<(String, String)>, StoreError> {
    let openid = identity::openid(&account.appid, user);
    let Some(session_key) = world.store.get(&session_key_of(&openid)).await? else {
        return Ok(None);
    };
    if let Some(object) = fields.as_object_mut() {
        let watermark = json!({"timestamp": world.clock.now(), "appid": account.appid});
        object.entry("watermark").or_insert(watermark);
    }
    let iv = random::bytes::<16>();
    let sealed = session_data::encrypt(&session_key.into(), &iv, fields.to_string().as_bytes());
    Ok(sealed.map(|data| (data, STANDARD.encode(iv))))
}

/// `GET /wxa/checksession`
pub(in crate::simulator) async fn check_session(world: &World, call: &Call) -> Reply {
    call.must_be_get()?;
    let account = mini_program(world, call).await?;
    let openid = call.query("openid", 40003)?;
    if !identity::is_openid_of(&account.appid, openid) {
        return Err(Refused::new(40003));
    }
    if call.query("sig_method", 87008)? != "hmac_sha256" {
        return Err(Refused::new(87008));
    }
    let signature = call.query("signature", 87009)?;
    let session_key = world.store.get(&session_key_of(openid)).await?;
    let session_key = session_key.ok_or(Refused::new(87007))?;
    if equal(&session_signature(&session_key.into()), signature) {
        Ok(ok())
    } else {
        Err(Refused::new(87009))
    }
}

/// Notes that the user is using the mini-program now.
pub(in crate::simulator) async fn touch(
    world: &World,
    openid: &str,
    now: i64,
) -> Result<(), StoreError> {
    world.store.put(&activity_key(openid), &now.to_string(), None).await
}

/// Notes that the user has not used the mini-program for long.
pub(in crate::simulator) async fn forget_activity(
    world: &World,
    openid: &str,
) -> Result<(), StoreError> {
    world.store.put(&activity_key(openid), "", None).await
}

/// Whether the user has used the mini-program recently enough for content checks.
pub(super) async fn is_active(world: &World, openid: &str, now: i64) -> Result<bool, StoreError> {
    let last = world.store.get(&activity_key(openid)).await?;
    let (Some(window), Some(last)) = (world.activity_seconds, last.as_deref()) else {
        let is_marked_inactive = last.as_deref() == Some("");
        return Ok(world.activity_seconds.is_none() && !is_marked_inactive);
    };
    Ok(last.parse().is_ok_and(|last: i64| now - last < window))
}

fn code_key(code: &str) -> String {
    format!("login:{}", identity::derived("code key", &[code], 43))
}

fn minted_key(code: &str) -> String {
    format!("minted:{}", identity::derived("code key", &[code], 43))
}

fn session_key_of(openid: &str) -> String {
    format!("session:{openid}")
}

fn activity_key(openid: &str) -> String {
    format!("active:{openid}")
}
