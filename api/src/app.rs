//! The one state of a process, and the place where it is put together.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use sea_orm::DbErr;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::platform::audit::AuditSigner;
use crate::platform::auth::{Passwords, PrincipalCache, TokenKeys};
use crate::platform::cache::PageCache;
use crate::platform::clock::{Clock, SystemClock, WechatClock};
use crate::platform::config::{self, Challenge, Config, Secret};
use crate::platform::consent::Notices;
use crate::platform::content::Content;
use crate::platform::crypto::{BlindIndex, FieldCipher};
use crate::platform::db::{self, Access, AuditActor, Db, Tx, TxOrigin};
use crate::platform::http::{AppError, AppResult, Metrics, UploadBudget};
use crate::platform::ids::Ids;
use crate::platform::kv::{Kv, Limiter, Quota};
use crate::platform::lexicon::Lexicon;
use crate::platform::lifecycle::Lifecycle;
use crate::platform::limits::Limits;
use crate::platform::shared::Shared;
use crate::platform::storage::Storage;
use crate::platform::wechat_store::{DatabaseTokenStore, KvSimulatorStore};
use crate::platform::workdays::Workdays;

/// A week of slots of a large province are some megabytes.
const SNAPSHOT_BYTES: u64 = 96 * 1024 * 1024;

/// Cheap to clone: one pointer.
#[derive(Clone, Debug)]
pub struct App(Arc<State>);

#[derive(Debug)]
pub struct State {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub ids: Ids,
    pub db: Db,
    /// Where is done what belongs to no request, or to many: beside the threads that serve.
    pub runtime: Handle,
    pub kv: Kv,
    pub limits: Limits,
    /// Failures by address, for the adaptive challenge.
    pub failures: Limiter,
    pub storage: Storage,
    pub content: Content,
    pub uploads: UploadBudget,
    pub cipher: FieldCipher,
    pub blind_index: BlindIndex,
    /// Signs the audit trail.
    pub audit: AuditSigner,
    pub tokens: TokenKeys,
    pub passwords: Passwords,
    pub principals: PrincipalCache,
    pub pages: PageCache,
    /// Files of availability, made anew at most every so many seconds.
    pub snapshots: PageCache,
    pub metrics: Metrics,
    pub workdays: Workdays,
    pub notices: Notices,
    pub lexicon: Lexicon,
    pub wechat: wechat::Client,
    /// The service account of the H5 pages, when there is one.
    pub official: Option<wechat::Client>,
    /// The built-in WeChat; in the sandbox only.
    pub simulator: Option<wechat::simulator::SimulatorHandle>,
    pub lifecycle: Lifecycle,
    pub trusted_proxies: Vec<IpNet>,
    /// What features keep.
    pub shared: Shared,
    /// Wakes the worker of this process when a job was committed.
    pub wake: Arc<Notify>,
}

impl Deref for App {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

/// What a test replaces: the time, the randomness, and WeChat.
#[derive(Clone, Debug)]
pub struct Environment {
    pub clock: Arc<dyn Clock>,
    pub ids: Ids,
}

impl Environment {
    #[must_use]
    pub fn system() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self { ids: Ids::from_os(Arc::clone(&clock)), clock }
    }
}

impl App {
    /// Opens everything a process needs. The database must answer; Redis need not.
    ///
    /// # Errors
    /// The database cannot be reached, or a setting cannot be used.
    pub async fn build(config: Config, environment: Environment) -> AppResult<Self> {
        let Environment { clock, ids } = environment;
        let metrics = Metrics::default();
        let db = db::connect(&config.database).await?;
        let kv = Kv::open(&config.kv, Arc::clone(&clock), metrics.clone())
            .map_err(AppError::internal)?;
        let cipher = FieldCipher::new(&config.crypto.field_keys, ids.clone())?;
        let wechat_clock = Arc::new(WechatClock(Arc::clone(&clock)));
        let simulator = start_simulator(&config, &kv, &wechat_clock).await?;
        let base_url = simulator.as_ref().map_or_else(
            || config.wechat.base_url.clone(),
            wechat::simulator::SimulatorHandle::base_url,
        );
        let token_store = Arc::new(DatabaseTokenStore::new(db.clone(), cipher.clone()));
        let client = |appid: &str, secret: &Secret| {
            let settings = wechat_settings(&config.wechat, &base_url, appid, secret);
            wechat::Client::new(settings, token_store.clone(), wechat_clock.clone())
                .map_err(AppError::internal)
        };
        let wechat = client(&config.wechat.appid, &config.wechat.secret)?;
        let official = &config.wechat.official;
        let official =
            official.is_on().then(|| client(&official.appid, &official.secret)).transpose()?;
        let trusted_proxies = config
            .http
            .trusted_proxies
            .iter()
            .map(|text| text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)))
            .collect::<Result<_, _>>()
            .map_err(AppError::internal)?;
        Ok(Self(Arc::new(State {
            storage: Storage::open(&config.storage)?,
            blind_index: BlindIndex::new(&config.crypto.index_keys)?,
            audit: AuditSigner::new(&config.crypto.audit_keys, cipher.clone())?,
            tokens: TokenKeys::new(&config.auth),
            passwords: Passwords::default(),
            content: Content::default(),
            uploads: UploadBudget::default(),
            principals: PrincipalCache::default(),
            pages: PageCache::default(),
            snapshots: PageCache::new(
                Duration::from_secs(u64::from(config.availability.refresh_secs)),
                SNAPSHOT_BYTES,
            ),
            workdays: Workdays::embedded()?,
            notices: Notices::embedded()?,
            lexicon: Lexicon::open(&config.text_review.lexicon).map_err(AppError::internal)?,
            lifecycle: Lifecycle::default(),
            limits: Limits::new(&config.limits, &kv),
            failures: failures(&config.challenge, &kv),
            shared: Shared::default(),
            wake: Arc::default(),
            runtime: Handle::current(),
            config,
            clock,
            ids,
            db,
            kv,
            cipher,
            metrics,
            wechat,
            official,
            simulator,
            trusted_proxies,
        })))
    }

    /// Begins a transaction outside a request.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn begin(&self, actor: AuditActor) -> Result<Tx, DbErr> {
        let now = self.clock.now();
        self.begin_from(TxOrigin { actor, request: None, now }).await
    }

    /// As [`begin`](Self::begin), for a transaction that looks up rows by keys alone, many at once.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn begin_by_key(&self, actor: AuditActor) -> Result<Tx, DbErr> {
        let origin = TxOrigin { actor, request: None, now: self.clock.now() };
        Tx::begin(&self.db, Access::ByKey, &self.audit, &self.ids, &self.wake, origin).await
    }

    pub(crate) async fn begin_from(&self, origin: TxOrigin) -> Result<Tx, DbErr> {
        Tx::begin(&self.db, Access::Any, &self.audit, &self.ids, &self.wake, origin).await
    }
}

/// More than so many failures in the window are suspicious.
fn failures(settings: &Challenge, kv: &Kv) -> Limiter {
    let window = Duration::from_secs(u64::from(settings.window_secs));
    let quota = Quota { burst: settings.failures, interval: window / settings.failures.max(1) };
    kv.limiter("failures", quota)
}

fn wechat_settings(
    settings: &config::Wechat,
    base_url: &str,
    appid: &str,
    secret: &Secret,
) -> wechat::ClientConfig {
    let authorize_url = settings.official.authorize_url.as_str();
    let open_url = if authorize_url.is_empty() { base_url } else { authorize_url };
    let mut config = wechat::ClientConfig::new(appid, secret.expose())
        .with_base_url(base_url)
        .with_open_url(open_url)
        // Who waits decides: a job has its own back-off, a person is told to try again.
        .with_retry(wechat::client::RetryPolicy::NEVER);
    config.connect_timeout = Duration::from_millis(settings.connect_timeout_ms);
    config.request_timeout = Duration::from_millis(settings.request_timeout_ms);
    config
}

/// The sandbox talks to a WeChat of its own unless it is pointed at another.
async fn start_simulator(
    config: &Config,
    kv: &Kv,
    clock: &Arc<WechatClock>,
) -> AppResult<Option<wechat::simulator::SimulatorHandle>> {
    use wechat::simulator::{SimAccount, Simulator, SimulatorConfig};

    if !config.is_sandbox() || !config.wechat.base_url.is_empty() {
        return Ok(None);
    }
    let (mini, official) = (&config.wechat, &config.wechat.official);
    let accounts = vec![
        SimAccount::mini_program(&mini.appid, mini.secret.expose()),
        SimAccount::service(&official.appid, official.secret.expose()),
    ];
    let settings = SimulatorConfig::new(accounts)
        .with_clock(Arc::clone(clock) as Arc<dyn wechat::Clock>)
        .with_store(Arc::new(KvSimulatorStore(kv.clone())));
    Simulator::start(settings).await.map(Some).map_err(AppError::internal)
}
