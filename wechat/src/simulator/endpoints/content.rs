//! Text content check (protocol 2.8, 7.6).

use serde::Deserialize;
use serde_json::json;

use super::login::is_active;
use super::token::mini_program;
use crate::client::mini::{Suggest, TEXT_LIMIT};
use crate::simulator::identity;
use crate::simulator::reply::{Refused, Reply, trace_id};
use crate::simulator::world::{Call, World};

#[derive(Deserialize)]
struct Body {
    version: i64,
    openid: String,
    scene: i64,
    content: String,
    title: Option<String>,
    nickname: Option<String>,
    signature: Option<String>,
}

/// `POST /wxa/msg_sec_check`
pub(in crate::simulator) async fn check_text(world: &World, call: &Call) -> Reply {
    let account = mini_program(world, call).await?;
    let body: Body = call.json()?;
    if body.version != 2 {
        return Err(Refused::because(40097, "version must be 2"));
    }
    if !identity::is_openid_of(&account.appid, &body.openid) {
        return Err(Refused::new(40003));
    }
    if !(1..=4).contains(&body.scene) {
        return Err(Refused::new(40129));
    }
    if body.content.is_empty() || body.content.chars().count() > TEXT_LIMIT {
        return Err(Refused::because(47001, "content empty or too long"));
    }
    if !is_active(world, &body.openid, call.now).await? {
        return Err(Refused::new(61010));
    }
    let signature = body.signature.as_deref().filter(|_| body.scene == 1);
    let texts = [Some(&*body.content), body.title.as_deref(), body.nickname.as_deref(), signature];
    let texts: Vec<&str> = texts.into_iter().flatten().collect();
    let (suggest, label) = world.judge(&texts);
    let suggest = match suggest {
        Suggest::Pass => "pass",
        Suggest::Review => "review",
        Suggest::Risky => "risky",
    };
    let label = label.code();
    Ok(json!({
        "errcode": 0,
        "errmsg": "ok",
        "trace_id": trace_id(),
        "result": {"suggest": suggest, "label": label},
        "detail": [{
            "strategy": "content_model",
            "errcode": 0,
            "suggest": suggest,
            "label": label,
            "prob": 90,
        }],
    }))
}
