//! A strict local WeChat over HTTP: for tests, and for a sandbox embedded in a product (protocol
//! 7).
//!
//! It speaks the same paths and codes as the platform and knows the same rules: codes work once,
//! tokens expire and rotate, users must have been active, templates have keys with value rules,
//! subscribe messages need a grant. It listens on a loopback address only, because whoever reaches
//! it can log in as anybody.
//!
//! There is no administrative HTTP interface: everything is controlled through the
//! [`SimulatorHandle`]. What several replicas must agree on (codes, tokens, session keys, grants,
//! activity) lives in a [`SimulatorStore`], so that simulators sharing one store behave as one
//! WeChat. What is set up on a handle (templates, text rules, faults, limits) and what it records
//! belongs to that simulator alone.

mod accounts;
mod control;
mod dispatch;
mod endpoints;
mod fault;
mod identity;
mod ledger;
mod reply;
mod server;
mod store;
mod world;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use self::server::Server;
use self::world::World;
use crate::clock::{Clock, SystemClock};

pub use accounts::{AccountKind, SimAccount, SimTemplate};
pub use control::SimulatorError;
pub use fault::Fault;
pub use ledger::{Outcome, RecordedCall};
pub use store::{MemorySimulatorStore, SimulatorStore};

/// Settings of a simulator.
#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// The accounts the platform knows.
    pub accounts: Vec<SimAccount>,
    /// The subscribe-message templates it knows.
    pub templates: Vec<SimTemplate>,
    /// Where to listen: a loopback address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Drives every expiry.
    pub clock: Arc<dyn Clock>,
    /// State shared with the simulators of other replicas.
    pub store: Arc<dyn SimulatorStore>,
    /// Seconds a user counts as active after a login, for content checks: two hours on the
    /// platform. `None` counts everybody as active who was not marked inactive.
    pub activity_seconds: Option<i64>,
    /// Answer with `text/plain`, as some of the platform's servers do.
    pub plain_text_replies: bool,
}

impl SimulatorConfig {
    /// Accounts on a free port of 127.0.0.1, with the system clock and a store of its own.
    pub fn new(accounts: Vec<SimAccount>) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self {
            accounts,
            templates: Vec::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            store: Arc::new(MemorySimulatorStore::new(Arc::clone(&clock))),
            clock,
            activity_seconds: Some(7200),
            plain_text_replies: false,
        }
    }

    /// The same settings with another clock, and a fresh store driven by it.
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.store = Arc::new(MemorySimulatorStore::new(Arc::clone(&clock)));
        self.clock = clock;
        self
    }

    /// The same settings with a store shared with other simulators.
    pub fn with_store(mut self, store: Arc<dyn SimulatorStore>) -> Self {
        self.store = store;
        self
    }
}

/// Starts simulators.
#[derive(Debug, Clone, Copy)]
pub struct Simulator;

impl Simulator {
    /// Starts a simulator in a thread of its own, from any async runtime.
    ///
    /// # Errors
    /// When the address is not a loopback address or cannot be bound, or a thread cannot be
    /// started.
    pub async fn start(config: SimulatorConfig) -> io::Result<SimulatorHandle> {
        if !config.listen.ip().is_loopback() {
            let reason = "the simulator lets anybody log in as anybody: loopback addresses only";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let listen = config.listen;
        let world = Arc::new(World::new(config));
        let server = Server::start(listen, Arc::clone(&world)).await?;
        Ok(SimulatorHandle { world, server: Arc::new(server) })
    }
}

/// Controls a running simulator. Cheap to clone; the simulator stops when the last clone is
/// dropped.
#[derive(Clone)]
pub struct SimulatorHandle {
    world: Arc<World>,
    server: Arc<Server>,
}

impl SimulatorHandle {
    /// What a client's `base_url` must be, for example `http://127.0.0.1:40123`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Stops the simulator and waits until its port is free. Stopping twice is harmless.
    pub async fn stop(&self) {
        self.server.stop().await;
    }
}

impl fmt::Debug for SimulatorHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatorHandle")
            .field("address", &self.server.address())
            .finish_non_exhaustive()
    }
}
