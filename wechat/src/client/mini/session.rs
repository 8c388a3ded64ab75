//! Is a session key still the user's current one? (Tencent: `checkSessionKey`; protocol 2.2)

use serde::Deserialize;

use crate::client::error::WechatError;
use crate::client::retry::Repeat;
use crate::client::transport::Call;
use crate::client::{Client, paths};
use crate::secret::{OpenId, SessionKey};
use crate::session_data::session_signature;

/// What the platform says about a session key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// The key is the user's current one.
    Current,
    /// There is a newer key (87009) or none at all (87007): the user must log in again.
    Stale,
}

#[derive(Deserialize)]
struct Reply {}

impl Client {
    /// Asks whether `session_key` is the current key of `openid`.
    ///
    /// # Errors
    /// Codes other than the two that mean "stale", and transport failures.
    pub async fn check_session(
        &self,
        openid: &OpenId,
        session_key: &SessionKey,
    ) -> Result<SessionState, WechatError> {
        let signature = session_signature(session_key);
        let call = Call::get(
            paths::CHECK_SESSION,
            vec![
                ("openid", openid.as_str()),
                ("signature", &signature),
                ("sig_method", "hmac_sha256"),
            ],
        );
        match self.send::<Reply>(&call, Repeat::Idempotent).await {
            Ok(Reply {}) => Ok(SessionState::Current),
            Err(error) if matches!(error.errcode(), Some(87007 | 87009)) => Ok(SessionState::Stale),
            Err(error) => Err(error),
        }
    }
}
