//! Typed client of the server API (protocol 0.3, 1, 2, 3.16).
//!
//! A [`Client`] speaks for one appid. Calls that need the app's access token get it from a keeper
//! shared by all clones and, through the [`TokenStore`], by all replicas. A token the platform
//! refuses is replaced once and the call repeated once; callers never see [`Reaction::Refresh`].

mod config;
mod errmsg;
mod error;
pub mod mini;
pub mod official;
pub mod paths;
mod reaction;
mod retry;
mod token;
mod transport;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use tokio::time::sleep;

use self::config::BaseUrl;
use self::retry::Repeat;
use self::token::TokenKeeper;
use self::transport::{Call, Transport};
use crate::clock::Clock;
use crate::secret::AccessToken;

pub use config::{ClientConfig, ConfigError};
pub use error::{ApiError, Detail, Refusal, ReplyFault, WechatError};
pub use reaction::{Reaction, Rule, rule};
pub use retry::RetryPolicy;
pub use token::{
    FORCED_GAP_SECONDS, FORCED_PER_DAY, MemoryTokenStore, StoreError, StoredToken, TokenStore,
};

/// A client of the server API for one appid. Cheap to clone; clones share connections and token.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: ClientConfig,
    transport: Transport,
    open_url: String,
    keeper: TokenKeeper,
}

impl Client {
    /// Builds a client. Makes no call.
    ///
    /// # Errors
    /// When the base URL is malformed or insecure, the appid is empty, or TLS cannot be set up.
    pub fn new(
        config: ClientConfig,
        store: Arc<dyn TokenStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        if config.appid.is_empty() {
            return Err(ConfigError::EmptyAppid);
        }
        let transport = Transport::new(&config)?;
        let open_url = BaseUrl::parse(&config.open_url)?.text;
        let keeper = TokenKeeper::new(&config, transport.clone(), store, clock);
        Ok(Self { inner: Arc::new(Inner { config, transport, open_url, keeper }) })
    }

    /// The appid this client speaks for.
    pub fn appid(&self) -> &str {
        &self.inner.config.appid
    }

    /// The current access token, fetched when there is none: for diagnosis (is the secret right, is
    /// our address allowed?) and for calls this library does not have.
    ///
    /// # Errors
    /// Whatever the token call answers (protocol 1.3), and failures of the token store.
    pub async fn access_token(&self) -> Result<AccessToken, WechatError> {
        self.inner.keeper.token().await
    }

    /// Makes a call that needs no access token, once.
    async fn send_plain<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, WechatError> {
        self.inner.transport.send(call, None).await.map_err(WechatError::escalated)
    }

    /// Makes a call with the access token, repeating it as `repeat` and the retry policy allow.
    async fn send<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        repeat: Repeat,
    ) -> Result<T, WechatError> {
        let policy = &self.inner.config.retry;
        let mut retry = 0;
        loop {
            let error = match self.send_with_token(call).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            if !repeat.allows(policy, &error, call.path(), retry) {
                return Err(error);
            }
            sleep(policy.delay(retry)).await;
            retry += 1;
        }
    }

    /// One attempt; a second one with another token when the first token was refused (protocol
    /// 1.6).
    async fn send_with_token<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
    ) -> Result<T, WechatError> {
        let Inner { transport, keeper, .. } = &*self.inner;
        let token = keeper.token().await?;
        let refused = match transport.send(call, Some(token.expose())).await {
            Err(error) if error.reaction() == Reaction::Refresh => error,
            result => return result,
        };
        match keeper.replace(&token).await? {
            Some(other) => {
                let result = transport.send(call, Some(other.expose())).await;
                result.map_err(WechatError::escalated)
            }
            None => Err(refused.escalated()),
        }
    }
}
