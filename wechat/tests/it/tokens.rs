//! The access token: single flight, refresh, rejection (protocol 1.5, 1.6).

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use wechat::client::mini::{TextCheck, TextScene};
use wechat::client::{FORCED_PER_DAY, TokenStore, paths};
use wechat::simulator::Fault;
use wechat::{AccessToken, Client, Reaction, WechatError};

use crate::support::{APP, Failure, START, TestResult, World};

/// How many calls asked for a forced refresh.
fn forced(world: &World) -> usize {
    let is_forced = |body: &serde_json::Value| body.get("force_refresh") == Some(&true.into());
    world.sim.calls(paths::STABLE_TOKEN).iter().filter(|call| is_forced(&call.body)).count()
}

fn fetched(world: &World) -> usize {
    world.sim.call_count(paths::STABLE_TOKEN)
}

async fn text_check(world: &World) -> Result<TextCheck, Failure> {
    let openid = world.login("alice").await?.openid;
    Ok(TextCheck::new(openid, TextScene::Comment, "你好"))
}

/// What the jobs yield when they run at the same time.
#[expect(clippy::disallowed_methods, reason = "every task is joined before this returns")]
async fn storm<T: Send + 'static>(
    jobs: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Result<Vec<T>, Failure> {
    let mut tasks = JoinSet::new();
    for job in jobs {
        tasks.spawn(job);
    }
    let mut outcomes = Vec::new();
    while let Some(outcome) = tasks.join_next().await {
        outcomes.push(outcome?);
    }
    Ok(outcomes)
}

/// `count` tasks on each of the clients, each asking for the token.
fn askers(
    clients: &[Client],
    count: usize,
) -> impl Iterator<Item = impl Future<Output = Result<AccessToken, WechatError>> + Send + 'static> {
    let clients = clients.iter().flat_map(move |client| std::iter::repeat_n(client, count));
    clients.cloned().map(|client| async move { client.access_token().await })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_replicas_with_many_tasks_fetch_one_token() -> TestResult {
    let world = World::new().await?;
    // A slow platform, so that everybody really waits.
    world.sim.inject(paths::STABLE_TOKEN, Fault::Latency(Duration::from_millis(40)), 1);
    let clients = [world.client()?, world.client()?, world.client()?];
    let tokens: Result<Vec<AccessToken>, WechatError> =
        storm(askers(&clients, 30)).await?.into_iter().collect();
    let tokens = tokens?;
    assert_eq!(tokens.len(), 90);
    assert!(tokens.windows(2).all(|pair| pair.first() == pair.last()));
    assert_eq!(fetched(&world), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_replicas_replace_a_dead_token_once() -> TestResult {
    let world = World::new().await?;
    let clients = [world.client()?, world.client()?, world.client()?];
    let check = text_check(&world).await?;
    storm(askers(&clients, 1)).await?;
    world.sim.invalidate_token(APP).await?;
    let before = fetched(&world);
    let jobs = clients.iter().flat_map(|client| [client; 10]).map(|client| {
        let (client, check) = (client.clone(), check.clone());
        async move { client.check_text(&check).await }
    });
    for verdict in storm(jobs).await? {
        verdict?;
    }
    assert_eq!(fetched(&world) - before, 1);
    assert_eq!(forced(&world), 0);
    Ok(())
}

#[tokio::test]
async fn a_winner_that_died_is_replaced_when_its_lease_ends() -> TestResult {
    let world = World::new().await?;
    assert!(world.tokens.try_lease(APP, "dead replica", START, START + 15).await?);
    let client = world.client()?;
    let mut waiting = std::pin::pin!(client.access_token());
    assert!(timeout(Duration::from_millis(30), &mut waiting).await.is_err(), "it waits");
    assert_eq!(fetched(&world), 0, "the loser does not call the platform");
    world.clock.advance(15);
    timeout(Duration::from_secs(2), waiting).await??;
    assert_eq!(fetched(&world), 1);
    Ok(())
}

#[tokio::test]
async fn a_loser_takes_what_the_winner_stored() -> TestResult {
    let world = World::new().await?;
    let winner = world.client()?;
    let loser = world.client()?;
    world.sim.inject(paths::STABLE_TOKEN, Fault::Latency(Duration::from_millis(30)), 1);
    let (won, lost) = tokio::join!(winner.access_token(), loser.access_token());
    assert_eq!(won?, lost?);
    assert_eq!(fetched(&world), 1);
    Ok(())
}

#[tokio::test]
async fn a_token_is_refreshed_before_it_expires() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let first = client.access_token().await?;
    world.clock.advance(7200 - 720 - 1);
    assert_eq!(client.access_token().await?, first);
    assert_eq!(fetched(&world), 1, "not due yet");

    world.clock.advance(1);
    assert_eq!(client.access_token().await?, first, "the platform has not rotated yet");
    assert_eq!(fetched(&world), 2);
    world.clock.advance(720 - 290 - 1);
    assert_eq!(client.access_token().await?, first);
    assert_eq!(fetched(&world), 2, "next attempt only after the rotation");

    world.clock.advance(1);
    assert_ne!(client.access_token().await?, first);
    assert_eq!(fetched(&world), 3);
    Ok(())
}

#[tokio::test]
async fn a_token_goes_on_while_its_refresh_fails() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let check = text_check(&world).await?;
    let first = client.access_token().await?;
    world.clock.advance(7200 - 700);
    world.sim.inject(paths::STABLE_TOKEN, Fault::Status(502), 1);
    world.sim.mark_active("alice").await?;
    client.check_text(&check).await?;
    assert_eq!(client.access_token().await?, first);
    assert_eq!(fetched(&world), 2, "and the failing endpoint is left alone for a while");
    world.clock.advance(10);
    client.access_token().await?;
    assert_eq!(fetched(&world), 3);
    Ok(())
}

#[tokio::test]
async fn a_token_replaced_by_another_replica_is_taken_from_the_store() -> TestResult {
    let world = World::new().await?;
    let (first, second) = (world.client()?, world.client()?);
    let check = text_check(&world).await?;
    let old = first.access_token().await?;
    second.access_token().await?;
    world.sim.invalidate_token(APP).await?;
    first.check_text(&check).await?;
    let before = fetched(&world);
    // The second still has the old one in its cache; the store knows better.
    assert_eq!(second.access_token().await?, old);
    second.check_text(&check).await?;
    assert_ne!(second.access_token().await?, old);
    assert_eq!(fetched(&world), before);
    Ok(())
}

#[tokio::test]
async fn a_cached_token_is_looked_up_again_after_a_minute() -> TestResult {
    let world = World::new().await?;
    let (first, second) = (world.client()?, world.client()?);
    let check = text_check(&world).await?;
    let old = first.access_token().await?;
    world.sim.invalidate_token(APP).await?;
    second.check_text(&check).await?;
    let new = second.access_token().await?;
    let before = fetched(&world);
    world.clock.advance(59);
    assert_eq!(first.access_token().await?, old);
    world.clock.advance(1);
    assert_eq!(first.access_token().await?, new);
    assert_eq!(fetched(&world), before);
    Ok(())
}

#[tokio::test]
async fn a_token_the_platform_calls_valid_but_refuses_is_forced_once() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let check = text_check(&world).await?;
    let old = client.access_token().await?;
    world.sim.inject(paths::CHECK_TEXT, Fault::TokenRejected, 1);
    client.check_text(&check).await?;
    assert_ne!(client.access_token().await?, old);
    assert_eq!(forced(&world), 1);
    let stored = world.tokens.load(APP).await?.ok_or("a token is stored")?;
    assert_eq!((stored.generation, stored.forced_count), (2, 1));
    assert_eq!(stored.last_forced_at, Some(START));
    Ok(())
}

#[tokio::test]
async fn a_token_refused_for_ever_alerts_and_never_loops() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let check = text_check(&world).await?;
    world.sim.inject(paths::CHECK_TEXT, Fault::TokenRejected, 1000);
    for round in 0..20 {
        let error = client.check_text(&check).await.err().ok_or("must fail")?;
        assert_eq!((error.errcode(), error.reaction()), (Some(40001), Reaction::Alert), "{round}");
    }
    // First call: fetch, normal, forced. Second: normal without effect. After that nothing for 30
    // seconds.
    assert_eq!((fetched(&world), forced(&world)), (4, 1));
    assert_eq!(world.sim.call_count(paths::CHECK_TEXT), 21);
    Ok(())
}

#[tokio::test]
async fn forced_refreshes_stop_at_the_daily_budget() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let check = text_check(&world).await?;
    world.sim.inject(paths::CHECK_TEXT, Fault::TokenRejected, 1000);
    for _ in 0..FORCED_PER_DAY + 5 {
        assert!(client.check_text(&check).await.is_err());
        world.clock.advance(31);
    }
    assert_eq!(forced(&world), usize::try_from(FORCED_PER_DAY)?);
    world.clock.advance(86_400);
    world.sim.mark_active("alice").await?;
    assert!(client.check_text(&check).await.is_err());
    assert_eq!(forced(&world), usize::try_from(FORCED_PER_DAY)? + 1, "a new day, a new budget");
    Ok(())
}

#[tokio::test]
async fn a_wrong_secret_alerts_after_one_call() -> TestResult {
    let world = World::new().await?;
    let check = text_check(&world).await?;
    let client = world.client_with(|config| config.secret = "wrong".into())?;
    let error = client.check_text(&check).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(40125), Reaction::Alert));
    assert_eq!(fetched(&world), 1);

    world.sim.inject(paths::STABLE_TOKEN, Fault::Errcode(40001), 1);
    let error = world.client()?.check_text(&check).await.err().ok_or("must fail")?;
    assert_eq!((error.errcode(), error.reaction()), (Some(40001), Reaction::Alert));
    assert_eq!(fetched(&world), 2);
    assert_eq!(world.sim.call_count(paths::CHECK_TEXT), 0);
    Ok(())
}

#[tokio::test]
async fn a_failing_token_call_is_repeated_with_the_call_that_needs_it() -> TestResult {
    let world = World::new().await?;
    let check = text_check(&world).await?;
    world.sim.inject(paths::STABLE_TOKEN, Fault::Errcode(-1), 2);
    world.client()?.check_text(&check).await?;
    assert_eq!(fetched(&world), 3);
    Ok(())
}

#[tokio::test]
async fn tasks_that_waited_through_a_failure_share_it() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    assert!(world.tokens.try_lease(APP, "busy replica", START, START + 15).await?);
    world.sim.inject(paths::STABLE_TOKEN, Fault::Errcode(-1), 1000);
    let release = async {
        sleep(Duration::from_millis(30)).await;
        world.tokens.release(APP, "busy replica").await
    };
    let clients = [client];
    let (outcomes, released) = tokio::join!(storm(askers(&clients, 20)), release);
    released?;
    for outcome in outcomes? {
        assert!(matches!(outcome, Err(WechatError::Api(_))));
    }
    assert_eq!(fetched(&world), 1);
    Ok(())
}

#[tokio::test]
async fn a_lease_held_by_another_does_not_stop_a_living_token() -> TestResult {
    let world = World::new().await?;
    let client = world.client()?;
    let first = client.access_token().await?;
    world.clock.advance(7200 - 500);
    let now = START + 7200 - 500;
    assert!(world.tokens.try_lease(APP, "busy replica", now, now + 15).await?);
    assert_eq!(client.access_token().await?, first);
    assert_eq!(fetched(&world), 1);
    Ok(())
}
