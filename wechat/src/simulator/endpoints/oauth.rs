//! Web authorisation: codes and user tokens (protocol 3.16, 7.5).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::CODE_LIFE;
use crate::client::StoreError;
use crate::client::official::OauthScope;
use crate::random;
use crate::simulator::accounts::{AccountKind, SimAccount};
use crate::simulator::identity;
use crate::simulator::reply::{Refused, Reply, ok};
use crate::simulator::world::{Call, World};

/// Life of a user token in seconds.
const TOKEN_LIFE: i64 = 7200;
const REFRESH_LIFE: Duration = Duration::from_secs(30 * 86_400);
/// How long a dead code or token is remembered, to be told from one that never was.
const AFTERLIFE: Duration = Duration::from_secs(3600);

/// Who agreed to what.
#[derive(Clone, Serialize, Deserialize)]
struct Consent {
    appid: String,
    openid: String,
    unionid: Option<String>,
    scope: String,
    is_snapshot: bool,
    /// Of the code or token that carries it.
    expires_at: i64,
}

/// A new authorisation code for `user`, as the page gives it.
pub(in crate::simulator) async fn mint(
    world: &World,
    account: &SimAccount,
    user: &str,
    scope: OauthScope,
    is_snapshot: bool,
) -> Result<String, StoreError> {
    let code = format!("1{}", random::text::<23>());
    // What a snapshot shows is made up and differs each time.
    let shown = if is_snapshot { format!("snapshot {code}") } else { user.to_owned() };
    let consent = Consent {
        appid: account.appid.clone(),
        openid: identity::openid(&account.appid, &shown),
        unionid: account.is_bound.then(|| identity::unionid(&shown)),
        scope: scope.as_str().to_owned(),
        is_snapshot,
        expires_at: world.clock.now() + life(CODE_LIFE),
    };
    let keep = Some(CODE_LIFE + AFTERLIFE);
    // The marker first: whoever can see the code can also see that it existed.
    world.store.put(&key("minted", &code), "1", keep).await?;
    put(world, "code", &code, &consent, keep).await?;
    Ok(code)
}

/// `GET /sns/oauth2/access_token`
pub(in crate::simulator) async fn access_token(world: &World, call: &Call) -> Reply {
    call.must_be_get()?;
    let (appid, secret) = (call.query("appid", 41002)?, call.query("secret", 41004)?);
    let code = call.query("code", 41008)?;
    if call.query("grant_type", 40002)? != "authorization_code" {
        return Err(Refused::new(40002));
    }
    let account = service(world, appid)?;
    if account.secret != secret.into() {
        return Err(Refused::new(40125));
    }
    if get(world, "code", code).await?.is_some_and(|consent| consent.appid != account.appid) {
        return Err(Refused::new(40029));
    }
    let Some(row) = world.store.take(&key("code", code)).await? else {
        let was_minted = world.store.get(&key("minted", code)).await?.is_some();
        return Err(Refused::new(if was_minted { 40163 } else { 40029 }));
    };
    let consent = read(&row).ok_or(Refused::new(-1))?;
    if call.now >= consent.expires_at {
        return Err(Refused::new(42003));
    }
    let refresh_token = format!("93_{}", random::text::<64>());
    put(world, "renewal", &refresh_token, &consent, Some(REFRESH_LIFE)).await?;
    grant(world, consent, &refresh_token, call.now).await
}

/// `GET /sns/oauth2/refresh_token`
pub(in crate::simulator) async fn refresh(world: &World, call: &Call) -> Reply {
    call.must_be_get()?;
    let account = service(world, call.query("appid", 41002)?)?;
    if call.query("grant_type", 40002)? != "refresh_token" {
        return Err(Refused::new(40002));
    }
    let token = call.query("refresh_token", 41003)?;
    let consent = get(world, "renewal", token).await?;
    let consent = consent.filter(|consent| consent.appid == account.appid);
    grant(world, consent.ok_or(Refused::new(40030))?, token, call.now).await
}

async fn grant(world: &World, consent: Consent, refresh_token: &str, now: i64) -> Reply {
    let token = format!("94_{}", random::text::<64>());
    let consent = Consent { expires_at: now + TOKEN_LIFE, ..consent };
    let keep = Duration::from_secs(7200) + AFTERLIFE;
    put(world, "user token", &token, &consent, Some(keep)).await?;
    let mut reply = json!({
        "access_token": token,
        "expires_in": TOKEN_LIFE,
        "refresh_token": refresh_token,
        "openid": consent.openid,
        "scope": consent.scope,
    });
    if let Some(object) = reply.as_object_mut() {
        let may_see_all = consent.scope == OauthScope::UserInfo.as_str();
        if let (Some(unionid), true) = (consent.unionid, may_see_all) {
            object.insert("unionid".to_owned(), unionid.into());
        }
        if consent.is_snapshot {
            object.insert("is_snapshotuser".to_owned(), 1.into());
        }
    }
    Ok(reply)
}

/// `GET /sns/userinfo`
pub(in crate::simulator) async fn userinfo(world: &World, call: &Call) -> Reply {
    let consent = authorised(world, call).await?;
    if consent.scope != OauthScope::UserInfo.as_str() {
        return Err(Refused::new(48001));
    }
    let mut reply = json!({
        "openid": consent.openid,
        "nickname": "微信用户",
        "sex": 0,
        "province": "",
        "city": "",
        "country": "",
        "headimgurl": "",
        "privilege": [],
    });
    if let (Some(unionid), Some(object)) = (consent.unionid, reply.as_object_mut()) {
        object.insert("unionid".to_owned(), unionid.into());
    }
    Ok(reply)
}

/// `GET /sns/auth`
pub(in crate::simulator) async fn check(world: &World, call: &Call) -> Reply {
    authorised(world, call).await.map(|_| ok())
}

/// What a user token speaks for.
async fn authorised(world: &World, call: &Call) -> Result<Consent, Refused> {
    call.must_be_get()?;
    let token = call.query("access_token", 41001)?;
    let consent = get(world, "user token", token).await?.ok_or(Refused::new(40001))?;
    if call.now >= consent.expires_at {
        return Err(Refused::new(42001));
    }
    if call.query("openid", 40003)? != consent.openid {
        return Err(Refused::new(40003));
    }
    Ok(consent)
}

fn service<'a>(world: &'a World, appid: &str) -> Result<&'a SimAccount, Refused> {
    let account = world.account(appid).filter(|account| account.kind == AccountKind::Service);
    account.ok_or(Refused::new(40013))
}

async fn put(
    world: &World,
    kind: &str,
    token: &str,
    consent: &Consent,
    keep: Option<Duration>,
) -> Result<(), StoreError> {
    let row = serde_json::to_string(consent)?;
    world.store.put(&key(kind, token), &row, keep).await
}

async fn get(world: &World, kind: &str, token: &str) -> Result<Option<Consent>, StoreError> {
    Ok(world.store.get(&key(kind, token)).await?.and_then(|row| read(&row)))
}

fn read(row: &str) -> Option<Consent> {
    serde_json::from_str(row).ok()
}

/// Whatever a caller sends as a token, the key stays short and ASCII.
fn key(kind: &str, token: &str) -> String {
    format!("oauth:{}", identity::derived("oauth key", &[kind, token], 43))
}

fn life(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
