//! Risk rank (protocol 2.9).

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::json;

use super::login::is_active;
use super::token::mini_program;
use crate::simulator::identity;
use crate::simulator::reply::{Refused, Reply};
use crate::simulator::world::{Call, World};

#[derive(Deserialize)]
struct Body {
    appid: String,
    openid: String,
    scene: i64,
    client_ip: String,
}

/// `POST /wxa/getuserriskrank`
pub(in crate::simulator) async fn rank(world: &World, call: &Call) -> Reply {
    let account = mini_program(world, call).await?;
    let body: Body = call.json()?;
    if body.appid != account.appid {
        return Err(Refused::new(40013));
    }
    if !identity::is_openid_of(&account.appid, &body.openid) {
        return Err(Refused::new(40003));
    }
    if !(0..=2).contains(&body.scene) {
        return Err(Refused::new(40129));
    }
    if body.client_ip.parse::<IpAddr>().is_err() {
        return Err(Refused::because(47001, "client_ip is no address"));
    }
    if !is_active(world, &body.openid, call.now).await? {
        return Err(Refused::new(61010));
    }
    Ok(json!({
        "errcode": 0,
        "errmsg": "getuserriskrank succ",
        "risk_rank": world.risk_rank(&body.openid),
        // Misspelt by the platform.
        "unoin_id": 123_456,
    }))
}
