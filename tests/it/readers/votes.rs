//! Whether an article was useful, and how often it was passed on.

use futures_util::future::join_all;
use serde_json::json;
use tests::{backends, wide_pool};
use uuid::Uuid;

use super::{draft, editor, is_counted_right, readership, state, take_back, vote};

backends! {
    async fn a_vote_counts_once_and_can_be_changed(app) {
        let person = app.resident("xiaoming").await;
        let article = app.article("甲").await;
        for (body, useful, not_useful) in [
            (json!({ "useful": true }), 1, 0),
            (json!({ "useful": true }), 1, 0),
            (json!({ "useful": false, "reason": "outdated" }), 0, 1),
            (json!({ "useful": false, "reason": "too_long" }), 0, 1),
            (json!({ "useful": true }), 1, 0),
        ] {
            vote(app, &person, article, body.clone()).await.expect(204);
            let numbers = readership(app, article).await;
            assert_eq!([&numbers["useful"], &numbers["not_useful"]], [&json!(useful), &json!(not_useful)]);
            let own = state(app, &person, article).await.expect(200);
            assert_eq!([&own["vote"]["useful"], &own["vote"]["reason"]], [&body["useful"], &body["reason"]]);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM article_votes").await, 1);
        let path = format!("/api/v1/articles/{article}/usefulness");
        for _ in 0..2 {
            app.delete(&path).by(&person).send().await.expect(204);
        }
        let numbers = readership(app, article).await;
        assert_eq!([&numbers["useful"], &numbers["not_useful"], &numbers["reasons"]], [&json!(0), &json!(0), &json!([])]);
        assert!(is_counted_right(app).await);
    }

    async fn a_vote_that_cannot_be_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let article = app.article("甲").await;
        let path = format!("/api/v1/articles/{article}/usefulness");
        let good = json!({ "useful": false, "reason": "unclear" });
        app.refuses_each(|| app.put(&path).by(&person), &good, [
            ("useful", json!(1)), ("useful", json!(null)), ("reason", json!("讲得不清楚")),
            ("useful", json!("no")), ("text", json!("x")),
        ]).await;
        vote(app, &person, article, json!({ "useful": true, "reason": "unclear" })).await.invalid("reason");
        for id in [draft(app, "草稿").await, Uuid::nil()] {
            vote(app, &person, id, good.clone()).await.problem(404, "not_found");
        }
        take_back(app, article).await;
        vote(app, &person, article, good).await.problem(404, "not_found");
        assert_eq!(app.count("SELECT COUNT(*) FROM article_votes").await, 0);
    }

    async fn staff_see_reasons_and_shares_as_numbers(app) {
        let article = app.article("甲").await;
        let people = app.residents(4).await;
        for (person, reason) in people.iter().zip(["unclear", "unclear", "off_topic"]) {
            vote(app, person, article, json!({ "useful": false, "reason": reason })).await.expect(204);
        }
        vote(app, &people[3], article, json!({ "useful": false })).await.expect(204);
        let path = format!("/api/v1/articles/{article}/shares");
        let share = |channel: &str| app.post(&path).by(&people[0]).json(json!({ "channel": channel })).send();
        for channel in ["moments", "moments", "group"] {
            share(channel).await.expect(204);
        }
        for channel in ["weibo", "", "Moments"] {
            share(channel).await.invalid("channel");
        }
        app.put(&format!("/api/v1/me/favourites/{article}")).by(&people[1]).send().await.expect(204);
        let numbers = readership(app, article).await;
        assert_eq!(numbers, json!({
            "id": article, "useful": 0, "not_useful": 4, "favourites": 1, "poster_hits": 0,
            "reasons": [{ "reason": "off_topic", "votes": 1 }, { "reason": "unclear", "votes": 2 }],
            "shares": [{ "channel": "group", "shares": 1 }, { "channel": "moments", "shares": 2 }],
        }));
        // Nobody is named where shares are counted.
        let shares = app.dump("article_shares").await;
        assert!(people.iter().all(|p| !shares.to_lowercase().contains(&p.id.simple().to_string())));
        let nobody = format!("/api/v1/staff/articles/{}/readership", Uuid::nil());
        app.get(&nobody).by(&editor(app).await).send().await.problem(404, "not_found");
        let unpublished = draft(app, "草稿").await;
        let path = format!("/api/v1/articles/{unpublished}/shares");
        let reply = app.post(&path).by(&people[0]).json(json!({ "channel": "link" })).send().await;
        reply.problem(404, "not_found");
        // The public body knows nothing of any of it.
        let public = app.get(&format!("/api/v1/articles/{article}")).send().await;
        for word in ["useful", "favourite", "vote", "progress", "shares"] {
            assert!(!public.text().contains(word), "{word}");
        }
    }

    async fn a_storm_of_votes_leaves_the_numbers_of_the_rows(app, config => { wide_pool(config); }) {
        let articles = [app.article("甲").await, app.article("乙").await];
        let people = app.residents(25).await;
        for round in 0..2 {
            let all = people.iter().enumerate().flat_map(|(n, person)| {
                // Each toggles twice at the same moment, on both articles.
                (0..4).map(move |k| (person, n, k))
            });
            let all = all.map(|(person, n, k)| async move {
                let article = articles[k % 2];
                if (n + k + round) % 5 == 0 {
                    let path = format!("/api/v1/articles/{article}/usefulness");
                    return app.delete(&path).by(person).send().await;
                }
                vote(app, person, article, json!({ "useful": (n + k / 2 + round) % 2 == 0 })).await
            });
            join_all(all).await.iter().for_each(|reply| drop(reply.expect(204)));
            assert!(is_counted_right(app).await, "round {round}");
        }
        assert!(app.count("SELECT CAST(SUM(useful + not_useful) AS BIGINT) FROM article_counters").await > 0);
    }

    async fn a_storm_of_shares_is_counted_to_the_last(app, config => { wide_pool(config); }) {
        let article = app.article("甲").await;
        let people = app.residents(20).await;
        let path = format!("/api/v1/articles/{article}/shares");
        let shares = (0..60).map(|n: usize| {
            app.post(&path).by(&people[n % 20]).json(json!({ "channel": "friend" })).send()
        });
        join_all(shares).await.iter().for_each(|reply| drop(reply.expect(204)));
        assert_eq!(app.count("SELECT CAST(SUM(shares) AS BIGINT) FROM article_shares").await, 60);
        assert_eq!(app.count("SELECT COUNT(*) FROM article_shares").await, 1);
    }
}
