//! Asking again for what one has.

use chrono::TimeDelta;
use tests::{Role, backends, statements};

use super::{FORMATS, article, correct, feed, get, path, publish, titles, withdraw};

backends! {
    async fn get_feed_that_the_client_has_is_not_sent_again(app) {
        app.article("甲").await;
        app.advance(TimeDelta::minutes(1));
        for (ending, _) in FORMATS {
            let first = get(app, &path(ending)).await;
            assert_eq!(first.header("last-modified"), "Fri, 20 Nov 2026 02:00:00 GMT");
            assert!(first.header("cache-control").starts_with("public, max-age=60"));
            let before = statements();
            for (name, value) in
                [("if-none-match", first.header("etag")), ("if-modified-since", first.header("last-modified"))]
            {
                let known = app.get(&path(ending)).header(name, value).send().await;
                assert_eq!((known.status.as_u16(), known.body.len()), (304, 0), "{ending} {name}");
                assert_eq!(known.header("etag"), first.header("etag"));
            }
            assert_eq!(statements(), before, "{ending}: it asked the database");
            // A tag is exact, so the date beside it does not count (RFC 9110, section 13.2.2).
            let other = app.get(&path(ending)).header("if-none-match", "\"other\"");
            let other = other.header("if-modified-since", first.header("last-modified"));
            assert_eq!(other.send().await.status, 200);
            for date in ["Fri, 20 Nov 2026 01:59:59 GMT", "yesterday", ""] {
                let stale = app.get(&path(ending)).header("if-modified-since", date).send().await;
                assert_eq!(stale.status, 200, "{date}");
            }
        }
    }

    async fn get_feed_tells_no_date_while_its_second_may_change_again(app) {
        app.article("甲").await;
        let reply = get(app, &path("atom")).await;
        assert!(reply.headers.get("last-modified").is_none());
        let asked = app.get(&path("atom")).header("if-modified-since", "Fri, 20 Nov 2026 02:00:00 GMT");
        assert_eq!(asked.send().await.status, 200);
    }

    async fn get_feed_with_a_date_shows_corrections_and_withdrawals(app) {
        let (first, second) = (app.article("甲").await, app.article("乙").await);
        app.advance(TimeDelta::minutes(1));
        let mut date = get(app, &path("atom")).await.header("last-modified").to_owned();
        for step in 0..2 {
            app.advance(TimeDelta::minutes(1));
            match step {
                0 => correct(app, first, "甲，更正").await,
                // The newest of what is left did not change.
                _ => withdraw(app, first).await,
            }
            app.advance(TimeDelta::minutes(1));
            let reply = app.get(&path("atom")).header("if-modified-since", &date).send().await;
            assert_eq!(reply.status, 200, "step {step}");
            assert_ne!(reply.header("last-modified"), date);
            date = reply.header("last-modified").to_owned();
        }
        assert_eq!(titles(&feed(app, &path("atom")).await), ["乙"], "{second}");
    }

    async fn get_feed_knows_nothing_of_drafts(app) {
        let (first, _) = publish(app, article("甲", "knowledge")).await;
        app.advance(TimeDelta::minutes(1));
        app.article("乙").await;
        app.advance(TimeDelta::minutes(1));
        let date = get(app, &path("atom")).await.header("last-modified").to_owned();
        let editor = app.staff(Role::Editor, "country").await;
        let staff_path = format!("/api/v1/staff/articles/{first}");
        let version = app.get(&staff_path).by(&editor).send().await.header("etag").to_owned();
        let put = app.put(&staff_path).by(&editor).header("if-match", &version);
        put.json(article("甲，新", "knowledge")).send().await.expect(200);
        app.advance(TimeDelta::minutes(1));
        // Another address, so that it is not the page that was kept.
        let after = get(app, &format!("{}?category=knowledge", path("atom"))).await;
        assert_eq!(after.header("last-modified"), date);
        assert_eq!(titles(&feed(app, &path("json")).await), ["乙", "甲"]);
    }

    async fn get_feed_asks_as_often_for_many_as_for_one(app) {
        app.article("甲").await;
        let count = async |path: &str| {
            let before = statements();
            get(app, path).await;
            statements() - before
        };
        let one = count(&path("atom")).await;
        for title in ["乙", "丙", "丁"] {
            app.article(title).await;
        }
        assert_eq!(count(&path("atom")).await, one);
        assert!((1..=4).contains(&one), "{one} statements");
    }
}
