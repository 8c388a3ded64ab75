//! Login (Tencent: `code2Session`; protocol 2.1).

use serde::Deserialize;

use crate::client::error::{Refusal, WechatError};
use crate::client::transport::Call;
use crate::client::{Client, paths};
use crate::secret::{OpenId, SessionKey, UnionId};

/// Who a login code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Session {
    /// The user in this mini-program.
    pub openid: OpenId,
    /// Key of this user's session; must never leave the server.
    pub session_key: SessionKey,
    /// The person across apps, when the mini-program is bound to an Open Platform account.
    pub unionid: Option<UnionId>,
}

impl Client {
    /// Redeems a login code from `wx.login`. Codes live five minutes and work once.
    ///
    /// Never repeated by itself, because a call whose answer was lost may have used the code up: on
    /// [`Reaction::Retry`](crate::Reaction::Retry) the caller may try once more and then asks for a
    /// new code.
    ///
    /// # Errors
    /// 40029 and 40163 (code unusable) and 40226 (user blocked) with reaction `User`; configuration
    /// errors with `Alert`; transport failures.
    pub async fn code_to_session(&self, js_code: &str) -> Result<Session, WechatError> {
        if js_code.is_empty() {
            return Err(Refusal::Empty("js_code").into());
        }
        let config = &self.inner.config;
        let call = Call::get(
            paths::CODE_TO_SESSION,
            vec![
                ("appid", &config.appid),
                ("secret", config.secret.expose()),
                ("js_code", js_code),
                ("grant_type", "authorization_code"),
            ],
        );
        self.send_plain(&call).await
    }
}
