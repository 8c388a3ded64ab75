//! One suite for both sides of the Kv: the process (`::sqlite`) and Redis (`::postgres`).

use std::net::IpAddr;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use sanjin::platform::http::ErrorCode;
use sanjin::platform::kv::{Failures, LimitKey, Limiter, Quota, Verdict};
use tests::{TestApp, backends};
use uuid::Uuid;

fn limiter(app: &TestApp, name: &str, burst: u32, seconds: u64) -> Limiter {
    app.app.kv.limiter(name, Quota { burst, interval: Duration::from_secs(seconds) })
}

fn key(address: &str) -> LimitKey {
    LimitKey { address: Some(address.parse::<IpAddr>().unwrap()), ..LimitKey::default() }
}

/// How many of `tries` are allowed at this moment.
async fn allowed(limiter: &Limiter, key: LimitKey, tries: usize) -> usize {
    let mut count = 0;
    for _ in 0..tries {
        count += usize::from(limiter.take(key).await == Verdict::Allowed);
    }
    count
}

backends! {
    async fn a_limit_allows_a_burst_at_once_and_then_one_by_one(app) {
        let limiter = limiter(app, "six", 6, 10);
        let a = key("10.0.0.1");
        assert_eq!(allowed(&limiter, a, 8).await, 6);
        let refusal = limiter.take(a).await.allowed().unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::RateLimited);
        let wait = refusal.respond("").headers().get("retry-after").unwrap().to_str().unwrap().to_owned();
        assert_eq!(wait, "10", "sixty seconds for six");
        app.advance(TimeDelta::seconds(10));
        assert_eq!(allowed(&limiter, a, 2).await, 1);
        app.advance(TimeDelta::seconds(25));
        assert_eq!(allowed(&limiter, a, 4).await, 2);
        app.advance(TimeDelta::minutes(10));
        assert_eq!(allowed(&limiter, a, 8).await, 6, "a long rest does not save up more");
    }

    async fn a_limit_with_a_small_burst_gives_the_rest_over_time(app) {
        // 24 a day, two at once.
        let limiter = limiter(app, "daily", 2, 3_600);
        assert_eq!(allowed(&limiter, key("::1"), 3).await, 2);
        app.advance(TimeDelta::minutes(59));
        assert_eq!(limiter.take(key("::1")).await, Verdict::Wait(Duration::from_secs(60)));
        app.advance(TimeDelta::minutes(1));
        assert_eq!(allowed(&limiter, key("::1"), 3).await, 1);
    }

    async fn limits_count_keys_and_names_apart(app) {
        let (one, other) = (limiter(app, "one", 1, 60), limiter(app, "other", 1, 60));
        let (account, operation) = (Some(Uuid::from_u128(7)), Some("submit_complaint"));
        let keys = [
            key("10.0.0.1"),
            key("10.0.0.2"),
            LimitKey { account, ..LimitKey::default() },
            LimitKey { account, ..key("10.0.0.1") },
            LimitKey { account, operation, ..key("10.0.0.1") },
            LimitKey { operation, ..LimitKey::default() },
            LimitKey { operation: Some("get_me"), ..LimitKey::default() },
            LimitKey { phone: Some([7; 32]), ..LimitKey::default() },
            LimitKey { phone: Some([8; 32]), ..LimitKey::default() },
            LimitKey::default(),
        ];
        for key in keys {
            assert_eq!(allowed(&one, key, 2).await, 1, "{key:?}");
        }
        assert_eq!(allowed(&other, key("10.0.0.1"), 2).await, 1);
    }

    async fn a_limit_raced_by_many_lets_exactly_its_number_through(app) {
        let limiter = limiter(app, "storm", 20, 3);
        let tries = (0..100).map(|_| limiter.take(key("10.0.0.1")));
        let through = join_all(tries).await.into_iter().filter(|v| *v == Verdict::Allowed).count();
        assert_eq!(through, 20);
    }

    async fn failures_are_counted_in_a_window_that_the_first_begins(app) {
        let kv = &app.app.kv;
        let window = Duration::from_secs(60);
        let count = async || kv.count_failure("a", 3, window).await;
        let used_up = |secs, is_news| Failures::UsedUp { wait: Duration::from_secs(secs), is_news };
        assert_eq!(count().await, Failures::Counted);
        app.advance(TimeDelta::seconds(50));
        assert_eq!(count().await, Failures::Counted);
        kv.forgive("a").await;
        assert_eq!(count().await, Failures::Counted);
        assert_eq!(count().await, Failures::Counted);
        assert_eq!(count().await, used_up(10, true));
        assert_eq!(count().await, used_up(10, false));
        assert_eq!(kv.count_failure("b", 3, window).await, Failures::Counted);
        app.advance(TimeDelta::seconds(10));
        for _ in 0..3 {
            assert_eq!(count().await, Failures::Counted);
        }
        assert_eq!(count().await, used_up(60, true));
        // Forgiving what was never counted gives nothing.
        for _ in 0..5 {
            kv.forgive("c").await;
        }
        assert_eq!(kv.count_failure("c", 1, window).await, Failures::Counted);
        assert_eq!(kv.count_failure("c", 1, window).await, used_up(60, true));
    }

    async fn failures_raced_by_many_are_counted_exactly(app) {
        let tries = (0..100).map(|_| app.app.kv.count_failure("storm", 20, Duration::from_secs(60)));
        let verdicts = join_all(tries).await;
        assert_eq!(verdicts.iter().filter(|v| **v == Failures::Counted).count(), 20);
        let is_news = |v: &&Failures| matches!(v, Failures::UsedUp { is_news: true, .. });
        assert_eq!(verdicts.iter().filter(is_news).count(), 1);
    }

    async fn a_ticket_is_seen_by_all_and_taken_by_one(app) {
        let kv = &app.app.kv;
        kv.put_ticket("t", "值", Duration::from_secs(60)).await;
        assert_eq!(kv.ticket("t").await.as_deref(), Some("值"));
        let takers = join_all((0..20).map(|_| kv.take_ticket("t"))).await;
        assert_eq!(takers.into_iter().flatten().collect::<Vec<_>>(), ["值"]);
        assert_eq!(kv.ticket("t").await, None);
        assert_eq!(kv.take_ticket("never").await, None);
    }

    async fn a_ticket_is_replaced_and_ends(app) {
        let kv = &app.app.kv;
        kv.put_ticket("t", "old", Duration::from_secs(60)).await;
        kv.put_ticket("t", "new", Duration::from_millis(30)).await;
        // The process goes by the test's clock, Redis by its own.
        app.advance(TimeDelta::milliseconds(31));
        let mut left = kv.ticket("t").await;
        for _ in 0..100 {
            if left.is_none() {
                break;
            }
            assert_eq!(left.as_deref(), Some("new"));
            tokio::time::sleep(Duration::from_millis(5)).await;
            left = kv.ticket("t").await;
        }
        assert_eq!(left, None);
    }

    async fn a_ticket_is_claimed_by_one_until_it_ends(app) {
        let kv = &app.app.kv;
        let claims = join_all((0..20).map(|_| kv.claim_ticket("c", Duration::from_millis(30)))).await;
        assert_eq!(claims.into_iter().filter(|is_first| *is_first).count(), 1);
        kv.put_ticket("t", "", Duration::from_secs(60)).await;
        assert!(!kv.claim_ticket("t", Duration::from_secs(60)).await, "there is one");
        app.advance(TimeDelta::milliseconds(31));
        let mut is_free = false;
        for _ in 0..100 {
            is_free = kv.claim_ticket("c", Duration::from_secs(60)).await;
            if is_free {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(is_free);
    }
}
