//! A whole service for one test: real HTTP, its own database, its own WeChat, a clock that stands
//! still.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use sanjin::app::{App, Environment};
use sanjin::features;
use sanjin::platform::audit;
use sanjin::platform::clock::ManualClock;
use sanjin::platform::config::{Config, Secret, load};
use sanjin::platform::ids::Ids;
use sanjin::platform::jobs::Worker;
use sanjin::server;
use sea_orm::{ConnectionTrait as _, Statement};
use wechat::simulator::SimulatorHandle;

use crate::client::TestRequest;
use crate::engine::{Engine, World};
use crate::logs;
use crate::planted;

/// 10:00 on a Friday in Shanghai.
const START: &str = "2026-11-20T02:00:00Z";

#[derive(Debug)]
pub struct TestApp {
    pub app: App,
    pub address: SocketAddr,
    pub clock: Arc<ManualClock>,
    worker: Worker,
    http: reqwest::Client,
    handle: actix_web::dev::ServerHandle,
    world: Arc<World>,
    may_log_errors: AtomicBool,
    may_leave_jobs: AtomicBool,
    may_damage_audit: AtomicBool,
}

/// Runs a body against a service with default test settings.
pub fn run(engine: Engine, body: impl AsyncFnOnce(&TestApp)) {
    run_with(engine, |_| {}, body);
}

/// As [`run`], after changing the settings.
pub fn run_with(
    engine: Engine,
    change: impl FnOnce(&mut Config),
    body: impl AsyncFnOnce(&TestApp),
) {
    logs::watch();
    actix_web::rt::System::new().block_on(async {
        let world = Arc::new(World::create(engine).await);
        let app = TestApp::start(world, change).await;
        body(&app).await;
        app.finish().await;
        app.world.discard().await;
    });
}

/// For tests in which many ask at the same time.
pub fn wide_pool(config: &mut Config) {
    config.http.workers = 2;
    config.database.max_connections = 12;
    config.database.acquire_timeout_ms = 10_000;
}

/// Other tests log too when they share the process.
fn is_alone() -> bool {
    std::env::var_os("NEXTEST").is_some()
}

/// Changes how many a rule of `[limits]` allows.
pub fn limit(config: &mut Config, rule: &str, most: u32) {
    config.limits.get_mut(rule).expect("a rule of the defaults").most = most;
}

impl TestApp {
    async fn start(world: Arc<World>, change: impl FnOnce(&mut Config)) -> Self {
        let (mut config, _) = load(None).unwrap();
        config.http.listen = "127.0.0.1:0".parse().unwrap();
        config.http.workers = 1;
        config.http.shutdown_secs = 1;
        config.database.url = Secret::new(&world.database_url);
        config.database.max_connections = 1;
        config.database.acquire_timeout_ms = 2_000;
        config.kv.url = Secret::new(&world.kv_url);
        config.kv.prefix = world.kv_prefix.clone();
        // On a busy machine a slow answer is not a lost one.
        config.kv.timeout_ms = 10_000;
        config.storage.root = world.folder.path().join("storage").display().to_string();
        config.sandbox.demo = false;
        // What every log-in and every text would leave in the queue.
        config.risk.ask_wechat = false;
        config.text_review.ask_wechat = false;
        change(&mut config);
        let clock = Arc::new(ManualClock::at(START.parse().unwrap()));
        Self::boot(world, config, clock).await
    }

    async fn boot(world: Arc<World>, config: Config, clock: Arc<ManualClock>) -> Self {
        let ids = Ids::from_os(clock.clone());
        let app = App::build(config, Environment { clock: clock.clone(), ids }).await.unwrap();
        let (server, address) = server::start(&app).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let worker = Worker::new(app.clone(), features::jobs());
        Self {
            app,
            address,
            clock,
            worker,
            http: reqwest::Client::builder()
                // Where a browser is sent is part of the answer.
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            handle,
            world,
            may_log_errors: AtomicBool::new(false),
            may_leave_jobs: AtomicBool::new(false),
            may_damage_audit: AtomicBool::new(false),
        }
    }

    /// Another replica over the same database, Kv, files, WeChat and clock.
    pub async fn replica(&self) -> Self {
        self.replica_with(|_| {}).await
    }

    /// As [`replica`](Self::replica), after changing the settings.
    pub async fn replica_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.app.config.clone();
        config.wechat.base_url = self.wechat().base_url();
        change(&mut config);
        Self::boot(Arc::clone(&self.world), config, Arc::clone(&self.clock)).await
    }

    pub fn engine(&self) -> Engine {
        self.world.engine
    }

    /// The test's own WeChat.
    pub fn wechat(&self) -> &SimulatorHandle {
        self.app.simulator.as_ref().expect("this replica has a WeChat of its own")
    }

    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        TestRequest::new(&self.http, &format!("http://{}", self.address), method, path)
    }

    pub fn get(&self, path: &str) -> TestRequest {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> TestRequest {
        self.request(Method::POST, path)
    }

    pub fn put(&self, path: &str) -> TestRequest {
        self.request(Method::PUT, path)
    }

    pub fn patch(&self, path: &str) -> TestRequest {
        self.request(Method::PATCH, path)
    }

    pub fn delete(&self, path: &str) -> TestRequest {
        self.request(Method::DELETE, path)
    }

    pub fn now(&self) -> DateTime<Utc> {
        sanjin::platform::clock::Clock::now(self.clock.as_ref())
    }

    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Runs every job that is due by the test's clock. Returns how many ran.
    pub async fn drain_jobs(&self) -> usize {
        self.worker.drain().await.unwrap()
    }

    /// A number from the database, for looking behind the API.
    pub async fn count(&self, sql: &str) -> i64 {
        let db = &self.app.db;
        let statement = Statement::from_string(db.backend(), sql);
        let row = db.query_one_raw(statement).await.unwrap().expect("a count is one row");
        row.try_get_by_index::<i64>(0)
            .or_else(|_| row.try_get_by_index::<i32>(0).map(i64::from))
            .unwrap()
    }

    /// This test makes the service log errors on purpose.
    pub fn expect_errors(&self) {
        self.may_log_errors.store(true, Ordering::Relaxed);
    }

    /// This test leaves work in the queue on purpose.
    pub fn leave_jobs(&self) {
        self.may_leave_jobs.store(true, Ordering::Relaxed);
    }

    /// This test damages the audit trail on purpose.
    pub fn damage_audit(&self) {
        self.may_damage_audit.store(true, Ordering::Relaxed);
    }

    /// The folder that goes with this test.
    pub fn folder(&self) -> &Path {
        self.world.folder.path()
    }

    /// Every log line so far.
    pub fn log_lines(&self) -> Vec<String> {
        logs::lines()
    }

    /// How many statements went to the database so far.
    pub fn statements(&self) -> usize {
        logs::statements()
    }

    /// Stops this replica without looking behind it.
    pub async fn stop(&self) {
        self.handle.stop(true).await;
    }

    /// What a test planted must not be where it does not belong.
    async fn look_for_leaks(&self) {
        let mut places =
            vec![("the log", logs::lines().join("\n")), ("an error", planted::errors().join("\n"))];
        for table in ["jobs", "audit_entries", "notifications"] {
            places.push((table, self.dump(table).await));
        }
        for secret in planted::secrets() {
            for (place, text) in &places {
                let before = text.split_once(&secret).map(|(before, _)| before);
                let end: Option<String> = before.map(|b| b.chars().rev().take(200).collect());
                let end: Option<String> = end.map(|end| end.chars().rev().collect());
                assert!(
                    end.is_none(),
                    "{secret} is in {place}, after: {}",
                    end.unwrap_or_default()
                );
            }
        }
    }

    /// Slots whose counters are not the units of their bookings; none at any moment.
    pub async fn broken_slots(&self) -> i64 {
        self.count(&broken_slots()).await
    }

    /// What must hold after every test, whatever it did.
    async fn finish(&self) {
        let broken = self.broken_slots().await;
        assert_eq!(broken, 0, "slots whose counters do not match their bookings");
        if !self.may_leave_jobs.load(Ordering::Relaxed) {
            let now = self.now().to_rfc3339();
            let due = format!(
                "SELECT COUNT(*) FROM jobs WHERE status IN ('running', 'dead') \
                 OR (status = 'ready' AND run_at <= '{now}')"
            );
            assert_eq!(self.count(&due).await, 0, "jobs are left that are due, running or dead");
        }
        if is_alone() {
            self.look_for_leaks().await;
        }
        if !self.may_damage_audit.load(Ordering::Relaxed) {
            audit::seal(&self.app).await.expect("what was written can be sealed");
            let verified = audit::verify(&self.app, None).await.unwrap();
            assert!(verified.is_ok(), "the audit trail is damaged: {verified:?}");
        }
        if let Some(simulator) = &self.app.simulator {
            let unexpected = simulator.unexpected_calls();
            assert!(unexpected.is_empty(), "calls that WeChat does not have: {unexpected:?}");
        }
        if is_alone() && !self.may_log_errors.load(Ordering::Relaxed) {
            let errors = logs::errors();
            assert!(errors.is_empty(), "the service logged errors: {errors:#?}");
        }
        self.stop().await;
    }
}

/// Counts who waits while a place is offered to somebody behind them.
pub const OVERTAKEN: &str = "SELECT COUNT(*) FROM bookings a JOIN bookings b ON a.slot_id = b.slot_id \
     WHERE a.status = 'waitlisted' AND b.status = 'offered' AND b.waitlist_no > a.waitlist_no";

/// Counts the slots whose counters are not the units of their bookings.
#[must_use]
pub fn broken_slots() -> String {
    let units = |of: &str| {
        format!("(SELECT COALESCE(SUM(units), 0) FROM bookings b WHERE b.slot_id = s.id AND {of})")
    };
    let (held, booked) = (
        "b.status IN ('held', 'pending_lab', 'offered')",
        "b.status IN ('confirmed', 'checked_in', 'testing', 'completed', 'no_show')",
    );
    format!(
        "SELECT COUNT(*) FROM slots s WHERE waiting <> (SELECT COUNT(*) FROM bookings b \
         WHERE b.slot_id = s.id AND b.status = 'waitlisted') \
         OR held <> {} OR booked <> {} OR reserved_used <> {} \
         OR (shrinks_to IS NOT NULL AND (capacity <> held + booked OR capacity <= shrinks_to))",
        units(held),
        units(booked),
        units(&format!("b.channel <> 'online' AND ({held} OR {booked})")),
    )
}
