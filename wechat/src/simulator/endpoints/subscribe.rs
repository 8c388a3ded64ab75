//! Subscribe messages (protocol 2.7, 7.6).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::token::mini_program;
use crate::client::StoreError;
use crate::client::mini::template_value;
use crate::random;
use crate::simulator::identity;
use crate::simulator::reply::{Refused, Reply};
use crate::simulator::world::{Call, World};

/// Grants of one user and template that can be open at once.
const SLOTS: u32 = 64;

#[derive(Deserialize)]
struct Body {
    touser: String,
    template_id: String,
    data: BTreeMap<String, Value>,
    miniprogram_state: Option<String>,
    lang: Option<String>,
}

#[derive(Deserialize)]
struct Value {
    value: String,
}

/// `POST /cgi-bin/message/subscribe/send`
pub(in crate::simulator) async fn send(world: &World, call: &Call) -> Reply {
    let account = mini_program(world, call).await?;
    let body: Body = call.json()?;
    if !identity::is_openid_of(&account.appid, &body.touser) {
        return Err(Refused::new(40003));
    }
    let keys = world.template_keys(&body.template_id).ok_or(Refused::new(40037))?;
    check_choice("miniprogram_state", &body.miniprogram_state, &["developer", "trial", "formal"])?;
    check_choice("lang", &body.lang, &["zh_CN", "en_US", "zh_HK", "zh_TW"])?;
    check_data(&keys, &body.data)?;
    if !take_grant(world, &body.touser, &body.template_id).await? {
        return Err(Refused::new(43101));
    }
    // Beyond 2^53, as on the platform.
    let msgid = (1_u64 << 62) | u64::from(u32::from_be_bytes(random::bytes()));
    Ok(json!({"errcode": 0, "errmsg": "ok", "msgid": msgid}))
}

fn check_choice(name: &str, value: &Option<String>, choices: &[&str]) -> Result<(), Refused> {
    match value {
        Some(value) if !choices.contains(&value.as_str()) => {
            Err(Refused::because(40097, format!("{name} invalid")))
        }
        _ => Ok(()),
    }
}

fn check_data(keys: &[String], data: &BTreeMap<String, Value>) -> Result<(), Refused> {
    let invalid = |key: &str, what: &str| {
        Refused::because(47003, format!("argument invalid! data.{key}.value {what}"))
    };
    if let Some(extra) = data.keys().find(|key| !keys.contains(key)) {
        return Err(invalid(extra, "is not a key of the template"));
    }
    for key in keys {
        let value = data.get(key).map(|value| value.value.as_str()).unwrap_or_default();
        if value.is_empty() {
            return Err(invalid(key, "is empty"));
        }
        if template_value::check(key, value).is_err() {
            return Err(invalid(key, "invalid"));
        }
    }
    Ok(())
}

/// Credits `count` grants. Each is a key of its own, so that of several senders exactly one takes
/// it.
pub(in crate::simulator) async fn grant(
    world: &World,
    openid: &str,
    template_id: &str,
    count: u32,
) -> Result<(), StoreError> {
    let _turn = world.grant_turn.lock().await;
    let mut left = count;
    for slot in 0..SLOTS {
        if left == 0 {
            break;
        }
        let key = slot_key(openid, template_id, slot);
        if world.store.get(&key).await?.is_none() {
            world.store.put(&key, "1", None).await?;
            left -= 1;
        }
    }
    Ok(())
}

async fn take_grant(world: &World, openid: &str, template_id: &str) -> Result<bool, StoreError> {
    for slot in 0..SLOTS {
        if world.store.take(&slot_key(openid, template_id, slot)).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn slot_key(openid: &str, template_id: &str, slot: u32) -> String {
    format!("grant:{openid}:{}:{slot}", identity::derived("template", &[template_id], 43))
}
