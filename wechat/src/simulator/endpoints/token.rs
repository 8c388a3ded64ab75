//! Access tokens (protocol 1.1–1.3, 7.3).
//!
//! Every token stands in the store under its own key with its own end of life, so that a token
//! replaced by rotation goes on working until then. The `stable:` row only says which token is the
//! current one.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::StoreError;
use crate::random;
use crate::simulator::accounts::{AccountKind, SimAccount};
use crate::simulator::identity::derived;
use crate::simulator::reply::{Refused, Reply};
use crate::simulator::world::{Call, World};

/// Life of a token in seconds.
const LIFE: i64 = 7200;
/// Seconds before its end at which a stable token is replaced, and for which a replaced classic one
/// goes on.
const OVERLAP: i64 = 300;
/// Seconds for which a dead token is remembered, to be answered with 42001 instead of 40001.
const AFTERLIFE: i64 = 3600;
const FORCED_GAP: i64 = 30;
const FORCED_PER_DAY: u32 = 20;

#[derive(Serialize, Deserialize)]
struct Issued {
    appid: String,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct Current {
    token: String,
    expires_at: i64,
    /// The one before, which may still live.
    previous: Option<String>,
    sequence: u64,
    last_forced_at: Option<i64>,
    forced_on: i64,
    forced_count: u32,
}

#[derive(Deserialize)]
struct StableBody {
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    appid: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    force_refresh: bool,
}

/// The account a call's access token speaks for, which must be a mini-program.
pub(super) async fn mini_program<'a>(
    world: &'a World,
    call: &Call,
) -> Result<&'a SimAccount, Refused> {
    let token = call.query("access_token", 41001)?;
    let row = world.store.get(&token_key(token)).await?.ok_or(Refused::new(40001))?;
    let issued: Issued = serde_json::from_str(&row).ok().ok_or(Refused::new(-1))?;
    if call.now >= issued.expires_at {
        return Err(Refused::new(42001));
    }
    let account = world.account(&issued.appid).ok_or(Refused::new(40001))?;
    // Another account type's token is no token here (protocol 1.6, step 5).
    if account.kind == AccountKind::MiniProgram { Ok(account) } else { Err(Refused::new(40001)) }
}

/// `GET /cgi-bin/token`: every fetch replaces the token.
pub(in crate::simulator) async fn classic(world: &World, call: &Call) -> Reply {
    call.must_be_get()?;
    if call.query("grant_type", 40002)? != "client_credential" {
        return Err(Refused::new(40002));
    }
    let (appid, secret) = (call.query("appid", 41002)?, call.query("secret", 41004)?);
    let account = authenticated(world, appid, secret)?;
    let _turn = world.token_turn.lock().await;
    let key = format!("classic:{}", account.appid);
    if let Some(old) = world.store.get(&key).await? {
        issue(world, &old, account, call.now, OVERLAP).await?;
    }
    let token = format!("92_{}", random::text::<64>());
    issue(world, &token, account, call.now, LIFE).await?;
    world.store.put(&key, &token, Some(seconds(LIFE - OVERLAP))).await?;
    Ok(json!({"access_token": token, "expires_in": LIFE}))
}

/// `POST /cgi-bin/stable_token`: the same token again while it is valid, unless forced.
pub(in crate::simulator) async fn stable(world: &World, call: &Call) -> Reply {
    let body: StableBody = call.json()?;
    if body.grant_type != "client_credential" {
        return Err(Refused::new(40002));
    }
    if body.appid.is_empty() {
        return Err(Refused::new(41002));
    }
    if body.secret.is_empty() {
        return Err(Refused::new(41004));
    }
    let account = authenticated(world, &body.appid, &body.secret)?;
    let _turn = world.token_turn.lock().await;
    let current = load(world, &account.appid).await?;
    let next = if body.force_refresh {
        check_forced(current.as_ref(), call.now)?;
        Some(replace(world, account, current.as_ref(), call.now, true).await?)
    } else {
        let is_due = |c: &Current| call.now >= c.expires_at - OVERLAP;
        match &current {
            Some(current) if !is_due(current) => None,
            _ => Some(replace(world, account, current.as_ref(), call.now, false).await?),
        }
    };
    let current = next.or(current).ok_or(Refused::new(-1))?;
    let expires_in = current.expires_at - call.now;
    Ok(json!({"access_token": current.token, "expires_in": expires_in}))
}

/// Replaces the current stable token as if somebody else had forced a refresh.
pub(in crate::simulator) async fn invalidate(
    world: &World,
    account: &SimAccount,
) -> Result<(), Refused> {
    let _turn = world.token_turn.lock().await;
    let current = load(world, &account.appid).await?;
    replace(world, account, current.as_ref(), world.clock.now(), true).await.map(|_| ())
}

fn authenticated<'a>(
    world: &'a World,
    appid: &str,
    secret: &str,
) -> Result<&'a SimAccount, Refused> {
    let account = world.account(appid).ok_or(Refused::new(40013))?;
    if account.secret != secret.into() {
        return Err(Refused::new(40125));
    }
    if account.is_secret_frozen { Err(Refused::new(40243)) } else { Ok(account) }
}

fn check_forced(current: Option<&Current>, now: i64) -> Result<(), Refused> {
    let Some(current) = current else {
        return Ok(());
    };
    if current.last_forced_at.is_some_and(|at| now - at < FORCED_GAP) {
        return Err(Refused::new(45011));
    }
    if current.forced_on == platform_day(now) && current.forced_count >= FORCED_PER_DAY {
        return Err(Refused::new(45009));
    }
    Ok(())
}

async fn replace(
    world: &World,
    account: &SimAccount,
    current: Option<&Current>,
    now: i64,
    is_forced: bool,
) -> Result<Current, Refused> {
    let sequence = current.map_or(0, |current| current.sequence + 1);
    // Derived rather than drawn: two replicas that rotate in the same second still agree.
    let parts = [&account.appid, account.secret.expose(), &now.to_string(), &sequence.to_string()];
    let token =
        format!("92_{}{}", derived("stable 1", &parts, 43), derived("stable 2", &parts, 43));
    let mut next = Current {
        token,
        expires_at: now + LIFE,
        previous: current.map(|current| current.token.clone()),
        sequence,
        last_forced_at: current.and_then(|current| current.last_forced_at),
        forced_on: current.map_or(0, |current| current.forced_on),
        forced_count: current.map_or(0, |current| current.forced_count),
    };
    if is_forced {
        let today = platform_day(now);
        next.forced_count = if next.forced_on == today { next.forced_count + 1 } else { 1 };
        next.forced_on = today;
        next.last_forced_at = Some(now);
        for old in current.iter().flat_map(|c| [Some(&c.token), c.previous.as_ref()]).flatten() {
            world.store.take(&token_key(old)).await?;
        }
    }
    issue(world, &next.token, account, now, LIFE).await?;
    let row = serde_json::to_string(&next).map_err(StoreError::from)?;
    world.store.put(&stable_key(&account.appid), &row, None).await?;
    Ok(next)
}

async fn load(world: &World, appid: &str) -> Result<Option<Current>, Refused> {
    let row = world.store.get(&stable_key(appid)).await?;
    Ok(row.and_then(|row| serde_json::from_str(&row).ok()))
}

/// Makes `token` valid for `life` seconds from `now`.
async fn issue(
    world: &World,
    token: &str,
    account: &SimAccount,
    now: i64,
    life: i64,
) -> Result<(), Refused> {
    let issued = Issued { appid: account.appid.clone(), expires_at: now + life };
    let row = serde_json::to_string(&issued).map_err(StoreError::from)?;
    world.store.put(&token_key(token), &row, Some(seconds(life + AFTERLIFE))).await?;
    Ok(())
}

fn token_key(token: &str) -> String {
    // Whatever a caller sends as a token, the key stays short and ASCII.
    format!("token:{}", derived("token key", &[token], 43))
}

fn stable_key(appid: &str) -> String {
    format!("stable:{appid}")
}

fn seconds(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0))
}

/// Days since the epoch at UTC+8, where the platform's quotas restart.
fn platform_day(now: i64) -> i64 {
    (now + 8 * 3600).div_euclid(86_400)
}
