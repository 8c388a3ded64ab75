//! `sanjin` as processes: what SIGKILL and SIGTERM do to several of them over one database.

mod storms;

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, Database, Statement};
use serde_json::{Value, json};
use tests::Engine;
use tests::{Process, World};
use wechat::client::paths;
use wechat::simulator::{Fault, SimAccount, Simulator, SimulatorConfig, SimulatorHandle};

const PATIENCE: Duration = Duration::from_secs(30);

fn settings(world: &World) -> Vec<(&'static str, String)> {
    vec![
        ("SANJIN__PROFILE", "sandbox".to_owned()),
        ("SANJIN__DATABASE__URL", world.database_url.clone()),
        ("SANJIN__KV__URL", world.kv_url.clone()),
        ("SANJIN__KV__PREFIX", world.kv_prefix.clone()),
        ("SANJIN__STORAGE__ROOT", world.folder.path().join("storage").display().to_string()),
        ("SANJIN__WORKER__LEASE_SECS", "3".to_owned()),
        ("SANJIN__WORKER__POLL_MS", "50".to_owned()),
        ("SANJIN__WECHAT__TEMPLATES__BOOKING_CONFIRMED", "TPL".to_owned()),
    ]
}

/// Calls a replica and returns status and body.
async fn call(
    replica: &Process,
    method: reqwest::Method,
    path: &str,
    token: Option<&str>,
    body: Value,
) -> (u16, Value) {
    let mut request =
        reqwest::Client::builder().build().unwrap().request(method, replica.url(path));
    if let Some(token) = token {
        request = request.bearer_auth(token).header("idempotency-key", "replica-walk-0001");
    }
    if !body.is_null() {
        request = request.json(&body);
    }
    let reply = request.send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap_or_default())
}

async fn post(replica: &Process, path: &str, token: Option<&str>, body: Value) -> (u16, Value) {
    call(replica, reqwest::Method::POST, path, token, body).await
}

async fn get(replica: &Process, path: &str, token: Option<&str>) -> Value {
    let (status, body) = call(replica, reqwest::Method::GET, path, token, Value::Null).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// A resident logs in with a code minted by one replica at another.
async fn resident(mint: &Process, login: &Process, user: &str) -> String {
    let (_, minted) = post(mint, "/sandbox/wechat/codes", None, json!({ "user": user })).await;
    let code = json!({ "code": minted["code"] });
    let (status, reply) = post(login, "/api/v1/auth/wechat/login", None, code.clone()).await;
    assert_eq!(status, 200, "{reply}");
    let (status, again) = post(mint, "/api/v1/auth/wechat/login", None, code).await;
    assert_eq!(
        (status, &again["code"]),
        (409, &json!("wechat_code_used")),
        "used anywhere is used"
    );
    reply["access_token"].as_str().unwrap().to_owned()
}

async fn staff(replica: &Process, username: &str) -> String {
    let body = json!({ "username": username, "password": "sanjin-sandbox-2026" });
    let (status, reply) = post(replica, "/api/v1/staff/auth/login", None, body).await;
    assert_eq!(status, 200, "{reply}");
    reply["access_token"].as_str().unwrap().to_owned()
}

async fn count(world: &World, sql: &str) -> i64 {
    let db = Database::connect(&world.database_url).await.unwrap();
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    let count = row.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap();
    db.close().await.unwrap();
    count
}

fn run(engine: Engine, body: impl AsyncFnOnce(&World)) {
    actix_web::rt::System::new().block_on(async { body(&World::create(engine).await).await });
}

#[test]
fn a_walk_over_two_replicas_survives_the_death_of_one() {
    run(Engine::Postgres, async |world| {
        let (settings, folder) = (settings(world), world.folder.path());
        let mut first = Process::serve(&[], &settings, folder).await;
        let second = Process::serve(&[], &settings, folder).await;
        let resident = resident(&first, &second, "xiaoming").await;
        let slots = get(&second, "/api/v1/slots?limit=1", None).await;
        let booking = json!({ "slot_id": slots["items"][0]["id"], "product_name": "玩具" });
        let (status, booked) =
            post(&first, "/api/v1/bookings", Some(&resident), booking.clone()).await;
        assert_eq!(status, 201, "{booked}");

        first.kill();

        // The client never saw the answer and asks the other one again.
        let (status, again) = post(&second, "/api/v1/bookings", Some(&resident), booking).await;
        assert_eq!((status, &again["id"]), (201, &booked["id"]), "the same booking");
        let lab = staff(&second, "lab").await;
        let path =
            format!("/api/v1/staff/bookings/{}/confirmation", booked["id"].as_str().unwrap());
        let (status, confirmed) = post(&second, &path, Some(&lab), Value::Null).await;
        assert_eq!((status, &confirmed["status"]), (200, &json!("confirmed")));
        let mine = get(&second, "/api/v1/bookings", Some(&resident)).await;
        assert_eq!(mine["items"].as_array().unwrap().len(), 1);
        assert_eq!(count(world, "SELECT COUNT(*) FROM bookings").await, 1);
        assert_eq!(count(world, "SELECT SUM(held + booked) FROM slots").await, 1);
        assert_eq!(count(world, "SELECT COUNT(*) FROM staff_members").await, 10, "demo staff once");

        // A new replica takes the dead one's place.
        let third = Process::serve(&[], &settings, folder).await;
        let inbox = get(&third, "/api/v1/notifications", Some(&resident)).await;
        assert_eq!(inbox["items"][0]["kind"], "booking_confirmed");
    });
}

#[test]
fn what_one_replica_publishes_and_withdraws_is_seen_at_the_other_within_two_seconds() {
    run(Engine::Postgres, async |world| {
        let (settings, folder) = (settings(world), world.folder.path());
        let first = Process::serve(&[], &settings, folder).await;
        let second = Process::serve(&[], &settings, folder).await;
        let text = json!({ "title": "电热毯", "body_markdown": "文", "category": "warning" });
        let [editor, reviewer, publisher] = [
            staff(&first, "editor").await,
            staff(&first, "reviewer").await,
            staff(&first, "publisher").await,
        ];
        let (_, draft) = post(&first, "/api/v1/staff/articles", Some(&editor), text).await;
        let path = format!("/api/v1/staff/articles/{}", draft["id"].as_str().unwrap());
        let public = format!("/api/v1/articles/{}", draft["id"].as_str().unwrap());
        for (version, (who, act)) in
            [(&editor, "submission"), (&reviewer, "approval"), (&publisher, "publication")]
                .into_iter()
                .enumerate()
        {
            // The other one keeps the page of a list without it.
            get(&second, "/api/v1/articles?category=warning", None).await;
            let reply = reqwest::Client::builder()
                .build()
                .unwrap()
                .post(first.url(&format!("{path}/{act}")))
                .bearer_auth(who)
                .header("if-match", format!("\"{version}\""))
                .json(&json!({}));
            assert_eq!(reply.send().await.unwrap().status(), 200, "{act}");
        }
        let within = async |is_there: fn(&Value, u16) -> bool, list: bool| {
            let start = Instant::now();
            let path = if list { "/api/v1/articles?category=warning" } else { &public };
            loop {
                let (status, body) =
                    call(&second, reqwest::Method::GET, path, None, Value::Null).await;
                if is_there(&body, status) {
                    return start.elapsed();
                }
                assert!(start.elapsed() < PATIENCE, "never seen");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        // Two seconds, and what a busy machine takes to ask.
        let most = Duration::from_millis(2_500);
        assert!(within(|list, _| list["items"][0]["title"] == "电热毯", true).await < most);
        assert!(within(|_, status| status == 200, false).await < most);
        let notice = json!({ "notice": "数据有误" });
        let (status, _) =
            post(&first, &format!("{path}/withdrawal"), Some(&publisher), notice).await;
        assert_eq!(status, 200);
        assert!(within(|_, status| status == 410, false).await < most);
        assert!(
            within(|list, _| list["items"].as_array().is_some_and(Vec::is_empty), true).await
                < most
        );
    });
}

/// One job that takes long, four workers, and the one that runs it is killed.
fn a_killed_worker_loses_no_job(engine: Engine) {
    run(engine, async |world| {
        let wechat = slow_wechat().await;
        let mut settings = settings(world);
        settings.push(("SANJIN__WECHAT__BASE_URL", wechat.base_url()));
        let folder = world.folder.path();
        let serving = Process::serve(&["--no-worker"], &settings, folder).await;
        let lab = staff(&serving, "lab").await;
        let code = wechat.mint_login_code("xiaoming", APPID).await.unwrap();
        let login = json!({ "code": code });
        let (_, login) = post(&serving, "/api/v1/auth/wechat/login", None, login).await;
        let resident = login["access_token"].as_str().unwrap();
        let slots = get(&serving, "/api/v1/slots?limit=1", None).await;
        let booking = json!({ "slot_id": slots["items"][0]["id"], "product_name": "玩具" });
        let (_, booked) = post(&serving, "/api/v1/bookings", Some(resident), booking).await;
        let path =
            format!("/api/v1/staff/bookings/{}/confirmation", booked["id"].as_str().unwrap());
        post(&serving, &path, Some(&lab), Value::Null).await;

        let mut first = Process::spawn(&["worker"], &settings, folder);
        // It has its access token and waits for the answer to its call.
        let calling = "SELECT COUNT(*) FROM jobs, wechat_tokens WHERE kind = 'notification.deliver' \
                       AND status = 'running' AND token_cipher IS NOT NULL \
                       AND wechat_tokens.lease_holder IS NULL";
        until(async || count(world, calling).await == 1, "the first worker calls").await;
        let _others: Vec<Process> =
            (0..3).map(|_| Process::spawn(&["worker"], &settings, folder)).collect();
        first.kill();
        wechat.clear_faults();

        let done =
            "SELECT COUNT(*) FROM jobs WHERE kind = 'notification.deliver' AND status = 'done'";
        until(async || count(world, done).await == 1, "another worker finishes the job").await;
        let twice =
            "SELECT COUNT(*) FROM jobs WHERE kind = 'notification.deliver' AND attempts = 2";
        assert_eq!(count(world, twice).await, 1, "the dead worker's try counts");
        let settled = "SELECT COUNT(*) FROM notifications WHERE delivery <> 'pending'";
        assert_eq!(count(world, settled).await, 1);
    });
}

const APPID: &str = "wx53616e6a696e0001";

async fn slow_wechat() -> SimulatorHandle {
    let account = SimAccount::mini_program(APPID, "sandbox-wechat-secret");
    let wechat = Simulator::start(SimulatorConfig::new(vec![account])).await.unwrap();
    wechat.register_template("TPL", &["thing1", "time2"]);
    wechat.grant_subscribe("xiaoming", "TPL", 5).await.unwrap();
    wechat.inject(paths::SUBSCRIBE_SEND, Fault::Latency(Duration::from_secs(4)), 1);
    wechat
}

async fn until(holds: impl AsyncFn() -> bool, what: &str) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "{what}: not in time");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[test]
fn a_killed_worker_loses_no_job_on_sqlite() {
    a_killed_worker_loses_no_job(Engine::Sqlite);
}

#[test]
fn a_killed_worker_loses_no_job_on_postgres() {
    a_killed_worker_loses_no_job(Engine::Postgres);
}

#[test]
fn sigterm_ends_a_running_service_well() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        run(engine, async |world| {
            let mut service = Process::serve(&[], &settings(world), world.folder.path()).await;
            assert!(service.terminate(), "exit status 0");
        });
    }
}
