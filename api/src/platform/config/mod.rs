//! The settings of one process: embedded defaults, then the profile's defaults, then an optional
//! file, then the environment. An unknown key is refused, so that a misspelt one is noticed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

mod appointments;
mod availability;
mod load;
mod readers;
mod samples;
mod secret;
mod site;
mod validate;

pub use appointments::{Appointments, Desk};
pub use availability::Availability;
pub use load::{ConfigError, Effective, load};
pub use readers::{Questions, Readers};
pub use samples::Samples;
pub use secret::Secret;
pub use site::Site;

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
    pub site: Site,
    pub database: Database,
    pub kv: Kv,
    pub storage: Storage,
    pub media: Media,
    pub auth: Auth,
    pub crypto: Crypto,
    pub audit: Audit,
    pub wechat: Wechat,
    pub privacy: Privacy,
    pub appointments: Appointments,
    pub samples: Samples,
    pub desk: Desk,
    pub readers: Readers,
    pub questions: Questions,
    pub availability: Availability,
    pub worker: Worker,
    /// By name.
    pub limits: BTreeMap<String, LimitRule>,
    pub challenge: Challenge,
    pub text_review: TextReview,
    pub risk: Risk,
    pub log: Log,
    pub sandbox: Sandbox,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub listen: SocketAddr,
    pub public_url: String,
    pub workers: usize,
    pub max_body_bytes: usize,
    pub request_timeout_ms: u64,
    pub upload_timeout_ms: u64,
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

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    pub ticket_secs: u32,
    pub orphan_secs: u32,
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
    pub token_keys: Vec<Key>,
    pub staff_session_secs: u32,
    pub staff_idle_secs: u32,
    pub lockout_attempts: i32,
    pub lockout_secs: u32,
    pub lockout_address_failures: u32,
    pub lockout_address_secs: u32,
    pub password_max_age_days: u32,
    pub password_history: u32,
    pub second_factor: SecondFactor,
    pub wechat_replaces_code: bool,
}

/// Whether staff may work without a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    Optional,
    Required,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crypto {
    pub field_keys: Vec<FieldKey>,
    pub index_keys: Vec<Key>,
    pub audit_keys: Vec<Key>,
}

/// How a field key encrypts. One id is one secret under one algorithm, for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum FieldAlgorithm {
    #[default]
    #[serde(rename = "aes-256-gcm")]
    Aes256Gcm,
    /// GB/T 32907 in the mode of RFC 8998.
    #[serde(rename = "sm4-gcm")]
    Sm4Gcm,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldKey {
    pub id: String,
    pub secret: Secret,
    #[serde(default)]
    pub algorithm: FieldAlgorithm,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    pub retention_days: u32,
    pub export_expires_secs: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wechat {
    pub base_url: String,
    pub appid: String,
    pub secret: Secret,
    pub connect_timeout_ms: u64,
    pub request_timeout_ms: u64,
    pub official: WechatOfficial,
    pub templates: WechatTemplates,
}

/// The service account through which H5 pages log in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WechatOfficial {
    pub appid: String,
    pub secret: Secret,
    pub authorize_url: String,
    pub callback_url: String,
}

impl WechatOfficial {
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.appid.is_empty()
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WechatTemplates {
    pub booking_confirmed: String,
    pub booking_rejected: String,
    pub booking_expired: String,
    pub booking_cancelled: String,
    pub booking_voided: String,
    pub booking_place_changed: String,
    pub booking_no_show: String,
    pub booking_offered: String,
    pub lottery_result: String,
    pub booking_reminder: String,
    pub booking_result: String,
    pub complaint_accepted: String,
    pub complaint_not_accepted: String,
    pub export_ready: String,
    pub account_closing: String,
    pub correction_accepted: String,
    pub correction_refused: String,
    pub bulletin: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    pub controller: String,
    pub contact: String,
    pub children_officer: String,
    pub export_link_secs: u32,
    pub export_ticket_secs: u32,
    pub exports_per_day: u32,
    pub cooling_off_days: u32,
    pub complaint_file_days: u32,
    pub guardian_consent_days: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    pub concurrency: usize,
    pub poll_ms: u64,
    pub lease_secs: u32,
}

/// One rule of `[limits]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitRule {
    /// What is counted apart; several together are one key.
    pub by: Vec<LimitBy>,
    pub class: Option<OperationClass>,
    #[serde(default)]
    pub operations: Vec<String>,
    /// 0 is no limit.
    pub most: u32,
    pub within: Window,
    /// How many at once after a rest; `most` when absent.
    pub burst: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitBy {
    Address,
    Account,
    Phone,
    Operation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationClass {
    Read,
    Write,
    /// Writes that anybody may make.
    Anonymous,
    Login,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    Minute,
    Hour,
    Day,
}

impl Window {
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_secs(match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        })
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    pub mode: ChallengeMode,
    /// Leading zero bits.
    pub difficulty: u8,
    pub lifetime_secs: u32,
    pub failures: u32,
    pub window_secs: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeMode {
    Off,
    Adaptive,
    Always,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextReview {
    pub ask_wechat: bool,
    pub sample_per_mille: u32,
    /// Path of a file of words, or empty.
    pub lexicon: String,
    pub claim_secs: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    pub ask_wechat: bool,
    pub keep_days: u32,
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
