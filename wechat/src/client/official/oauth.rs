//! Web authorisation of a service account (OAuth2; protocol 3.16).

use std::fmt;

use reqwest::Url;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::client::error::{Refusal, WechatError};
use crate::client::transport::{Call, number};
use crate::client::{Client, paths};
use crate::secret::{OpenId, UnionId, UserRefreshToken, UserToken};

/// Most characters of a `state`.
const STATE_LIMIT: usize = 128;

/// What a page asks of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OauthScope {
    /// Silent: the openid alone.
    Base,
    /// Asks for consent: also the unionid and the profile.
    UserInfo,
}

impl OauthScope {
    /// As the platform writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "snsapi_base",
            Self::UserInfo => "snsapi_userinfo",
        }
    }
}

/// What an authorisation code, or a renewal, gave.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OauthGrant {
    /// For the user's own calls.
    pub access_token: UserToken,
    /// Life of the token in seconds.
    pub expires_in: i64,
    /// Renews the token for 30 days; the latest one counts.
    pub refresh_token: UserRefreshToken,
    /// The user in this account.
    pub openid: OpenId,
    /// What was granted, several scopes separated by commas.
    pub scope: String,
    /// The person across apps: documented for `snsapi_userinfo` of a bound account only.
    pub unionid: Option<UnionId>,
    /// The page was opened in snapshot mode: openid, unionid and profile are made up. Neither log
    /// in nor bind; ask the user to open the full service.
    #[serde(default, rename = "is_snapshotuser", deserialize_with = "flag")]
    pub is_snapshot: bool,
}

impl OauthGrant {
    /// Whether `scope` was granted.
    pub fn allows(&self, scope: OauthScope) -> bool {
        self.scope.split(',').any(|granted| granted.trim() == scope.as_str())
    }
}

/// 1 or 0, as a number or as text.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(number(&Value::deserialize(deserializer)?) == Some(1))
}

/// What a user agreed to show.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct OauthUser {
    /// The user in this account.
    pub openid: OpenId,
    /// The person across apps, when the account is bound.
    pub unionid: Option<UnionId>,
    /// Chosen by the user.
    #[serde(default)]
    pub nickname: String,
    /// Address of the picture; empty without one.
    #[serde(default, rename = "headimgurl")]
    pub picture_url: String,
}

impl fmt::Debug for OauthUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OauthUser(redacted)")
    }
}

#[derive(Deserialize)]
struct Checked {}

impl Client {
    /// Where to send WeChat's browser. It comes back to `redirect_uri`, whose host the account must
    /// have registered, with `code` and `state` in its query. `state` should be random and bound to
    /// that browser.
    ///
    /// # Errors
    /// [`Refusal::State`], and [`Refusal::Empty`] for the address.
    pub fn authorize_url(
        &self,
        redirect_uri: &str,
        scope: OauthScope,
        state: &str,
    ) -> Result<String, WechatError> {
        if redirect_uri.is_empty() {
            return Err(Refusal::Empty("redirect_uri").into());
        }
        let is_word = state.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if state.is_empty() || state.len() > STATE_LIMIT || !is_word {
            return Err(Refusal::State.into());
        }
        let page = format!("{}{}", self.inner.open_url, paths::OAUTH_AUTHORIZE);
        // Cannot fail: the host was parsed when the client was built.
        let mut url = Url::parse(&page).ok().ok_or(Refusal::Empty("open_url"))?;
        // The platform wants this order and this fragment.
        url.query_pairs_mut()
            .append_pair("appid", self.appid())
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", scope.as_str())
            .append_pair("state", state);
        url.set_fragment(Some("wechat_redirect"));
        Ok(url.into())
    }

    /// Redeems an authorisation code. Codes live five minutes and work once.
    ///
    /// Never repeated by itself, as [`code_to_session`](Self::code_to_session).
    ///
    /// # Errors
    /// 40029, 40163 and 42003 (code unusable: authorise again) with reaction `User`; configuration
    /// errors with `Alert`; transport failures.
    pub async fn oauth_access_token(&self, code: &str) -> Result<OauthGrant, WechatError> {
        if code.is_empty() {
            return Err(Refusal::Empty("code").into());
        }
        let config = &self.inner.config;
        let query = vec![
            ("appid", config.appid.as_str()),
            ("secret", config.secret.expose()),
            ("code", code),
            ("grant_type", "authorization_code"),
        ];
        self.send_plain(&Call::get(paths::OAUTH_TOKEN, query)).await
    }

    /// Renews a user token. Store the refresh token that comes back.
    ///
    /// # Errors
    /// 40030, 42002 and 42007 (authorise again) with reaction `User`; transport failures.
    pub async fn oauth_refresh(&self, token: &UserRefreshToken) -> Result<OauthGrant, WechatError> {
        let query = vec![
            ("appid", self.appid()),
            ("grant_type", "refresh_token"),
            ("refresh_token", token.expose()),
        ];
        self.send_plain(&Call::get(paths::OAUTH_REFRESH, query)).await
    }

    /// What the user agreed to show; needs [`OauthScope::UserInfo`].
    ///
    /// # Errors
    /// 48001 (scope not sufficient) and the token's own codes with reaction `User`; transport
    /// failures.
    pub async fn oauth_userinfo(
        &self,
        token: &UserToken,
        openid: &OpenId,
    ) -> Result<OauthUser, WechatError> {
        let query =
            vec![("access_token", token.expose()), ("openid", openid.as_str()), ("lang", "zh_CN")];
        self.send_plain(&Call::get(paths::OAUTH_USER, query)).await
    }

    /// Whether a user token is good for `openid`.
    ///
    /// # Errors
    /// Codes other than those that mean "no", and transport failures.
    pub async fn oauth_check(
        &self,
        token: &UserToken,
        openid: &OpenId,
    ) -> Result<bool, WechatError> {
        let query = vec![("access_token", token.expose()), ("openid", openid.as_str())];
        match self.send_plain::<Checked>(&Call::get(paths::OAUTH_CHECK, query)).await {
            Ok(Checked {}) => Ok(true),
            Err(error)
                if matches!(error.errcode(), Some(40001 | 40003 | 40014 | 42001 | 42007)) =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_snapshot_flag_is_a_number_or_a_text_or_absent() {
        let grant = |flag: &str| {
            let text = format!(
                r#"{{"access_token":"a","expires_in":7200,"refresh_token":"r","openid":"o",
                "scope":"snsapi_base,snsapi_userinfo"{flag}}}"#
            );
            serde_json::from_str::<OauthGrant>(&text).map(|grant| grant.is_snapshot).ok()
        };
        assert_eq!(grant(""), Some(false));
        assert_eq!(grant(r#","is_snapshotuser":0"#), Some(false));
        assert_eq!(grant(r#","is_snapshotuser":1"#), Some(true));
        assert_eq!(grant(r#","is_snapshotuser":"1""#), Some(true));
    }
}
