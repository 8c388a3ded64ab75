//! The simulator's own strictness, over raw requests.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use wechat::client::paths;
use wechat::simulator::{Outcome, Simulator, SimulatorHandle};
use wechat::{Client, ClientConfig, ManualClock};

use crate::support::{
    APP, Failure, SECRET, SERVICE_APP, START, TestResult, World, config, errcode, get, http, post,
    two_simulators,
};

fn code(reply: &Value) -> Option<i64> {
    reply.get("errcode").and_then(Value::as_i64)
}

fn token_body(force_refresh: bool) -> Value {
    json!({
        "grant_type": "client_credential",
        "appid": APP,
        "secret": SECRET,
        "force_refresh": force_refresh,
    })
}

async fn stable(sim: &SimulatorHandle, force: bool) -> Result<Value, Failure> {
    post(format!("{}{}", sim.base_url(), paths::STABLE_TOKEN), &token_body(force)).await
}

async fn classic(sim: &SimulatorHandle) -> Result<Value, Failure> {
    let query = format!("grant_type=client_credential&appid={APP}&secret={SECRET}");
    get(format!("{}{}?{query}", sim.base_url(), paths::TOKEN)).await
}

/// The code that a token yields at an API: 44002 (empty body) when it is accepted.
async fn tried(sim: &SimulatorHandle, token: &Value) -> Result<Option<i64>, Failure> {
    let token = token.get("access_token").and_then(Value::as_str).ok_or("no token")?;
    let url = format!("{}{}?access_token={token}", sim.base_url(), paths::CHECK_TEXT);
    let reply = http()?.post(url).send().await?.text().await?;
    Ok(code(&serde_json::from_str(&reply)?))
}

const ACCEPTED: Option<i64> = Some(44002);

#[tokio::test]
async fn stable_token_is_the_same_until_it_rotates() -> TestResult {
    let world = World::new().await?;
    let first = stable(&world.sim, false).await?;
    assert_eq!(code(&first), None, "success carries no errcode");
    assert_eq!(first.get("expires_in"), Some(&7200.into()));
    world.clock.advance(6899);
    let same = stable(&world.sim, false).await?;
    assert_eq!(same.get("access_token"), first.get("access_token"));
    assert_eq!(same.get("expires_in"), Some(&301.into()));

    world.clock.advance(1);
    let next = stable(&world.sim, false).await?;
    assert_ne!(next.get("access_token"), first.get("access_token"));
    assert_eq!(tried(&world.sim, &first).await?, ACCEPTED, "goes on to its end");
    world.clock.advance(300);
    assert_eq!(tried(&world.sim, &first).await?, Some(42001));
    assert_eq!(tried(&world.sim, &next).await?, ACCEPTED);
    Ok(())
}

#[tokio::test]
async fn stable_token_forced_invalidates_at_once_within_its_limits() -> TestResult {
    let world = World::new().await?;
    let first = stable(&world.sim, false).await?;
    let second = stable(&world.sim, true).await?;
    assert_eq!(tried(&world.sim, &first).await?, Some(40001));
    assert_eq!(tried(&world.sim, &second).await?, ACCEPTED);
    world.clock.advance(29);
    assert_eq!(code(&stable(&world.sim, true).await?), Some(45011));
    for _ in 1..20 {
        world.clock.advance(30);
        assert_eq!(code(&stable(&world.sim, true).await?), None);
    }
    world.clock.advance(30);
    assert_eq!(code(&stable(&world.sim, true).await?), Some(45009));
    assert_eq!(code(&stable(&world.sim, false).await?), None);
    Ok(())
}

#[tokio::test]
async fn classic_token_rotates_with_overlap_and_leaves_the_stable_one_alone() -> TestResult {
    let world = World::new().await?;
    let stable_token = stable(&world.sim, false).await?;
    let first = classic(&world.sim).await?;
    world.clock.advance(10);
    let second = classic(&world.sim).await?;
    assert_ne!(second.get("access_token"), first.get("access_token"));
    world.clock.advance(299);
    assert_eq!(tried(&world.sim, &first).await?, ACCEPTED);
    world.clock.advance(1);
    assert_eq!(tried(&world.sim, &first).await?, Some(42001));
    assert_eq!(tried(&world.sim, &second).await?, ACCEPTED);
    assert_eq!(tried(&world.sim, &stable_token).await?, ACCEPTED);
    Ok(())
}

#[tokio::test]
async fn token_requests_are_validated() -> TestResult {
    let world = World::new().await?;
    let url = format!("{}{}", world.sim.base_url(), paths::STABLE_TOKEN);
    assert_eq!(code(&get(url.clone()).await?), Some(43002));
    let cases = [
        ("grant_type", "other", 40002),
        ("appid", "", 41002),
        ("secret", "", 41004),
        ("appid", "wx00", 40013),
        ("secret", "wrong", 40125),
    ];
    for (field, value, expected) in cases {
        let mut body = token_body(false);
        body.as_object_mut().ok_or("an object")?.insert(field.to_owned(), value.into());
        assert_eq!(code(&post(url.clone(), &body).await?), Some(expected), "{field}={value}");
    }
    for (text, expected) in [("", 44002), ("{", 47001), ("[]", 47001)] {
        let reply = http()?.post(&url).body(text).send().await?.text().await?;
        assert_eq!(code(&serde_json::from_str(&reply)?), Some(expected), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_frozen_secret_gets_no_token() -> TestResult {
    let clock = Arc::new(ManualClock::new(START));
    let mut settings = config(&clock);
    for account in &mut settings.accounts {
        account.is_secret_frozen = true;
    }
    let sim = Simulator::start(settings).await?;
    assert_eq!(code(&stable(&sim, false).await?), Some(40243));
    Ok(())
}

#[tokio::test]
async fn an_unbound_account_has_no_unionid() -> TestResult {
    let clock = Arc::new(ManualClock::new(START));
    let mut settings = config(&clock);
    for account in &mut settings.accounts {
        account.is_bound = false;
    }
    let sim = Simulator::start(settings).await?;
    let client_config = ClientConfig::new(APP, SECRET).with_base_url(sim.base_url());
    let client =
        Client::new(client_config, Arc::<wechat::client::MemoryTokenStore>::default(), clock)?;
    let login_code = sim.mint_login_code("alice", APP).await?;
    assert_eq!(client.code_to_session(&login_code).await?.unionid, None);
    Ok(())
}

#[tokio::test]
async fn another_account_kinds_token_is_no_token_here() -> TestResult {
    let world = World::new().await?;
    let mut body = token_body(false);
    body.as_object_mut().ok_or("an object")?.insert("appid".to_owned(), SERVICE_APP.into());
    let url = format!("{}{}", world.sim.base_url(), paths::STABLE_TOKEN);
    let token = post(url, &body).await?;
    assert_eq!(tried(&world.sim, &token).await?, Some(40001));
    let no_token = post(format!("{}{}", world.sim.base_url(), paths::CHECK_TEXT), &body).await?;
    assert_eq!(code(&no_token), Some(41001));
    Ok(())
}

#[tokio::test]
async fn content_and_subscribe_bodies_are_validated() -> TestResult {
    let world = World::new().await?;
    let token = stable(&world.sim, false).await?;
    let token = token.get("access_token").and_then(Value::as_str).ok_or("no token")?;
    let openid = world.login("alice").await?.openid;
    let content = json!({"version": 2, "openid": openid, "scene": 2, "content": "x"});
    let subscribe = json!({
        "touser": openid, "template_id": "t", "data": {"thing1": {"value": "x"}}, "lang": "zh_CN",
    });
    world.sim.register_template("t", &["thing1"]);
    let cases = [
        (paths::CHECK_TEXT, &content, "version", json!(1), 40097),
        (paths::CHECK_TEXT, &content, "scene", json!(5), 40129),
        (paths::CHECK_TEXT, &content, "openid", json!("oForeign"), 40003),
        (paths::CHECK_TEXT, &content, "content", json!("x".repeat(2501)), 47001),
        (paths::CHECK_TEXT, &content, "content", json!(7), 47001),
        (paths::SUBSCRIBE_SEND, &subscribe, "lang", json!("de_DE"), 40097),
        (paths::SUBSCRIBE_SEND, &subscribe, "template_id", json!("u"), 40037),
        (paths::SUBSCRIBE_SEND, &subscribe, "data", json!({"thing1": {"value": "a\nb"}}), 47003),
        (paths::SUBSCRIBE_SEND, &subscribe, "data", json!({"thing1": {"value": ""}}), 47003),
        (paths::SUBSCRIBE_SEND, &subscribe, "lang", json!("zh_CN"), 43101),
    ];
    for (path, body, field, value, expected) in cases {
        let mut body = body.clone();
        body.as_object_mut().ok_or("an object")?.insert(field.to_owned(), value.clone());
        let url = format!("{}{path}?access_token={token}", world.sim.base_url());
        let reply = post(url, &body).await?;
        assert_eq!(code(&reply), Some(expected), "{path} {field}={value}");
    }
    Ok(())
}

#[tokio::test]
async fn check_session_wants_the_right_method_of_signing() -> TestResult {
    let world = World::new().await?;
    let token = stable(&world.sim, false).await?;
    let token = token.get("access_token").and_then(Value::as_str).ok_or("no token")?;
    let openid = world.login("alice").await?.openid.into_string();
    let base = world.sim.base_url();
    let query = format!("access_token={token}&openid={openid}&signature=00&sig_method=md5");
    let reply = get(format!("{base}{}?{query}", paths::CHECK_SESSION)).await?;
    assert_eq!(code(&reply), Some(87008));
    Ok(())
}

#[tokio::test]
async fn an_unknown_path_is_answered_with_404_and_remembered() -> TestResult {
    let world = World::new().await?;
    assert!(world.sim.unexpected_calls().is_empty());
    let status =
        http()?.get(format!("{}/cgi-bin/unknown?a=b", world.sim.base_url())).send().await?.status();
    assert_eq!(status.as_u16(), 404);
    let calls = world.sim.unexpected_calls();
    let call = calls.first().ok_or("it is remembered")?;
    assert_eq!((call.path.as_str(), call.outcome), ("/cgi-bin/unknown", Outcome::UnknownPath));
    world.sim.forget_calls();
    assert!(world.sim.unexpected_calls().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_code_reveals_nothing_and_never_repeats() -> TestResult {
    let world = World::new().await?;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        let login = world.sim.mint_login_code("alice", APP).await?;
        let phone = world.sim.mint_phone_code("alice", "13800138000", APP).await?;
        for code in [login, phone] {
            assert!(code.len() >= 32 && !code.contains("alice") && !code.contains("138001"));
            assert!(seen.insert(code));
        }
    }
    Ok(())
}

#[tokio::test]
async fn two_simulators_over_one_store_are_one_platform() -> TestResult {
    let clock = Arc::new(ManualClock::new(START));
    let [first, second] = two_simulators(&clock).await?;
    let client = |sim: &SimulatorHandle| {
        let config = ClientConfig::new(APP, SECRET).with_base_url(sim.base_url());
        Client::new(
            config,
            Arc::<wechat::client::MemoryTokenStore>::default(),
            Arc::clone(&clock) as _,
        )
    };
    let (at_first, at_second) = (client(&first)?, client(&second)?);

    let login_code = first.mint_login_code("alice", APP).await?;
    let session = at_second.code_to_session(&login_code).await?;
    assert_eq!(session.openid, first.openid("alice", APP));
    assert_eq!(errcode(at_first.code_to_session(&login_code).await), Some(40163));
    assert_eq!(errcode(at_second.code_to_session(&login_code).await), Some(40163));

    let token = stable(&first, false).await?;
    let same = stable(&second, false).await?;
    assert_eq!(token.get("access_token"), same.get("access_token"));
    assert_eq!(tried(&second, &token).await?, ACCEPTED);
    stable(&second, true).await?;
    assert_eq!(tried(&first, &token).await?, Some(40001));
    at_first.check_session(&session.openid, &session.session_key).await?;
    Ok(())
}

#[tokio::test]
async fn a_code_redeemed_at_both_simulators_at_once_works_once() -> TestResult {
    let clock = Arc::new(ManualClock::new(START));
    let [first, second] = two_simulators(&clock).await?;
    let client = |sim: &SimulatorHandle| {
        let config = ClientConfig::new(APP, SECRET).with_base_url(sim.base_url());
        Client::new(
            config,
            Arc::<wechat::client::MemoryTokenStore>::default(),
            Arc::clone(&clock) as _,
        )
    };
    let (at_first, at_second) = (client(&first)?, client(&second)?);
    for _ in 0..10 {
        let login_code = first.mint_login_code("alice", APP).await?;
        let (left, right) = tokio::join!(
            at_first.code_to_session(&login_code),
            at_second.code_to_session(&login_code)
        );
        assert_ne!(left.is_ok(), right.is_ok());
        assert_eq!(errcode(left).or(errcode(right)), Some(40163));
    }
    Ok(())
}

#[tokio::test]
async fn the_simulator_only_listens_to_this_machine() -> TestResult {
    let clock = Arc::new(ManualClock::new(START));
    let mut settings = config(&clock);
    settings.listen = SocketAddr::from(([0, 0, 0, 0], 0));
    let error = Simulator::start(settings).await.err().ok_or("must fail")?;
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    Ok(())
}

#[tokio::test]
async fn a_stopped_simulator_frees_its_port() -> TestResult {
    let world = World::new().await?;
    let address: SocketAddr = world.sim.base_url().trim_start_matches("http://").parse()?;
    world.login("alice").await?;
    world.sim.stop().await;
    world.sim.stop().await;
    let mut settings = config(&world.clock);
    settings.listen = address;
    let again = Simulator::start(settings).await?;
    assert_eq!(again.base_url(), world.sim.base_url());
    Ok(())
}

#[test]
fn the_simulator_starts_under_actix_too() -> TestResult {
    actix_web::rt::System::new().block_on(async {
        let world = World::new().await?;
        world.login("alice").await?;
        world.sim.stop().await;
        Ok(())
    })
}
