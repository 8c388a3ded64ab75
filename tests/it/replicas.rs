//! `sanjin` as processes: what SIGKILL and SIGTERM do to several of them over one database.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{SecondsFormat, TimeDelta};
use futures_util::future::join_all;
use sanjin::platform::clock::{Clock as _, SystemClock};
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

const ASKING: usize = 120;
const PLACES: i64 = 50;

/// Asks for a place until somebody answers: a replica that dies is left for the other.
async fn ask_until_answered(
    replicas: [&str; 2],
    (token, key): (&str, &str),
    slot: &Value,
    answered: &AtomicUsize,
) -> (u16, Value) {
    let client = reqwest::Client::builder().build().unwrap();
    for url in replicas.iter().cycle().take(6) {
        let request = client
            .post(format!("{url}/api/v1/bookings"))
            .bearer_auth(token)
            .header("idempotency-key", key)
            .json(&json!({ "slot_id": slot, "product_name": "玩具" }));
        // A broken connection tells nothing about what became of the request.
        let Ok(reply) = request.send().await else { continue };
        let status = reply.status().as_u16();
        let Ok(body) = reply.json().await else { continue };
        answered.fetch_add(1, Ordering::Relaxed);
        return (status, body);
    }
    panic!("nobody answered");
}

/// Everybody asks at once over two replicas, and one of them is killed in the middle.
fn a_storm_over_two_replicas_survives_the_death_of_one(engine: Engine) {
    run(engine, async |world| {
        let (settings, folder) = (settings(world), world.folder.path());
        let mut first = Process::serve(&["--no-worker"], &settings, folder).await;
        let second = Process::serve(&["--no-worker"], &settings, folder).await;
        let mut tokens = Vec::new();
        for n in 0..ASKING {
            let user = json!({ "user": format!("storm-{n}") });
            let (_, minted) = post(&second, "/sandbox/wechat/codes", None, user).await;
            let code = json!({ "code": minted["code"] });
            let (_, login) = post(&second, "/api/v1/auth/wechat/login", None, code).await;
            tokens.push(login["access_token"].as_str().unwrap().to_owned());
        }
        let lab = staff(&second, "lab").await;
        let some = get(&second, "/api/v1/slots?limit=1", None).await;
        let starts_at = SystemClock.now() + TimeDelta::days(3);
        let input = json!({
            "service_id": some["items"][0]["service_id"],
            "starts_at": starts_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            "ends_at": (starts_at + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Micros, true),
            "capacity": PLACES,
        });
        let (status, slot) = post(&second, "/api/v1/staff/slots", Some(&lab), input).await;
        assert_eq!(status, 201, "{slot}");
        let keys: Vec<String> = (0..ASKING).map(|n| format!("storm-key-{n:04}")).collect();
        let urls = [first.url(""), second.url("")];
        let answered = AtomicUsize::new(0);
        let rush = join_all(tokens.iter().zip(&keys).enumerate().map(|(n, (token, key))| {
            let [one, other] = &urls;
            let order = if n % 2 == 0 { [one.as_str(), other] } else { [other.as_str(), one] };
            ask_until_answered(order, (token, key), &slot["id"], &answered)
        }));
        let kill = async {
            while answered.load(Ordering::Relaxed) < 5 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            first.kill();
            answered.load(Ordering::Relaxed)
        };
        let (replies, before) = tokio::join!(rush, kill);
        assert!(before < ASKING, "it died when all was over");

        let sold: Vec<&Value> = replies.iter().filter(|r| r.0 == 201).map(|r| &r.1["id"]).collect();
        for (status, body) in replies.iter().filter(|reply| reply.0 != 201) {
            assert_eq!((*status, &body["code"]), (409, &json!("slot_held")));
        }
        assert_eq!(i64::try_from(sold.len()).unwrap(), PLACES, "nothing lost and nothing oversold");
        assert_eq!(count(world, "SELECT COUNT(*) FROM bookings").await, PLACES);
        assert_eq!(count(world, "SELECT SUM(held) FROM slots").await, PLACES);
        assert_eq!(count(world, world.engine.bookings_that_expire()).await, PLACES);
        // Everybody who was told of a booking has it, and is told the same again.
        for ((token, key), (status, body)) in tokens.iter().zip(&keys).zip(&replies) {
            if *status == 201 {
                let order = [urls[1].as_str(), &urls[1]];
                let again = ask_until_answered(order, (token, key), &slot["id"], &answered).await;
                assert_eq!((again.0, &again.1["id"]), (201, &body["id"]));
            }
        }
        assert_eq!(count(world, "SELECT COUNT(*) FROM bookings").await, PLACES);
    });
}

#[test]
fn a_storm_over_two_replicas_survives_the_death_of_one_on_sqlite() {
    a_storm_over_two_replicas_survives_the_death_of_one(Engine::Sqlite);
}

#[test]
fn a_storm_over_two_replicas_survives_the_death_of_one_on_postgres() {
    a_storm_over_two_replicas_survives_the_death_of_one(Engine::Postgres);
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
