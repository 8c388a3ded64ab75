//! The settings of one process: embedded defaults, then the profile's defaults, then an optional
//! file, then the environment. An unknown key is refused, so that a misspelt one is noticed.

use std::net::SocketAddr;

use serde::Deserialize;

mod load;
mod secret;
mod validate;

pub use load::{ConfigError, Effective, load};
pub use secret::Secret;

/// Which of the two ways to run: with everything built in and public, or for real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    Sandbox,
    Production,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub profile: Profile,
    pub http: Http,
    pub database: Database,
    pub kv: Kv,
    pub storage: Storage,
    pub auth: Auth,
    pub crypto: Crypto,
    pub wechat: Wechat,
    pub appointments: Appointments,
    pub worker: Worker,
    pub limits: Limits,
    pub log: Log,
    pub sandbox: Sandbox,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub listen: SocketAddr,
    pub workers: usize,
    pub max_body_bytes: usize,
    pub request_timeout_ms: u64,
    pub head_timeout_ms: u64,
    pub keep_alive_secs: u64,
    pub max_connections: usize,
    pub drain_secs: u64,
    pub shutdown_secs: u64,
    pub cors_origins: Vec<String>,
    pub trusted_proxies: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// May hold a password, hence a secret.
    pub url: Secret,
    pub max_connections: u32,
    pub acquire_timeout_ms: u64,
    pub statement_timeout_ms: u64,
    pub migrate_on_start: bool,
    pub replicas: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kv {
    pub url: Secret,
    pub prefix: String,
    pub timeout_ms: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    pub root: String,
    pub s3: S3,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    pub bucket: String,
    pub endpoint: String,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: Secret,
    pub prefix: String,
}

/// A named key; the name travels with what it signed or encrypted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub id: String,
    pub secret: Secret,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    pub issuer: String,
    pub access_token_secs: u32,
    pub refresh_token_secs: u32,
    pub staff_refresh_token_secs: u32,
    pub token_keys: Vec<Key>,
    pub lockout_attempts: i32,
    pub lockout_secs: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crypto {
    pub field_keys: Vec<Key>,
    pub index_key: Secret,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wechat {
    pub base_url: String,
    pub appid: String,
    pub secret: Secret,
    pub connect_timeout_ms: u64,
    pub request_timeout_ms: u64,
    pub templates: WechatTemplates,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WechatTemplates {
    pub booking_confirmed: String,
    pub booking_rejected: String,
    pub booking_expired: String,
    pub complaint_accepted: String,
    pub complaint_not_accepted: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appointments {
    pub confirm_within_secs: u32,
    pub cutoff_secs: u32,
    pub horizon_days: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    pub concurrency: usize,
    pub poll_ms: u64,
    pub lease_secs: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub address_writes_per_minute: u32,
    pub account_writes_per_minute: u32,
    pub logins_per_address_per_minute: u32,
    pub staff_logins_per_address_per_minute: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub filter: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sandbox {
    pub demo: bool,
}

impl Config {
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.profile == Profile::Sandbox
    }
}
