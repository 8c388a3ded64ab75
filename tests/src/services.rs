//! PostgreSQL and Redis for a run of tests, with templates of a migrated database.
//!
//! Under nextest the setup script `test-services` starts them once and hands their addresses to
//! every test by environment; under plain `cargo test` the first test that needs them does. In both
//! cases a supervisor process ends them when the process that asked is gone.

use std::fs::{File, create_dir_all};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sanjin::openapi::ApiDoc;
use sanjin::platform::config;
use sanjin::platform::db::{connect, migrate};
use sea_orm::{ConnectionTrait as _, Database};
use tokio::sync::OnceCell;

use crate::engine::sqlite_url;

/// The environment variable that carries the folder of running services.
pub const FOLDER_VARIABLE: &str = "SANJIN_TEST_SERVICES";
/// openapi.json as the code describes it, in that folder.
pub const DOCUMENT: &str = "openapi.json";
const PATIENCE: Duration = Duration::from_secs(60);

/// Addresses of what is running.
#[derive(Clone, Debug)]
pub struct Services {
    postgres_port: u16,
    pub redis_url: String,
    pub sqlite_template: PathBuf,
}

static SHARED: OnceCell<Services> = OnceCell::const_new();

impl Services {
    pub async fn shared() -> &'static Self {
        SHARED
            .get_or_init(async || {
                let folder = match std::env::var_os(FOLDER_VARIABLE) {
                    Some(folder) => PathBuf::from(folder),
                    None => supervise_for(std::process::id()),
                };
                Self::read(&folder)
            })
            .await
    }

    pub fn postgres_url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.postgres_port)
    }

    pub fn postgres_port(&self) -> u16 {
        self.postgres_port
    }

    fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("ready")).expect("services are ready");
        let mut ports = text.split_whitespace().map(|port| port.parse::<u16>().unwrap());
        let (postgres_port, redis_port) = (ports.next().unwrap(), ports.next().unwrap());
        Self {
            postgres_port,
            redis_url: format!("redis://127.0.0.1:{redis_port}/0"),
            sqlite_template: folder.join("template.db"),
        }
    }
}

/// Starts a supervisor that lives as long as process `pid`, and waits until its services answer.
/// Returns their folder.
pub fn supervise_for(pid: u32) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("sanjin-tests-{pid}-{}", std::process::id()));
    create_dir_all(&folder).unwrap();
    let log = File::create(folder.join("supervisor.log")).unwrap();
    #[expect(
        clippy::zombie_processes,
        reason = "it outlives us on purpose, and then ends by itself"
    )]
    let mut supervisor = Command::new(binary("test-services"))
        .args(["supervise", &pid.to_string()])
        .arg(&folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        // A signal to the group of the tests must not stop the services under them.
        .process_group(0)
        .spawn()
        .expect("test-services starts");
    let begun = Instant::now();
    while !folder.join("ready").exists() {
        let ended = supervisor.try_wait().unwrap();
        if ended.is_some() || begun.elapsed() > PATIENCE {
            let log = std::fs::read_to_string(folder.join("supervisor.log")).unwrap_or_default();
            panic!("the services did not start:\n{log}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    folder
}

/// A binary of this workspace beside the one that is running.
pub fn binary(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().unwrap();
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is missing: run `cargo build --workspace --all-features --bins`",
        path.display()
    );
    path
}

/// The supervisor: starts the services in `folder`, and ends them when `pid` is gone.
pub async fn supervise(pid: u32, folder: &Path) {
    let postgres = Postgres::start(folder);
    let redis = Redis::start(folder);
    postgres.make_template().await;
    make_sqlite_template(folder).await;
    std::fs::write(folder.join(DOCUMENT), ApiDoc::json().to_string()).unwrap();
    std::fs::write(folder.join("starting"), format!("{} {}", postgres.port, redis.port)).unwrap();
    std::fs::rename(folder.join("starting"), folder.join("ready")).unwrap();
    let process = PathBuf::from(format!("/proc/{pid}"));
    while process.exists() {
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    drop((postgres, redis));
    let _gone = std::fs::remove_dir_all(folder);
}

async fn make_sqlite_template(folder: &Path) {
    let url = sqlite_url(&folder.join("template.db"));
    let db = connect(&settings(&url)).await.unwrap();
    migrate(&db).await.unwrap();
    // One file: what stands in the write-ahead log goes into the database.
    db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    db.close().await.unwrap();
}

fn settings(url: &str) -> config::Database {
    let (mut config, _) = config::load(None).unwrap();
    config.database.url = config::Secret::new(url);
    config.database
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

struct Postgres {
    child: Child,
    port: u16,
}

impl Postgres {
    /// PostgreSQL refuses to run as root; then it runs as `postgres` or `nobody`.
    fn start(folder: &Path) -> Self {
        let bin = postgres_bin();
        let data = folder.join("postgres");
        create_dir_all(&data).unwrap();
        let user = unprivileged();
        let as_user = |program: &str| {
            let mut command = Command::new(bin.join(program));
            command.stdin(Stdio::null()).stdout(Stdio::null()).current_dir("/");
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            command
        };
        if let Some((uid, gid)) = user {
            std::os::unix::fs::chown(folder, Some(uid), Some(gid)).unwrap();
            std::os::unix::fs::chown(&data, Some(uid), Some(gid)).unwrap();
        }
        let made = as_user("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--no-sync", "-D"])
            .arg(&data)
            .status()
            .expect("initdb runs");
        assert!(made.success(), "initdb failed");
        let port = free_port();
        let mut command = as_user("postgres");
        command.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k"]).arg(&data);
        for setting in [
            "listen_addresses=127.0.0.1",
            "max_connections=400",
            // Nothing here has to survive a power cut.
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "autovacuum=off",
            "shared_buffers=64MB",
            "deadlock_timeout=200ms",
        ] {
            command.args(["-c", setting]);
        }
        let child = command.stderr(Stdio::null()).spawn().expect("postgres starts");
        Self { child, port }
    }

    async fn make_template(&self) {
        let url = |name: &str| format!("postgres://postgres@127.0.0.1:{}/{name}", self.port);
        let begun = Instant::now();
        let admin = loop {
            match Database::connect(url("postgres")).await {
                Ok(admin) => break admin,
                Err(cause) => assert!(begun.elapsed() < PATIENCE, "postgres: {cause}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        admin.execute_unprepared("CREATE DATABASE sanjin_template").await.unwrap();
        let db = connect(&settings(&url("sanjin_template"))).await.unwrap();
        migrate(&db).await.unwrap();
        db.close().await.unwrap();
        admin.close().await.unwrap();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        end(&mut self.child, "INT");
    }
}

struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    fn start(folder: &Path) -> Self {
        let port = free_port();
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "no", "--dir"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed (script/test installs it)");
        Self { child, port }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        end(&mut self.child, "TERM");
    }
}

/// Ends a child that we started, by its id, and waits for it.
fn end(child: &mut Child, signal: &str) {
    let _sent =
        Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
    let _ended = child.wait();
}

fn postgres_bin() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().expect("PostgreSQL is installed (script/test installs it)")
}

/// Ids of a user that may run PostgreSQL, when we are root and may not.
fn unprivileged() -> Option<(u32, u32)> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let uid = status.lines().find(|line| line.starts_with("Uid:"))?;
    if uid.split_whitespace().nth(2) != Some("0") {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    ["postgres", "nobody"].iter().find_map(|wanted| {
        users.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            (fields.first() == Some(wanted))
                .then(|| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)))?
        })
    })
}
