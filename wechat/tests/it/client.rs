//! Each call of the client, success and refusals.

use std::net::IpAddr;

use wechat::client::mini::{
    Label, RiskInquiry, RiskScene, SessionState, SubscribeMessage, Suggest, TEXT_LIMIT, TextCheck,
    TextScene,
};
use wechat::client::{Detail, Refusal, RetryPolicy, paths};
use wechat::simulator::Fault;
use wechat::{OpenId, Reaction, WechatError};

use crate::support::{APP, SERVICE_APP, TestResult, World, errcode};

#[tokio::test]
async fn code_to_session_with_a_fresh_code_identifies_the_user() -> TestResult {
    let world = World::new().await?;
    let session = world.login("alice").await?;
    assert_eq!(session.openid, world.sim.openid("alice", APP));
    assert_eq!(session.unionid, Some(world.sim.unionid("alice")));
    assert_eq!(world.sim.call_count(paths::STABLE_TOKEN), 0, "login needs no token");
    Ok(())
}

#[tokio::test]
async fn code_to_session_with_an_unusable_code_tells_the_user() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let code = world.sim.mint_login_code("alice", APP).await?;
    client.code_to_session(&code).await?;

    let error = client.code_to_session(&code).await.err().ok_or("a second use must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(40163), Reaction::User));
    assert!(error.rid().is_some());
    assert_eq!(errcode(client.code_to_session("nonsense").await), Some(40029));
    let foreign = world.sim.mint_login_code("alice", SERVICE_APP).await?;
    assert_eq!(errcode(client.code_to_session(&foreign).await), Some(40029));
    let late = world.sim.mint_login_code("alice", APP).await?;
    world.clock.advance(300);
    assert_eq!(errcode(client.code_to_session(&late).await), Some(40029));
    Ok(())
}

#[tokio::test]
async fn code_to_session_with_wrong_configuration_alerts() -> TestResult {
    let world = World::new().await?;
    let code = world.sim.mint_login_code("alice", APP).await?;
    let wrong_secret = world.client_with(|config| config.secret = "wrong".into())?;
    let error = wrong_secret.code_to_session(&code).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(40125), Reaction::Alert));
    let wrong_app = world.client_with(|config| config.appid = "wx00".to_owned())?;
    let error = wrong_app.code_to_session(&code).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(40013), Reaction::Alert));
    world.client()?.code_to_session(&code).await?;
    Ok(())
}

#[tokio::test]
async fn check_session_follows_the_rotation_of_the_key() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let first = world.login("alice").await?;
    let state = client.check_session(&first.openid, &first.session_key).await?;
    assert_eq!(state, SessionState::Current);

    let second = world.login("alice").await?;
    let state = client.check_session(&first.openid, &first.session_key).await?;
    assert_eq!(state, SessionState::Stale);
    let state = client.check_session(&second.openid, &second.session_key).await?;
    assert_eq!(state, SessionState::Current);

    let stranger = world.sim.openid("never-logged-in", APP);
    let state = client.check_session(&stranger, &second.session_key).await?;
    assert_eq!(state, SessionState::Stale);
    let foreign = OpenId::new("oForeign");
    assert_eq!(errcode(client.check_session(&foreign, &second.session_key).await), Some(40003));
    Ok(())
}

#[tokio::test]
async fn phone_number_is_read_once_and_only_by_its_owner() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let code = world.sim.mint_phone_code("alice", "13800138000", APP).await?;
    let bob = world.sim.openid("bob", APP);
    let error = client.phone_number(&code, Some(bob.as_str())).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(40029), Reaction::User));

    let alice = world.sim.openid("alice", APP);
    let phone = client.phone_number(&code, Some(alice.as_str())).await?;
    assert_eq!(phone.pure_phone_number, "13800138000");
    assert_eq!((phone.phone_number.as_str(), phone.country_code.as_str()), ("13800138000", "86"));
    assert_eq!(errcode(client.phone_number(&code, None).await), Some(40029));
    Ok(())
}

#[tokio::test]
async fn phone_number_abroad_carries_the_area_code() -> TestResult {
    let world = World::new().await?;
    let code = world.sim.mint_phone_code("alice", "+852-91234567", APP).await?;
    let phone = world.client()?.phone_number(&code, None).await?;
    assert_eq!(phone.phone_number, "85291234567");
    assert_eq!(
        (phone.pure_phone_number.as_str(), phone.country_code.as_str()),
        ("91234567", "852")
    );
    Ok(())
}

#[tokio::test]
async fn phone_number_of_another_app_is_a_defect() -> TestResult {
    let world = World::new().await?;
    let code = world.sim.mint_phone_code("alice", "13800138000", SERVICE_APP).await?;
    let error = world.client()?.phone_number(&code, None).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(40013), Reaction::Fix));
    Ok(())
}

#[tokio::test]
async fn check_text_returns_the_platforms_verdict() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let openid = world.login("alice").await?.openid;
    world.sim.text_rule("赌博", Suggest::Risky, Label::Crime);
    world.sim.text_rule("加微信", Suggest::Review, Label::Advertising);

    let mut check = TextCheck::new(openid, TextScene::Comment, "这个充电器很烫");
    let verdict = client.check_text(&check).await?;
    assert_eq!((verdict.suggest, verdict.label), (Suggest::Pass, Label::Normal));
    assert!(!verdict.trace_id.is_empty());
    check.content = "来赌博吧".to_owned();
    let verdict = client.check_text(&check).await?;
    assert_eq!((verdict.suggest, verdict.label), (Suggest::Risky, Label::Crime));
    check.content = "正常".to_owned();
    check.title = Some("加微信领奖".to_owned());
    let verdict = client.check_text(&check).await?;
    assert_eq!((verdict.suggest, verdict.label), (Suggest::Review, Label::Advertising));
    Ok(())
}

#[tokio::test]
async fn check_text_refuses_locally_what_the_platform_would() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let openid = world.login("alice").await?.openid;
    let check = |content: String| TextCheck::new(openid.clone(), TextScene::Forum, content);

    client.check_text(&check("质".repeat(TEXT_LIMIT))).await?;
    let sent = world.sim.call_count(paths::CHECK_TEXT);
    let refusal = client.check_text(&check("质".repeat(TEXT_LIMIT + 1))).await.err();
    assert!(
        matches!(refusal, Some(WechatError::Refused(Refusal::TooLong { chars: 2501, .. }))),
        "{refusal:?}"
    );
    let refusal = client.check_text(&check(" \n".to_owned())).await.err();
    assert!(matches!(refusal, Some(WechatError::Refused(Refusal::Empty("content")))));
    let mut signed = check("x".to_owned());
    signed.signature = Some("y".to_owned());
    let refusal = client.check_text(&signed).await.err();
    assert!(matches!(refusal, Some(WechatError::Refused(Refusal::SignatureOutsideProfile))));
    assert_eq!(world.sim.call_count(paths::CHECK_TEXT), sent, "nothing more was sent");
    Ok(())
}

#[tokio::test]
async fn check_text_of_an_absent_user_falls_to_manual_review() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let openid = world.login("alice").await?.openid;
    let check = TextCheck::new(openid, TextScene::Comment, "你好");
    world.clock.advance(7199);
    client.check_text(&check).await?;
    world.clock.advance(1);
    let error = client.check_text(&check).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(61010), Reaction::Drop));

    world.sim.mark_active("alice").await?;
    client.check_text(&check).await?;
    world.sim.mark_inactive("alice").await?;
    assert_eq!(errcode(client.check_text(&check).await), Some(61010));
    Ok(())
}

#[tokio::test]
async fn check_text_beyond_the_minute_limit_slows_down() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let openid = world.login("alice").await?.openid;
    let check = TextCheck::new(openid, TextScene::Comment, "你好");
    world.sim.limit_per_minute(paths::CHECK_TEXT, 1);
    client.check_text(&check).await?;
    let error = client.check_text(&check).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(44991), Reaction::Slow));
    world.clock.advance(60);
    client.check_text(&check).await?;
    Ok(())
}

fn inquiry(openid: &OpenId) -> RiskInquiry {
    let client_ip = IpAddr::from([203, 0, 113, 7]);
    RiskInquiry { openid: openid.clone(), scene: RiskScene::Register, client_ip }
}

#[tokio::test]
async fn risk_rank_is_what_the_platform_says() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let openid = world.login("alice").await?.openid;
    assert_eq!(client.user_risk_rank(&inquiry(&openid)).await?.code(), 0);
    world.sim.set_risk_rank("alice", 3);
    assert_eq!(client.user_risk_rank(&inquiry(&openid)).await?.code(), 3);
    let call = world.sim.calls(paths::RISK_RANK).pop().ok_or("no call")?;
    assert_eq!(
        call.body,
        serde_json::json!({
            "appid": APP, "openid": openid.as_str(), "scene": 0, "client_ip": "203.0.113.7",
        })
    );
    Ok(())
}

#[tokio::test]
async fn risk_rank_that_is_not_known_says_so() -> TestResult {
    let world = World::new().await?;
    let client = world.client_with(|config| config.retry = RetryPolicy::NEVER)?;
    let openid = world.login("alice").await?.openid;
    for (errcode, reaction) in [
        (48001, Reaction::Alert),
        (9_410_009, Reaction::Alert),
        (61080, Reaction::Retry),
        (61081, Reaction::Slow),
    ] {
        world.sim.inject(paths::RISK_RANK, Fault::Errcode(errcode), 1);
        let error = client.user_risk_rank(&inquiry(&openid)).await.err().ok_or("must fail")?;
        assert_eq!((error.errcode(), error.reaction()), (Some(errcode), reaction));
    }
    world.sim.set_risk_rank("alice", 5);
    let error = client.user_risk_rank(&inquiry(&openid)).await.err().ok_or("must fail")?;
    assert!(matches!(error, WechatError::InvalidReply { .. }), "{error:?}");
    world.clock.advance(7200);
    let error = client.user_risk_rank(&inquiry(&openid)).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(61010), Reaction::Drop));
    let foreign = inquiry(&world.sim.openid("alice", SERVICE_APP));
    assert_eq!(errcode(client.user_risk_rank(&foreign).await), Some(40003));
    Ok(())
}

fn message(touser: OpenId, data: &[(&str, &str)]) -> SubscribeMessage {
    let data = data.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    SubscribeMessage::new(touser, "tmpl-1", data)
}

#[tokio::test]
async fn send_subscribe_message_uses_up_one_grant() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let alice = world.sim.openid("alice", APP);
    world.sim.register_template("tmpl-1", &["thing1", "time2"]);
    world.sim.grant_subscribe("alice", "tmpl-1", 2).await?;
    let good = message(alice, &[("thing1", "检测报告\n已出"), ("time2", "2026年11月20日 15:01")]);

    let sent = client.send_subscribe_message(&good).await?;
    let msgid: u64 = sent.msgid.ok_or("the platform answers a msgid")?.parse()?;
    assert!(msgid > 1 << 53);
    client.send_subscribe_message(&good).await?;
    let error = client.send_subscribe_message(&good).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(43101), Reaction::Drop));

    let calls = world.sim.calls(paths::SUBSCRIBE_SEND);
    let body = &calls.first().ok_or("was called")?.body;
    assert_eq!(body.pointer("/data/thing1/value"), Some(&"检测报告 已出".into()));
    assert_eq!(body.pointer("/miniprogram_state"), Some(&"formal".into()));
    assert_eq!(body.pointer("/lang"), Some(&"zh_CN".into()));
    Ok(())
}

#[tokio::test]
async fn send_subscribe_message_with_wrong_keys_names_the_key() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let alice = world.sim.openid("alice", APP);
    world.sim.register_template("tmpl-1", &["thing1", "phrase4"]);
    for data in
        [&[("thing1", "好")] as &[_], &[("thing1", "好"), ("phrase4", "好"), ("thing9", "好")]]
    {
        let error = client.send_subscribe_message(&message(alice.clone(), data)).await.err();
        let Some(WechatError::Api(error)) = error else {
            return Err(format!("expected an API error, got {error:?}").into());
        };
        assert_eq!((error.errcode, error.reaction), (47003, Reaction::Fix));
        let key = if data.len() == 1 { "phrase4" } else { "thing9" };
        assert_eq!(error.detail, Some(Detail::TemplateKey(key.to_owned())));
    }
    let broken = message(alice, &[("thing1", "好"), ("phrase4", "通过1")]);
    let refusal = client.send_subscribe_message(&broken).await.err();
    let Some(WechatError::Refused(Refusal::TemplateValue { key, .. })) = refusal else {
        return Err(format!("expected a local refusal, got {refusal:?}").into());
    };
    assert_eq!(key, "phrase4");
    Ok(())
}

#[tokio::test]
async fn send_subscribe_message_checks_recipient_and_template() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let data = [("thing1", "好")];
    let stranger = message(world.sim.openid("alice", SERVICE_APP), &data);
    let error = client.send_subscribe_message(&stranger).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(40003), Reaction::Drop));
    let unknown = message(world.sim.openid("alice", APP), &data);
    let error = client.send_subscribe_message(&unknown).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(40037), Reaction::Alert));
    Ok(())
}

#[tokio::test]
async fn send_subscribe_message_while_another_is_sent_is_repeated() -> TestResult {
    let world = World::new().await?;
    world.sim.register_template("tmpl-1", &["thing1"]);
    world.sim.grant_subscribe("alice", "tmpl-1", 1).await?;
    world.sim.inject(paths::SUBSCRIBE_SEND, Fault::Errcode(43108), 2);
    let message = message(world.sim.openid("alice", APP), &[("thing1", "好")]);
    world.client()?.send_subscribe_message(&message).await?;
    assert_eq!(world.sim.call_count(paths::SUBSCRIBE_SEND), 3);
    Ok(())
}
