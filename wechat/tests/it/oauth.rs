//! Web authorisation of the service account, from the page to the end of the token.

use reqwest::redirect::Policy;
use wechat::client::official::OauthScope;
use wechat::client::{Refusal, paths};
use wechat::simulator::{Fault, SimAccount, Simulator};
use wechat::{Client, Reaction, UserRefreshToken, UserToken, WechatError};

use crate::support::{APP, Failure, SECRET, SERVICE_APP, TestResult, World, config, errcode};

const BACK: &str = "https://h5.example.gov.cn/h5/?from=menu";

/// What a browser gets: the status, where it is sent, and the text.
async fn open(url: &str) -> Result<(u16, Option<String>, String), Failure> {
    let browser = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build()?;
    let reply = browser.get(url).send().await?;
    let location = reply.headers().get("location");
    let location = location.map(|value| value.to_str().map(str::to_owned)).transpose()?;
    Ok((reply.status().as_u16(), location, reply.text().await?))
}

/// The page's address for a user who agrees.
fn agreed(client: &Client, scope: OauthScope, user: &str) -> Result<String, Failure> {
    let url = client.authorize_url(BACK, scope, "s1")?;
    Ok(url.replace("#wechat_redirect", &format!("&user={user}")))
}

async fn code(client: &Client, scope: OauthScope, user: &str) -> Result<String, Failure> {
    let (_, location, _) = open(&agreed(client, scope, user)?).await?;
    let location = reqwest::Url::parse(&location.ok_or("no redirect")?)?;
    let code = location.query_pairs().find(|(name, _)| name == "code").ok_or("no code")?;
    Ok(code.1.into_owned())
}

#[tokio::test]
async fn authorize_url_is_spelt_as_the_platform_wants_it() -> TestResult {
    let world = World::new().await?;
    let client = world.client_with(|config| config.appid = SERVICE_APP.to_owned())?;
    let url = client.authorize_url(BACK, OauthScope::Base, "abc123")?;
    assert_eq!(
        url,
        format!(
            "https://open.weixin.qq.com/connect/oauth2/authorize?appid={SERVICE_APP}\
             &redirect_uri=https%3A%2F%2Fh5.example.gov.cn%2Fh5%2F%3Ffrom%3Dmenu\
             &response_type=code&scope=snsapi_base&state=abc123#wechat_redirect"
        )
    );
    for state in ["", "a-b", "中", "a b", &"x".repeat(129)] {
        let error = client.authorize_url(BACK, OauthScope::Base, state).err();
        assert!(matches!(error, Some(WechatError::Refused(Refusal::State))), "{state}");
    }
    assert!(client.authorize_url("", OauthScope::Base, "a").is_err());
    Ok(())
}

#[tokio::test]
async fn the_page_asks_who_and_sends_back_with_code_and_state() -> TestResult {
    let world = World::new().await?;
    let client = world.service()?;
    let (status, _, text) = open(&client.authorize_url(BACK, OauthScope::Base, "s1")?).await?;
    assert_eq!(status, 200);
    assert!(text.contains("name=\"user\"") && text.contains("from=menu"));
    let (status, location, _) = open(&agreed(&client, OauthScope::Base, "alice")?).await?;
    let location = location.ok_or("no redirect")?;
    assert_eq!(status, 302);
    assert!(location.starts_with(&format!("{BACK}&code=")), "{location}");
    assert!(location.ends_with("&state=s1"), "{location}");
    Ok(())
}

#[tokio::test]
async fn the_page_refuses_what_the_platform_refuses() -> TestResult {
    let clock = World::new().await?.clock;
    let mut settings = config(&clock);
    let mut account = SimAccount::service(SERVICE_APP, SECRET);
    account.redirect_hosts = vec!["h5.example.gov.cn".to_owned()];
    settings.accounts = vec![SimAccount::mini_program(APP, SECRET), account];
    let sim = Simulator::start(settings).await?;
    let good = format!(
        "{}{}?appid={SERVICE_APP}&redirect_uri=https%3A%2F%2Fh5.example.gov.cn%2F\
         &response_type=code&scope=snsapi_base&state=s1&user=alice",
        sim.base_url(),
        paths::OAUTH_AUTHORIZE
    );
    assert_eq!(open(&good).await?.0, 302);
    for (from, to, code) in [
        (SERVICE_APP, APP, "10015"),
        (SERVICE_APP, "", "10012"),
        ("h5.example.gov.cn", "evil.example", "10003"),
        ("https%3A%2F%2Fh5.example.gov.cn%2F", "nonsense", "10003"),
        ("snsapi_base", "snsapi_everything", "10005"),
        ("scope=snsapi_base", "x=y", "10010"),
        ("state=s1", "x=y", "10013"),
        ("response_type=code&scope=snsapi_base", "scope=snsapi_base&response_type=code", "10010"),
    ] {
        let (status, location, text) = open(&good.replace(from, to)).await?;
        assert_eq!((status, location), (200, None), "{to}");
        assert!(text.contains(code), "{to}: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_silent_code_gives_the_openid_alone() -> TestResult {
    let world = World::new().await?;
    let client = world.service()?;
    let code = code(&client, OauthScope::Base, "alice").await?;
    let grant = client.oauth_access_token(&code).await?;
    assert_eq!(grant.openid, world.sim.openid("alice", SERVICE_APP));
    assert_eq!((grant.unionid.as_ref(), grant.is_snapshot), (None, false));
    assert!(grant.allows(OauthScope::Base) && !grant.allows(OauthScope::UserInfo));
    let error = client.oauth_userinfo(&grant.access_token, &grant.openid).await.err();
    let error = error.ok_or("the scope is not sufficient")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(48001), Reaction::User));
    assert_eq!(world.sim.call_count(paths::STABLE_TOKEN), 0, "it needs no token of the app");
    Ok(())
}

#[tokio::test]
async fn a_code_of_consent_gives_the_person_across_apps() -> TestResult {
    let world = World::new().await?;
    let client = world.service()?;
    let code = code(&client, OauthScope::UserInfo, "alice").await?;
    let grant = client.oauth_access_token(&code).await?;
    assert_eq!(grant.unionid, Some(world.sim.unionid("alice")));
    assert_eq!(grant.unionid, world.login("alice").await?.unionid, "one person, two doors");
    let user = client.oauth_userinfo(&grant.access_token, &grant.openid).await?;
    assert_eq!((user.openid, user.unionid), (grant.openid, grant.unionid));
    Ok(())
}

#[tokio::test]
async fn a_code_works_once_for_five_minutes_and_for_its_account() -> TestResult {
    let world = World::new().await?;
    let client = world.service()?;
    let mint = || world.sim.mint_oauth_code("alice", SERVICE_APP, OauthScope::Base);
    let used = mint().await?;
    client.oauth_access_token(&used).await?;
    let error = client.oauth_access_token(&used).await.err().ok_or("a second use must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(40163), Reaction::User));
    let late = mint().await?;
    world.clock.advance(300);
    let error = client.oauth_access_token(&late).await.err().ok_or("late")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(42003), Reaction::User));
    assert_eq!(errcode(client.oauth_access_token("nonsense").await), Some(40029));
    let login = world.sim.mint_login_code("alice", APP).await?;
    assert_eq!(errcode(client.oauth_access_token(&login).await), Some(40029));
    assert!(matches!(
        client.oauth_access_token("").await,
        Err(WechatError::Refused(Refusal::Empty("code")))
    ));
    let fresh = mint().await?;
    let mini = world.client()?;
    assert_eq!(errcode(mini.oauth_access_token(&fresh).await), Some(40013), "no service account");
    let wrong = world.client_with(|config| {
        config.appid = SERVICE_APP.to_owned();
        config.secret = "wrong".into();
    })?;
    let error = wrong.oauth_access_token(&fresh).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(40125), Reaction::Alert));
    client.oauth_access_token(&fresh).await?;
    Ok(())
}

#[tokio::test]
async fn a_snapshot_user_is_marked_and_never_the_same() -> TestResult {
    let world = World::new().await?;
    let client = world.service()?;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let code = world.sim.mint_snapshot_code(SERVICE_APP).await?;
        let grant = client.oauth_access_token(&code).await?;
        assert!(grant.is_snapshot);
        seen.push(grant.openid);
    }
    assert_ne!(seen.first(), seen.last());
    Ok(())
}

#[tokio::test]
async fn a_user_token_is_checked_and_renewed_until_a_month_is_over() -> TestResult {
    let world = World::new().await?;
    let client = world.service()?;
    let code = world.sim.mint_oauth_code("alice", SERVICE_APP, OauthScope::UserInfo).await?;
    let first = client.oauth_access_token(&code).await?;
    let bob = world.sim.openid("bob", SERVICE_APP);
    assert!(client.oauth_check(&first.access_token, &first.openid).await?);
    assert!(!client.oauth_check(&first.access_token, &bob).await?);
    assert!(!client.oauth_check(&UserToken::new("nonsense"), &first.openid).await?);
    world.clock.advance(7200);
    assert!(!client.oauth_check(&first.access_token, &first.openid).await?);
    let expired = client.oauth_userinfo(&first.access_token, &first.openid).await;
    assert_eq!(errcode(expired), Some(42001));
    let second = client.oauth_refresh(&first.refresh_token).await?;
    assert_eq!((&second.openid, &second.unionid), (&first.openid, &first.unionid));
    assert!(client.oauth_check(&second.access_token, &second.openid).await?);
    world.clock.advance(30 * 86_400);
    for dead in [second.refresh_token, UserRefreshToken::new("nonsense")] {
        let error = client.oauth_refresh(&dead).await.err().ok_or("must fail")?;
        assert_eq!((error.errcode(), error.reaction()), (Some(40030), Reaction::User));
    }
    Ok(())
}

#[tokio::test]
async fn a_redemption_is_never_repeated_and_shows_nothing() -> TestResult {
    let world = World::new().await?;
    let client = world.service()?;
    for fault in [Fault::Errcode(-1), Fault::Status(502), Fault::Truncated, Fault::Closed] {
        let code = world.sim.mint_oauth_code("alice", SERVICE_APP, OauthScope::Base).await?;
        world.sim.inject(paths::OAUTH_TOKEN, fault, 1);
        let error = client.oauth_access_token(&code).await.err().ok_or("must fail")?;
        assert_eq!(error.reaction(), Reaction::Retry, "{fault:?}");
        assert!(!format!("{error:?} {error}").contains(&code));
    }
    assert_eq!(world.sim.call_count(paths::OAUTH_TOKEN), 4);
    let code = world.sim.mint_oauth_code("alice", SERVICE_APP, OauthScope::UserInfo).await?;
    let grant = client.oauth_access_token(&code).await?;
    let shown = format!("{grant:?}");
    let unionid = world.sim.unionid("alice");
    for secret in [grant.access_token.expose(), grant.openid.as_str(), unionid.as_str()] {
        assert!(!shown.contains(secret));
    }
    Ok(())
}
