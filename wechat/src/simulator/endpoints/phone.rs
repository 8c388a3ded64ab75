//! Phone numbers (protocol 2.3, 7.4).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::CODE_LIFE;
use super::token::mini_program;
use crate::client::StoreError;
use crate::random;
use crate::simulator::accounts::SimAccount;
use crate::simulator::identity;
use crate::simulator::reply::{Refused, Reply};
use crate::simulator::world::{Call, World};

#[derive(Serialize, Deserialize)]
struct Consent {
    appid: String,
    openid: String,
    country_code: String,
    number: String,
}

#[derive(Deserialize)]
struct Body {
    code: String,
    openid: Option<String>,
}

/// A new phone code: `phone` is a mainland number, or `+<area code>-<number>`.
pub(in crate::simulator) async fn mint(
    world: &World,
    account: &SimAccount,
    user: &str,
    phone: &str,
) -> Result<String, StoreError> {
    let code = random::text::<32>();
    let foreign = phone.strip_prefix('+').and_then(|rest| rest.split_once('-'));
    let (country_code, number) = foreign.unwrap_or(("86", phone));
    let consent = Consent {
        appid: account.appid.clone(),
        openid: identity::openid(&account.appid, user),
        country_code: country_code.to_owned(),
        number: number.to_owned(),
    };
    let row = serde_json::to_string(&consent)?;
    world.store.put(&key(&code), &row, Some(CODE_LIFE)).await?;
    Ok(code)
}

/// `POST /wxa/business/getuserphonenumber`
pub(in crate::simulator) async fn phone_number(world: &World, call: &Call) -> Reply {
    let account = mini_program(world, call).await?;
    let body: Body = call.json()?;
    let invalid = || Refused::new(40029);
    let read = |row: String| serde_json::from_str::<Consent>(&row).ok();
    let consent = world.store.get(&key(&body.code)).await?.and_then(read).ok_or_else(invalid)?;
    if consent.appid != account.appid {
        return Err(Refused::new(40013));
    }
    if body.openid.is_some_and(|openid| openid != consent.openid) {
        return Err(invalid());
    }
    let consent = world.store.take(&key(&body.code)).await?.and_then(read).ok_or_else(invalid)?;
    let is_mainland = consent.country_code == "86";
    let shown = if is_mainland { "" } else { consent.country_code.as_str() };
    Ok(json!({
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": format!("{shown}{}", consent.number),
            "purePhoneNumber": consent.number,
            "countryCode": consent.country_code,
            "watermark": {"timestamp": call.now, "appid": account.appid},
        },
    }))
}

fn key(code: &str) -> String {
    format!("phone:{}", identity::derived("code key", &[code], 43))
}
