//! A simulated WeChat and clients of it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use wechat::client::mini::Session;
use wechat::client::{MemoryTokenStore, RetryPolicy, TokenStore};
use wechat::simulator::{
    MemorySimulatorStore, SimAccount, Simulator, SimulatorConfig, SimulatorHandle, SimulatorStore,
};
use wechat::{Client, ClientConfig, Clock, ManualClock, WechatError};

/// Whatever makes a test fail.
pub type Failure = Box<dyn Error + Send + Sync>;
pub type TestResult = Result<(), Failure>;

pub const APP: &str = "wx0123456789abcdef";
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const SERVICE_APP: &str = "wxfedcba9876543210";
pub const START: i64 = 1_790_000_000;

/// One simulated platform, its clock, and a token store for the clients of one service.
pub struct World {
    pub sim: SimulatorHandle,
    pub clock: Arc<ManualClock>,
    pub tokens: Arc<MemoryTokenStore>,
}

impl World {
    pub async fn new() -> Result<Self, Failure> {
        let clock = Arc::new(ManualClock::new(START));
        let sim = Simulator::start(config(&clock)).await?;
        Ok(Self { sim, clock, tokens: Arc::default() })
    }

    /// A client as one replica of the service would build it.
    pub fn client(&self) -> Result<Client, Failure> {
        self.client_with(|_| {})
    }

    pub fn client_with(&self, adjust: impl FnOnce(&mut ClientConfig)) -> Result<Client, Failure> {
        let mut config = ClientConfig::new(APP, SECRET)
            .with_base_url(self.sim.base_url())
            .with_retry(RetryPolicy::IMMEDIATE);
        config.token_poll = Duration::from_millis(2);
        adjust(&mut config);
        let tokens = Arc::clone(&self.tokens) as Arc<dyn TokenStore>;
        Ok(Client::new(config, tokens, Arc::clone(&self.clock) as Arc<dyn Clock>)?)
    }

    /// A client of the service account.
    pub fn service(&self) -> Result<Client, Failure> {
        let base_url = self.sim.base_url();
        self.client_with(|config| {
            config.appid = SERVICE_APP.to_owned();
            config.open_url = base_url;
        })
    }

    /// Logs `user` in.
    pub async fn login(&self, user: &str) -> Result<Session, Failure> {
        let code = self.sim.mint_login_code(user, APP).await?;
        Ok(self.client()?.code_to_session(&code).await?)
    }
}

/// Settings of a platform with one mini-program and one service account.
pub fn config(clock: &Arc<ManualClock>) -> SimulatorConfig {
    let accounts =
        vec![SimAccount::mini_program(APP, SECRET), SimAccount::service(SERVICE_APP, SECRET)];
    SimulatorConfig::new(accounts).with_clock(Arc::clone(clock) as Arc<dyn Clock>)
}

/// Two simulators over one store, as two replicas of a product would embed them.
pub async fn two_simulators(clock: &Arc<ManualClock>) -> Result<[SimulatorHandle; 2], Failure> {
    let shared = MemorySimulatorStore::new(Arc::clone(clock) as Arc<dyn Clock>);
    let shared: Arc<dyn SimulatorStore> = Arc::new(shared);
    let first = Simulator::start(config(clock).with_store(Arc::clone(&shared))).await?;
    let second = Simulator::start(config(clock).with_store(shared)).await?;
    Ok([first, second])
}

/// The error code of a call that must have been answered with one.
pub fn errcode<T>(result: Result<T, WechatError>) -> Option<i64> {
    result.err().and_then(|error| error.errcode())
}

/// For what the client cannot be made to send.
pub fn http() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build()
}

/// A raw request.
pub async fn get(url: String) -> Result<serde_json::Value, Failure> {
    Ok(serde_json::from_str(&http()?.get(url).send().await?.text().await?)?)
}

/// A raw request with a JSON body.
pub async fn post(url: String, body: &serde_json::Value) -> Result<serde_json::Value, Failure> {
    let reply = http()?.post(url).json(body).send().await?;
    Ok(serde_json::from_str(&reply.text().await?)?)
}
