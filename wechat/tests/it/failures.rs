//! Faults on the way: what is repeated, what is not, and that nothing leaks.

use std::error::Error;
use std::time::Duration;

use wechat::client::mini::{SubscribeMessage, TextCheck, TextScene};
use wechat::client::{ApiError, ConfigError, Detail, ReplyFault, RetryPolicy, paths};
use wechat::simulator::{Fault, Simulator};
use wechat::{Client, ClientConfig, ManualClock, Reaction, WechatError};

use crate::support::{APP, Failure, SECRET, START, TestResult, World, config};

async fn text_check(world: &World) -> Result<TextCheck, Failure> {
    let openid = world.login("alice").await?.openid;
    Ok(TextCheck::new(openid, TextScene::Comment, "你好"))
}

#[tokio::test]
async fn check_text_is_repeated_after_every_passing_fault() -> TestResult {
    for fault in [Fault::Errcode(-1), Fault::Status(502), Fault::Truncated, Fault::Closed] {
        let world = World::new().await?;
        let (client, check) = (world.client()?, text_check(&world).await?);
        world.sim.inject(paths::CHECK_TEXT, fault, 3);
        client.check_text(&check).await?;
        assert_eq!(world.sim.call_count(paths::CHECK_TEXT), 4, "{fault:?}");
    }
    Ok(())
}

#[tokio::test]
async fn check_text_gives_up_after_the_retries() -> TestResult {
    let world = World::new().await?;
    let (client, check) = (world.client()?, text_check(&world).await?);
    world.sim.inject(paths::CHECK_TEXT, Fault::Errcode(-1), 99);
    let error = client.check_text(&check).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(-1), Reaction::Retry));
    assert_eq!(world.sim.call_count(paths::CHECK_TEXT), 4);
    Ok(())
}

#[tokio::test]
async fn code_to_session_is_never_repeated() -> TestResult {
    for fault in [Fault::Errcode(-1), Fault::Status(503), Fault::Truncated, Fault::Closed] {
        let world = World::new().await?;
        let code = world.sim.mint_login_code("alice", APP).await?;
        world.sim.inject(paths::CODE_TO_SESSION, fault, 1);
        let error = world.client()?.code_to_session(&code).await.err().ok_or("must fail")?;
        assert_eq!(error.reaction(), Reaction::Retry, "{fault:?}");
        assert_eq!(world.sim.call_count(paths::CODE_TO_SESSION), 1, "{fault:?}");
    }
    Ok(())
}

#[tokio::test]
async fn send_subscribe_message_is_not_repeated_when_it_may_have_gone_out() -> TestResult {
    for fault in [Fault::Status(502), Fault::Truncated, Fault::Closed] {
        let world = World::new().await?;
        world.sim.register_template("tmpl-1", &["thing1"]);
        world.sim.grant_subscribe("alice", "tmpl-1", 9).await?;
        world.sim.inject(paths::SUBSCRIBE_SEND, fault, 1);
        let data = [("thing1".to_owned(), "好".to_owned())];
        let message = SubscribeMessage::new(world.sim.openid("alice", APP), "tmpl-1", data);
        let result = world.client()?.send_subscribe_message(&message).await;
        assert!(result.is_err(), "{fault:?}");
        assert_eq!(world.sim.call_count(paths::SUBSCRIBE_SEND), 1, "{fault:?}");
    }
    Ok(())
}

#[tokio::test]
async fn phone_number_is_repeated_once_and_only_when_the_code_is_unused() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let code = world.sim.mint_phone_code("alice", "13800138000", APP).await?;
    world.sim.inject(paths::PHONE_NUMBER, Fault::Errcode(-1), 1);
    client.phone_number(&code, None).await?;
    assert_eq!(world.sim.call_count(paths::PHONE_NUMBER), 2);

    world.sim.inject(paths::PHONE_NUMBER, Fault::Errcode(-1), 2);
    let result = client.phone_number("any", None).await;
    assert_eq!(result.err().and_then(|error| error.errcode()), Some(-1));
    assert_eq!(world.sim.call_count(paths::PHONE_NUMBER), 4);

    let code = world.sim.mint_phone_code("alice", "13800138000", APP).await?;
    world.sim.inject(paths::PHONE_NUMBER, Fault::Truncated, 1);
    assert!(client.phone_number(&code, None).await.is_err());
    assert_eq!(world.sim.call_count(paths::PHONE_NUMBER), 5);
    Ok(())
}

#[tokio::test]
async fn faults_arrive_as_typed_errors() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    // Only the last fault is about time; a busy machine must not turn the others into it.
    let hasty = world.client_with(|config| config.request_timeout = Duration::from_millis(60))?;
    let login = async |client: &Client, fault| {
        world.sim.inject(paths::CODE_TO_SESSION, fault, 1);
        client.code_to_session("any").await.err().ok_or("must fail")
    };
    let error = login(&client, Fault::Status(502)).await?;
    assert!(matches!(error, WechatError::Http { status: 502, .. }), "{error:?}");
    let error = login(&client, Fault::Truncated).await?;
    let is_garbage = matches!(error, WechatError::InvalidReply { reason: ReplyFault::NotJson, .. });
    assert!(is_garbage, "{error:?}");
    let error = login(&client, Fault::Closed).await?;
    assert!(matches!(error, WechatError::Transport { unsent: false, .. }), "{error:?}");
    let error = login(&hasty, Fault::Latency(Duration::from_secs(2))).await?;
    assert!(matches!(error, WechatError::Timeout { .. }), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn an_unreachable_platform_is_known_not_to_have_seen_the_call() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    world.sim.stop().await;
    let error = client.code_to_session("any").await.err().ok_or("must fail")?;
    assert!(matches!(error, WechatError::Transport { unsent: true, .. }), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_reply_beyond_the_limit_is_not_read() -> TestResult {
    let world = World::new().await?;
    let client = world.client_with(|config| config.max_reply_bytes = 20)?;
    let error = client.code_to_session("any").await.err().ok_or("must fail")?;
    let is_too_long =
        matches!(error, WechatError::InvalidReply { reason: ReplyFault::TooLong, .. });
    assert!(is_too_long, "{error:?}");
    Ok(())
}

#[tokio::test]
async fn the_content_type_of_a_reply_does_not_matter() -> TestResult {
    let clock = std::sync::Arc::new(ManualClock::new(START));
    let mut settings = config(&clock);
    settings.plain_text_replies = true;
    let sim = Simulator::start(settings).await?;
    let config = ClientConfig::new(APP, SECRET).with_base_url(sim.base_url());
    let client =
        Client::new(config, std::sync::Arc::<wechat::client::MemoryTokenStore>::default(), clock)?;
    let code = sim.mint_login_code("alice", APP).await?;
    client.code_to_session(&code).await?;
    Ok(())
}

#[tokio::test]
async fn an_address_off_the_allow_list_is_shown_to_the_operator() -> TestResult {
    let world = World::new().await?;
    world.sim.inject(paths::STABLE_TOKEN, Fault::Errcode(40164), 1);
    let error = world.client()?.access_token().await.err().ok_or("must fail")?;
    let WechatError::Api(ApiError { detail: Some(Detail::EgressIp(ip)), reaction, .. }) = error
    else {
        return Err(format!("expected the address, got {error:?}").into());
    };
    assert_eq!((ip.to_string().as_str(), reaction), ("127.0.0.1", Reaction::Alert));
    Ok(())
}

#[tokio::test]
async fn errors_hold_no_credential_and_no_url() -> TestResult {
    let world = World::new().await?;
    let client = world.client_with(|config| {
        config.retry = RetryPolicy::NEVER;
        config.request_timeout = Duration::from_millis(60);
    })?;
    let mut errors = Vec::new();
    for fault in [
        Fault::Closed,
        Fault::Truncated,
        Fault::Status(500),
        Fault::Errcode(40029),
        Fault::Latency(Duration::from_secs(2)),
    ] {
        world.sim.inject(paths::CODE_TO_SESSION, fault, 1);
        errors.push(client.code_to_session("the-login-code").await.err().ok_or("must fail")?);
    }
    world.sim.stop().await;
    errors.push(client.code_to_session("the-login-code").await.err().ok_or("must fail")?);
    for error in errors {
        let mut shown = format!("{error} {error:?}");
        let mut source: Option<&dyn Error> = error.source();
        while let Some(cause) = source {
            shown.push_str(&format!(" {cause} {cause:?}"));
            source = cause.source();
        }
        for secret in [SECRET, "the-login-code", "js_code", "?appid="] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
    Ok(())
}

#[test]
fn a_client_is_not_built_from_insecure_settings() {
    let build = |config: ClientConfig| {
        let clock = std::sync::Arc::new(ManualClock::new(START));
        Client::new(config, std::sync::Arc::<wechat::client::MemoryTokenStore>::default(), clock)
            .err()
    };
    let clear = ClientConfig::new(APP, SECRET).with_base_url("http://api.weixin.qq.com");
    assert!(matches!(build(clear), Some(ConfigError::InsecureBaseUrl)));
    assert!(matches!(build(ClientConfig::new("", SECRET)), Some(ConfigError::EmptyAppid)));
}
