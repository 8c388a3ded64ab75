//! One suite for both sides of the Kv: the process (`::sqlite`) and Redis (`::postgres`).

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use sanjin::platform::http::ErrorCode;
use sanjin::platform::kv::{Kv, Rule};
use tests::backends;

/// How many of `tries` are allowed at this moment.
async fn allowed(kv: &Kv, key: &str, tries: usize) -> usize {
    let mut count = 0;
    for _ in 0..tries {
        count += usize::from(kv.limit(Rule::AddressLogins, key).await.is_ok());
    }
    count
}

backends! {
    async fn a_limit_allows_a_minute_at_once_and_then_one_by_one(app, config => {
        config.limits.logins_per_address_per_minute = 6;
    }) {
        let kv = &app.app.kv;
        assert_eq!(allowed(kv, "a", 8).await, 6);
        let refusal = kv.limit(Rule::AddressLogins, "a").await.unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::RateLimited);
        let wait = refusal.respond("").headers().get("retry-after").unwrap().to_str().unwrap().to_owned();
        assert_eq!(wait, "10", "sixty seconds for six");
        app.advance(TimeDelta::seconds(10));
        assert_eq!(allowed(kv, "a", 2).await, 1);
        app.advance(TimeDelta::seconds(25));
        assert_eq!(allowed(kv, "a", 4).await, 2);
        app.advance(TimeDelta::minutes(10));
        assert_eq!(allowed(kv, "a", 8).await, 6, "a long rest does not save up more than a minute");
    }

    async fn limits_count_keys_and_rules_apart(app, config => {
        config.limits.logins_per_address_per_minute = 1;
        config.limits.staff_logins_per_address_per_minute = 1;
    }) {
        let kv = &app.app.kv;
        assert_eq!(allowed(kv, "a", 2).await, 1);
        assert_eq!(allowed(kv, "b", 2).await, 1);
        assert!(kv.limit(Rule::AddressStaffLogins, "a").await.is_ok());
    }

    async fn a_limit_of_zero_is_none(app, config => {
        config.limits.logins_per_address_per_minute = 0;
    }) {
        assert_eq!(allowed(&app.app.kv, "a", 500).await, 500);
    }

    async fn a_limit_raced_by_many_lets_exactly_its_number_through(app, config => {
        config.limits.logins_per_address_per_minute = 20;
    }) {
        let tries = (0..100).map(|_| app.app.kv.limit(Rule::AddressLogins, "storm"));
        let through = join_all(tries).await.into_iter().filter(Result::is_ok).count();
        assert_eq!(through, 20);
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
}
