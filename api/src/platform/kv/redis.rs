//! The purposes of [`Kv`](super::Kv) on Redis, one round trip each.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands as _, Client, RedisError, Script};
use tokio::sync::OnceCell;

use super::Failures;
use super::limiter::{Quota, Verdict};
use crate::platform::config;

/// The generic cell rate algorithm: one value per key, the theoretical arrival time of the next
/// request in microseconds; governor does the same in the process.
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

/// Failures in a window that the first one begins. Replies with the microseconds to wait, 0 when the
/// failure was counted, and whether this is the first refusal.
const COUNT_FAILURE: &str = r"
local now = tonumber(ARGV[1])
local most = tonumber(ARGV[2])
local ends = tonumber(redis.call('HGET', KEYS[1], 'ends') or '0')
if ends <= now then
  ends = now + tonumber(ARGV[3])
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'ends', string.format('%.0f', ends), 'count', 0)
  redis.call('PEXPIRE', KEYS[1], math.ceil((ends - now) / 1000) + 1000)
end
if tonumber(redis.call('HGET', KEYS[1], 'count')) < most then
  redis.call('HINCRBY', KEYS[1], 'count', 1)
  return {0, 0}
end
return {ends - now, redis.call('HSETNX', KEYS[1], 'known_full', 1)}
";

const FORGIVE: &str = r"
if tonumber(redis.call('HGET', KEYS[1], 'count') or '0') > 0 then
  redis.call('HINCRBY', KEYS[1], 'count', -1)
end
return 0
";

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
    count_failure: Script,
    forgive: Script,
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
            count_failure: Script::new(COUNT_FAILURE),
            forgive: Script::new(FORGIVE),
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
        key: &str,
        quota: Quota,
        now: DateTime<Utc>,
    ) -> Result<Verdict, KvError> {
        let key = self.key("limit", key);
        let interval = i64::try_from(quota.interval.as_micros()).unwrap_or(i64::MAX).max(1);
        let wait: i64 = self
            .run(async |mut connection| {
                self.limit
                    .key(key)
                    .arg(now.timestamp_micros())
                    .arg(interval)
                    .arg(interval.saturating_mul(i64::from(quota.burst.max(1))))
                    .invoke_async(&mut connection)
                    .await
            })
            .await?;
        Ok(match u64::try_from(wait) {
            Ok(micros) if micros > 0 => Verdict::Wait(Duration::from_micros(micros)),
            _ => Verdict::Allowed,
        })
    }

    pub(super) async fn count_failure(
        &self,
        key: &str,
        most: u32,
        window: Duration,
        now: DateTime<Utc>,
    ) -> Result<Failures, KvError> {
        let key = self.key("failures", key);
        let window = i64::try_from(window.as_micros()).unwrap_or(i64::MAX);
        let (wait, is_news): (i64, bool) = self
            .run(async |mut connection| {
                self.count_failure
                    .key(key)
                    .arg(now.timestamp_micros())
                    .arg(most)
                    .arg(window)
                    .invoke_async(&mut connection)
                    .await
            })
            .await?;
        Ok(match u64::try_from(wait) {
            Ok(micros) if micros > 0 => {
                Failures::UsedUp { wait: Duration::from_micros(micros), is_news }
            }
            _ => Failures::Counted,
        })
    }

    pub(super) async fn forgive(&self, key: &str) -> Result<(), KvError> {
        let key = self.key("failures", key);
        self.run(async |mut connection| {
            self.forgive.key(key).invoke_async::<i64>(&mut connection).await.map(|_| ())
        })
        .await
    }

    pub(super) async fn put_ticket(
        &self,
        key: &str,
        value: &str,
        keep: Duration,
    ) -> Result<(), KvError> {
        let key = self.key("ticket", key);
        self.run(async |mut connection| connection.pset_ex(key, value, millis(keep)).await).await
    }

    pub(super) async fn claim_ticket(&self, key: &str, keep: Duration) -> Result<bool, KvError> {
        let key = self.key("ticket", key);
        let mut set = redis::cmd("SET");
        set.arg(key).arg("").arg("NX").arg("PX").arg(millis(keep));
        let done: Option<String> =
            self.run(async |mut connection| set.query_async(&mut connection).await).await?;
        Ok(done.is_some())
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

fn millis(keep: Duration) -> u64 {
    u64::try_from(keep.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// The manager's own time-outs cover a connection that is there; this covers making one.
async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, KvError>>,
) -> Result<T, KvError> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(KvError::Timeout))
}
