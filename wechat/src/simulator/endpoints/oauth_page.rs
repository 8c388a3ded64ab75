//! The page that WeChat's browser is sent to (protocol 3.16, 7.5). The platform knows who holds the
//! telephone; here `user` in the query says it, and without it a form asks.

use reqwest::Url;

use super::oauth;
use crate::client::official::OauthScope;
use crate::simulator::accounts::{AccountKind, SimAccount};
use crate::simulator::reply::Refused;
use crate::simulator::world::{Call, World};

/// The order that the platform insists on.
const ORDER: [&str; 5] = ["appid", "redirect_uri", "response_type", "scope", "state"];

/// What the browser gets.
pub(in crate::simulator) enum Page {
    /// Back to the page that asked.
    Redirect(String),
    /// Something to read or fill in.
    Html(String),
}

/// `GET /connect/oauth2/authorize`; `query` is the query as it was written.
pub(in crate::simulator) async fn authorize(
    world: &World,
    call: &Call,
    query: &str,
) -> Result<Page, Refused> {
    let appid = call.query("appid", 10012)?;
    let redirect_uri = call.query("redirect_uri", 10011)?;
    let scope = match call.query("scope", 10010)? {
        "snsapi_base" => OauthScope::Base,
        "snsapi_userinfo" => OauthScope::UserInfo,
        _ => return Err(Refused::new(10005)),
    };
    let state = call.query("state", 10013)?;
    let names = query.split('&').filter_map(|pair| pair.split('=').next());
    if call.query("response_type", 10010)? != "code" || !names.take(5).eq(ORDER) {
        return Err(Refused::because(10010, "parameters are not as documented"));
    }
    let account = world.account(appid).filter(|account| account.kind == AccountKind::Service);
    let account = account.ok_or(Refused::new(10015))?;
    let mut back = Url::parse(redirect_uri).ok().ok_or(Refused::new(10003))?;
    if !is_registered(account, &back) {
        return Err(Refused::new(10003));
    }
    let Some(user) = call.query.get("user").filter(|user| !user.is_empty()) else {
        return Ok(Page::Html(form(call)));
    };
    let is_snapshot = call.query.get("snapshot").is_some_and(|value| value == "1");
    let code = oauth::mint(world, account, user, scope, is_snapshot).await?;
    back.query_pairs_mut().append_pair("code", &code).append_pair("state", state);
    Ok(Page::Redirect(back.into()))
}

fn is_registered(account: &SimAccount, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let hosts = &account.redirect_hosts;
    !host.is_empty() && (hosts.is_empty() || hosts.iter().any(|known| known == host))
}

fn form(call: &Call) -> String {
    let hidden: String = ORDER
        .iter()
        .map(|name| {
            let value = call.query.get(*name).map(|value| escaped(value)).unwrap_or_default();
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
        })
        .collect();
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>微信授权（模拟）</title>\
         <form method=\"get\">{hidden}\
         <label>谁在使用微信：<input name=\"user\" required></label> \
         <label><input type=\"checkbox\" name=\"snapshot\" value=\"1\">快照页</label> \
         <button>同意</button></form>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
