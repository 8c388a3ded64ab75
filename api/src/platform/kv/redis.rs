//! The purposes of [`Kv`](super::Kv) on Redis, one round trip each.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands as _, Client, RedisError, Script};
use tokio::sync::OnceCell;

use super::Verdict;
use crate::platform::config;

/// The generic cell rate algorithm: one value per key, the theoretical arrival time of the next
/// request in microseconds. Allows a burst of the whole minute, as governor does in the process.
/// Replies with the microseconds to wait, 0 when allowed.
const LIMIT: &str = r"
local now = tonumber(ARGV[1])
local interval = tonumber(ARGV[2])
local burst = tonumber(ARGV[3])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local next_arrival = arrival + interval
local wait = next_arrival - burst - now
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', next_arrival), 'PX', math.ceil((next_arrival - now) / 1000) + 1000)
return 0
";

const MICROS_PER_MINUTE: i64 = 60_000_000;

#[derive(Debug, thiserror::Error)]
pub enum KvError {
    #[error("redis: {0}")]
    Redis(#[from] RedisError),
    #[error("redis: no answer in time")]
    Timeout,
}

pub struct RedisKv {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    prefix: String,
    timeout: Duration,
    limit: Script,
}

impl fmt::Debug for RedisKv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisKv")
    }
}

impl RedisKv {
    /// Does not connect yet: the service starts without Redis and works, only less shared.
    ///
    /// # Errors
    /// The address cannot be parsed.
    pub fn open(settings: &config::Kv) -> Result<Self, KvError> {
        Ok(Self {
            client: Client::open(settings.url.expose())?,
            connection: OnceCell::new(),
            prefix: settings.prefix.clone(),
            timeout: Duration::from_millis(settings.timeout_ms),
            limit: Script::new(LIMIT),
        })
    }

    async fn connection(&self) -> Result<ConnectionManager, KvError> {
        let connect = || async {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(self.timeout))
                .set_response_timeout(Some(self.timeout))
                .set_number_of_retries(0);
            self.client.get_connection_manager_with_config(config).await
        };
        Ok(self.connection.get_or_try_init(connect).await?.clone())
    }

    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(ConnectionManager) -> Result<T, RedisError>,
    ) -> Result<T, KvError> {
        let whole = async { Ok(work(self.connection().await?).await?) };
        within(self.timeout, whole).await
    }

    fn key(&self, purpose: &str, key: &str) -> String {
        format!("{}:{purpose}:{key}", self.prefix)
    }

    pub(super) async fn limit(
        &self,
        rule: &str,
        key: &str,
        per_minute: u32,
        now: DateTime<Utc>,
    ) -> Result<Verdict, KvError> {
        let key = self.key(rule, key);
        let interval = MICROS_PER_MINUTE / i64::from(per_minute.max(1));
        let wait: i64 = self
            .run(async |mut connection| {
                self.limit
                    .key(key)
                    .arg(now.timestamp_micros())
                    .arg(interval)
                    .arg(interval * i64::from(per_minute))
                    .invoke_async(&mut connection)
                    .await
            })
            .await?;
        Ok(match u64::try_from(wait) {
            Ok(micros) if micros > 0 => Verdict::Wait(Duration::from_micros(micros)),
            _ => Verdict::Allowed,
        })
    }

    pub(super) async fn put_ticket(
        &self,
        key: &str,
        value: &str,
        keep: Duration,
    ) -> Result<(), KvError> {
        let key = self.key("ticket", key);
        let keep_ms = u64::try_from(keep.as_millis()).unwrap_or(u64::MAX).max(1);
        self.run(async |mut connection| connection.pset_ex(key, value, keep_ms).await).await
    }

    pub(super) async fn ticket(&self, key: &str) -> Result<Option<String>, KvError> {
        let key = self.key("ticket", key);
        self.run(async |mut connection| connection.get(key).await).await
    }

    pub(super) async fn take_ticket(&self, key: &str) -> Result<Option<String>, KvError> {
        let key = self.key("ticket", key);
        self.run(async |mut connection| connection.get_del(key).await).await
    }

    pub(super) async fn ping(&self) -> Result<(), KvError> {
        self.run(async |mut connection| redis::cmd("PING").query_async(&mut connection).await).await
    }
}

/// The manager's own time-outs cover a connection that is there; this covers making one.
async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, KvError>>,
) -> Result<T, KvError> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(KvError::Timeout))
}
