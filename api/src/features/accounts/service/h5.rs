use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::login_session::LoginDoor;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wechat::client::official::{OauthGrant, OauthScope};

use super::enter::{Arrival, enter};
use crate::app::App;
use crate::features::accounts::dto::{AuthorizeH5, H5LoginView, H5Scope, LoginWithWechatH5};
use crate::features::accounts::model::{is_local_path, is_secure, wechat_refusal};
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, Device, ErrorCode, FieldError};

/// How long a person may think about WeChat's question.
const PATIENCE: Duration = Duration::from_secs(600);

/// Where the browser goes, and what it keeps until it comes back.
#[derive(Debug)]
pub struct H5Start {
    pub location: String,
    /// Secret of this browser, for a cookie.
    pub binding: String,
    pub is_secure: bool,
    pub keep: Duration,
}

/// What we remember of a browser that is on its way to WeChat, under a hash of its `state`.
#[derive(Serialize, Deserialize)]
struct Pending {
    /// Hash of the browser's secret.
    binding: String,
    return_to: String,
    /// By our own clock; the Kv's is only for tidying up.
    expires_at: DateTime<Utc>,
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn ticket(state: &str) -> String {
    format!("h5-login:{}", hash(state))
}

fn official(app: &App) -> AppResult<&wechat::Client> {
    app.official.as_ref().ok_or_else(|| AppError::new(ErrorCode::H5LoginUnavailable))
}

/// Whether the cookie of a log-in is kept to https.
#[must_use]
pub fn is_h5_secure(app: &App) -> bool {
    is_secure(&app.config.wechat.official.callback_url)
}

/// Sends a browser to WeChat; `limits.h5_authorizations` says how often. The `state` goes with it, a second secret stays in it: who got a
/// stranger's link back cannot log in with it (RFC 9700, section 4.7).
pub async fn authorize_h5_login(ctx: &Ctx<perm::Public>, query: AuthorizeH5) -> AppResult<H5Start> {
    let official = official(&ctx.app)?;
    let return_to = query.return_to.unwrap_or_else(|| "/".to_owned());
    if !is_local_path(&return_to) {
        let message = "应为本站内的路径";
        return Err(FieldError::new("return_to", "invalid_format", message).into());
    }
    let scope = match query.scope.unwrap_or(H5Scope::Base) {
        H5Scope::Base => OauthScope::Base,
        H5Scope::Userinfo => OauthScope::UserInfo,
    };
    // Letters and digits only, which is all that WeChat carries.
    let mut state = [0; 32];
    ctx.app.ids.fill(&mut state);
    let (state, binding) = (hex::encode(state), ctx.app.ids.token());
    let callback = &ctx.app.config.wechat.official.callback_url;
    let location = official.authorize_url(callback, scope, &state).map_err(AppError::internal)?;
    let pending = Pending { binding: hash(&binding), return_to, expires_at: ctx.now + PATIENCE };
    let pending = serde_json::to_string(&pending).map_err(AppError::internal)?;
    ctx.app.kv.put_ticket(&ticket(&state), &pending, PATIENCE).await;
    Ok(H5Start { location, binding, is_secure: is_h5_secure(&ctx.app), keep: PATIENCE })
}

/// Logs in with what WeChat gave the browser. A `state` is good for one try, whatever comes of it,
/// so a form sent twice logs in once; the second answer is `login_state_invalid` and the page starts
/// again, silently for `snsapi_base`.
pub async fn login_with_wechat_h5(
    ctx: &Ctx<perm::Public>,
    device: Device,
    binding: Option<&str>,
    input: LoginWithWechatH5,
) -> AppResult<H5LoginView> {
    let official = official(&ctx.app)?;
    if let Some(consents) = &input.consents {
        consents.check(&ctx.app.notices, false)?;
    }
    let invalid = || AppError::new(ErrorCode::LoginStateInvalid);
    let binding = binding.ok_or_else(invalid)?;
    let pending = ctx.app.kv.take_ticket(&ticket(&input.state)).await.ok_or_else(invalid)?;
    let pending: Pending = serde_json::from_str(&pending).map_err(AppError::internal)?;
    if pending.binding != hash(binding) || pending.expires_at <= ctx.now {
        return Err(invalid());
    }
    let grant = official.oauth_access_token(&input.code).await.map_err(wechat_refusal)?;
    if grant.is_snapshot {
        // What WeChat tells of a snapshot is made up (protocol 3.16).
        return Err(ErrorCode::SnapshotUser.into());
    }
    let unionid = unionid(official, &grant).await;
    let arrival = Arrival {
        door: LoginDoor::H5,
        device,
        appid: official.appid().to_owned(),
        openid: grant.openid.into_string(),
        unionid,
        session_key: None,
        consents: input.consents,
    };
    let login = enter(ctx, &arrival).await?;
    Ok(H5LoginView { login, return_to: pending.return_to })
}

/// The unionid of somebody who agreed to show it; WeChat does not always send it with the token.
/// Without it the log-in goes on, and a later one joins.
async fn unionid(official: &wechat::Client, grant: &OauthGrant) -> Option<String> {
    if grant.unionid.is_some() || !grant.allows(OauthScope::UserInfo) {
        return grant.unionid.clone().map(wechat::UnionId::into_string);
    }
    match official.oauth_userinfo(&grant.access_token, &grant.openid).await {
        Ok(user) => user.unionid.map(wechat::UnionId::into_string),
        Err(error) => {
            tracing::warn!(?error, "WeChat does not say who the person is across apps");
            None
        }
    }
}
