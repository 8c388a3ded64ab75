//! Hands out the token, and decides who asks the platform for the next one.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::flight::{Flight, Need};
use super::store::{StoreError, TokenStore};
use super::stored::{FORCED_GAP_SECONDS, StoredToken};
use crate::client::config::ClientConfig;
use crate::client::error::{ReplyFault, WechatError};
use crate::client::paths;
use crate::client::retry::jitter;
use crate::client::transport::{Call, Transport};
use crate::clock::Clock;
use crate::random;
use crate::secret::{AccessToken, AppSecret};

/// How long a process trusts its copy of the shared row (protocol 1.5, point 1).
const CACHE_SECONDS: i64 = 60;
/// How long to go on with a token that is due when replacing it failed.
const FAILED_REFRESH_PAUSE: i64 = 10;

/// Hands out the app's access token.
#[derive(Debug)]
pub(in crate::client) struct TokenKeeper {
    appid: String,
    secret: AppSecret,
    transport: Transport,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    /// Names this client in the store's lease.
    holder: String,
    /// Long enough for the two upstream calls of one refresh.
    lease_seconds: i64,
    poll: Duration,
    cache: RwLock<Option<Cached>>,
    flight: Flight,
}

#[derive(Debug, Clone)]
struct Cached {
    stored: StoredToken,
    read_at: i64,
}

#[derive(Deserialize)]
struct TokenReply {
    access_token: AccessToken,
    expires_in: i64,
}

impl TokenKeeper {
    pub(in crate::client) fn new(
        config: &ClientConfig,
        transport: Transport,
        store: Arc<dyn TokenStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let two_calls = config.request_timeout.saturating_mul(2).as_secs();
        Self {
            appid: config.appid.clone(),
            secret: config.secret.clone(),
            transport,
            store,
            clock,
            holder: random::text::<16>(),
            lease_seconds: i64::try_from(two_calls).unwrap_or(i64::MAX / 2).saturating_add(5),
            poll: config.token_poll,
            cache: RwLock::new(None),
            flight: Flight::default(),
        }
    }

    /// A token that works as far as we know.
    pub(in crate::client) async fn token(&self) -> Result<AccessToken, WechatError> {
        let now = self.clock.now();
        let cached = self.cached(now);
        match cached {
            Some(stored) if stored.is_fresh(now) => Ok(stored.token),
            Some(stored) if stored.is_alive(now) => Ok(self.refresh_alive(stored).await),
            _ => {
                let found = self.joined(Need::Fresh).await?;
                // Only a need for *another* token can come back empty-handed.
                found.ok_or(WechatError::TokenBusy)
            }
        }
    }

    /// A token other than `rejected`, which the platform refused; `None` when there is none to be
    /// had now.
    pub(in crate::client) async fn replace(
        &self,
        rejected: &AccessToken,
    ) -> Result<Option<AccessToken>, WechatError> {
        let need = Need::OtherThan(rejected.clone());
        if let Some(token) = self.met_by_cache(&need) {
            return Ok(Some(token));
        }
        let now = self.clock.now();
        if self.flight.is_hopeless(rejected, now) {
            return Ok(None);
        }
        let found = self.joined(need).await?;
        if found.is_none() {
            self.flight.give_up_on(rejected.clone(), now.saturating_add(FORCED_GAP_SECONDS));
        }
        Ok(found)
    }

    /// Replaces a token that is due but still works. One task does; the rest go on with the old one
    /// meanwhile, and so does everybody when replacing it fails.
    async fn refresh_alive(&self, stored: StoredToken) -> AccessToken {
        let Some(mut turn) = self.flight.try_turn() else {
            return stored.token;
        };
        let result = self.renew(&Need::Fresh).await;
        turn.finish(Need::Fresh, &result);
        let result = result.or_else(|error| self.keep_using(Some(stored.clone()), error));
        // A need for a fresh token is never met with nothing, but if it were, the old token still
        // works.
        result.ok().flatten().unwrap_or(stored.token)
    }

    /// A token that is due but alive outlasts a failed refresh; the platform is left alone for a
    /// while then.
    fn keep_using(
        &self,
        stored: Option<StoredToken>,
        error: WechatError,
    ) -> Result<Option<AccessToken>, WechatError> {
        let now = self.clock.now();
        let Some(stored) = stored.filter(|stored| stored.is_alive(now)) else {
            return Err(error);
        };
        let (errcode, rid) = (error.errcode(), error.rid());
        tracing::warn!(errcode, rid, "access token not refreshed, the current one goes on");
        let token = stored.token.clone();
        let refresh_at = now.saturating_add(FAILED_REFRESH_PAUSE);
        self.remember(StoredToken { refresh_at, ..stored }, now);
        Ok(Some(token))
    }

    /// Waits for this process's turn, then for the store's lease. Tasks that waited through a
    /// failed attempt for the same need share its failure instead of repeating it one after the
    /// other.
    async fn joined(&self, need: Need) -> Result<Option<AccessToken>, WechatError> {
        let (mut turn, shared) = self.flight.turn(&need).await;
        if let Some(token) = self.met_by_cache(&need) {
            return Ok(Some(token));
        }
        if let Some(outcome) = shared {
            return outcome;
        }
        let result = self.renew(&need).await;
        turn.finish(need, &result);
        result
    }

    /// Under this process's turn: takes what another replica stored, or takes the lease and asks
    /// the platform.
    async fn renew(&self, need: &Need) -> Result<Option<AccessToken>, WechatError> {
        let patience = Duration::from_secs(u64::try_from(self.lease_seconds).unwrap_or(u64::MAX));
        let started = Instant::now();
        loop {
            let now = self.clock.now();
            let stored = self.load().await?;
            if let Some(token) = self.take(need, stored.as_ref(), now) {
                return Ok(Some(token));
            }
            let until = now.saturating_add(self.lease_seconds);
            let leased = self.store.try_lease(&self.appid, &self.holder, now, until).await;
            if leased.map_err(store_error)? {
                let outcome = self.renew_leased(need).await;
                if self.store.release(&self.appid, &self.holder).await.is_err() {
                    // The lease ends by itself; the outcome is good.
                    tracing::warn!("token lease not released");
                }
                match outcome {
                    Ok(Renewed::Token(token)) => return Ok(Some(token)),
                    Ok(Renewed::Nothing) => return Ok(None),
                    Ok(Renewed::LeaseLost) => {}
                    Err(error) if *need == Need::Fresh => return self.keep_using(stored, error),
                    Err(error) => return Err(error),
                }
            } else if let (Need::Fresh, Some(stored)) = (need, stored)
                && stored.is_alive(now)
            {
                return Ok(Some(stored.token));
            }
            if started.elapsed() >= patience {
                return Err(WechatError::TokenBusy);
            }
            sleep(jitter(self.poll)).await;
        }
    }

    /// Under the lease: protocol 1.6, steps 3 and 4.
    async fn renew_leased(&self, need: &Need) -> Result<Renewed, WechatError> {
        // Between our look and our lease another replica may have finished.
        let now = self.clock.now();
        let stored = self.load().await?;
        if let Some(token) = self.take(need, stored.as_ref(), now) {
            return Ok(Renewed::Token(token));
        }
        let next = self.fetch(stored.as_ref(), false).await?;
        if need.is_met_by(&next.token) {
            return self.keep(next).await;
        }
        // The platform calls the token valid and yet refuses it.
        let now = self.clock.now();
        if !next.may_force(now) {
            return Ok(Renewed::Nothing);
        }
        // On the books before the call: a replica that dies in between must not lose count.
        let booked = next.with_forced(now);
        let stored = self.store.store(&self.appid, &self.holder, booked.clone()).await;
        if !stored.map_err(store_error)? {
            return Ok(Renewed::LeaseLost);
        }
        let forced = self.fetch(Some(&booked), true).await?;
        if need.is_met_by(&forced.token) { self.keep(forced).await } else { Ok(Renewed::Nothing) }
    }

    async fn keep(&self, next: StoredToken) -> Result<Renewed, WechatError> {
        let stored = self.store.store(&self.appid, &self.holder, next.clone()).await;
        if !stored.map_err(store_error)? {
            return Ok(Renewed::LeaseLost);
        }
        let token = next.token.clone();
        self.remember(next, self.clock.now());
        Ok(Renewed::Token(token))
    }

    /// Asks the platform (protocol 1.2).
    async fn fetch(
        &self,
        stored: Option<&StoredToken>,
        force_refresh: bool,
    ) -> Result<StoredToken, WechatError> {
        // Read before the call, so that the token is never thought to live longer than it does.
        let now = self.clock.now();
        let body = json!({
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret.expose(),
            "force_refresh": force_refresh,
        });
        let call = Call::post(paths::STABLE_TOKEN, &body)?;
        let reply: Result<TokenReply, _> = self.transport.send(&call, None).await;
        let reply = reply.map_err(WechatError::escalated)?;
        if reply.expires_in <= 0 || reply.access_token.expose().is_empty() {
            let (path, reason) = (paths::STABLE_TOKEN, ReplyFault::Shape);
            return Err(WechatError::InvalidReply { path, reason });
        }
        Ok(match stored {
            Some(stored) => stored.followed_by(reply.access_token, reply.expires_in, now),
            None => StoredToken::first(reply.access_token, reply.expires_in, now),
        })
    }

    async fn load(&self) -> Result<Option<StoredToken>, WechatError> {
        self.store.load(&self.appid).await.map_err(store_error)
    }

    /// The stored token when it meets the need, remembered.
    fn take(&self, need: &Need, stored: Option<&StoredToken>, now: i64) -> Option<AccessToken> {
        let stored = stored.filter(|stored| need.accepts(stored, now))?;
        self.remember(stored.clone(), now);
        Some(stored.token.clone())
    }

    fn met_by_cache(&self, need: &Need) -> Option<AccessToken> {
        let now = self.clock.now();
        self.cached(now).filter(|stored| need.accepts(stored, now)).map(|stored| stored.token)
    }

    fn cached(&self, now: i64) -> Option<StoredToken> {
        let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
        cache
            .as_ref()
            // A clock set back makes the age negative: distrust the copy then, too.
            .filter(|cached| (0..CACHE_SECONDS).contains(&now.saturating_sub(cached.read_at)))
            .map(|cached| cached.stored.clone())
    }

    fn remember(&self, stored: StoredToken, read_at: i64) {
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        *cache = Some(Cached { stored, read_at });
    }
}

/// How an attempt under the lease ended.
enum Renewed {
    Token(AccessToken),
    /// The platform has no other token for us now.
    Nothing,
    /// We were too slow and another replica took over.
    LeaseLost,
}

fn store_error(source: StoreError) -> WechatError {
    WechatError::TokenStore { source: Arc::from(source) }
}
