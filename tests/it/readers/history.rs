//! What a resident has read.

use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use serde_json::json;
use tests::{Person, TestApp, backends, wide_pool};
use uuid::Uuid;

use super::{READING, draft, read, take_back};

const SETTINGS: &str = "/api/v1/me/reader-settings";

async fn keep(app: &TestApp, who: &Person, keeps: bool) -> tests::TestResponse {
    app.put(SETTINGS).by(who).json(json!({ "keeps_history": keeps })).send().await
}

async fn rows(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM article_readings").await
}

backends! {
    async fn one_line_an_article_the_latest_first(app) {
        let person = app.resident("xiaoming").await;
        let (first, second) = (app.article("甲").await, app.article("乙").await);
        read(app, &person, first, 10).await.expect(204);
        app.advance(TimeDelta::seconds(1));
        read(app, &person, second, 100).await.expect(204);
        app.advance(TimeDelta::seconds(1));
        read(app, &person, first, 60).await.expect(204);
        for limit in [1, 10] {
            let all = app.walk(READING, Some(&person), limit).await;
            let seen: Vec<_> = all.iter().map(|item| (item["id"].clone(), item["progress"].clone())).collect();
            assert_eq!(seen, [(json!(first), json!(60)), (json!(second), json!(100))]);
            assert_eq!(all[0]["read_at"], "2026-11-20T02:00:02Z");
            assert_eq!(all[0]["article"]["title"], "甲");
        }
        app.refuses_bad_pages(READING, Some(&person)).await;
        take_back(app, second).await;
        let all = app.walk(READING, Some(&person), 10).await;
        assert_eq!([&all[1]["is_available"], &all[1]["article"]], [&json!(false), &json!(null)]);
        app.delete(&format!("{READING}/{first}")).by(&person).send().await.expect(204);
        assert_eq!(app.walk(READING, Some(&person), 10).await.len(), 1);
        app.delete(READING).by(&person).send().await.expect(204);
        assert_eq!(rows(app).await, 0);
    }

    async fn a_reading_that_cannot_be_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let article = app.article("甲").await;
        let good = json!({ "article_id": article, "progress": 0 });
        app.refuses_each(|| app.post(READING).by(&person), &good, [
            ("progress", json!(-1)), ("progress", json!(101)), ("progress", json!("1")),
            ("article_id", json!("x")), ("note", json!("我")),
        ]).await;
        for id in [draft(app, "草稿").await, Uuid::nil()] {
            read(app, &person, id, 1).await.problem(404, "not_found");
        }
        assert_eq!(rows(app).await, 0);
    }

    async fn who_does_not_want_a_history_has_none(app) {
        let person = app.resident("xiaoming").await;
        let article = app.article("甲").await;
        let settings = app.get(SETTINGS).by(&person).send().await.expect(200);
        assert_eq!(settings, json!({ "keeps_history": true, "history_days": 180 }));
        read(app, &person, article, 50).await.expect(204);
        assert_eq!(keep(app, &person, false).await.expect(200)["keeps_history"], false);
        assert_eq!(rows(app).await, 0, "switching off deletes");
        read(app, &person, article, 50).await.expect(204);
        assert_eq!(rows(app).await, 0);
        let stranger = app.resident("xiaohong").await;
        read(app, &stranger, article, 50).await.expect(204);
        assert_eq!(rows(app).await, 1, "everybody says it for themselves");
        keep(app, &person, true).await.expect(200);
        read(app, &person, article, 50).await.expect(204);
        assert_eq!(rows(app).await, 2);
        let body = json!({ "keeps_history": true });
        app.refuses_each(|| app.put(SETTINGS).by(&person), &body, [
            ("keeps_history", json!(null)), ("keeps_history", json!("no")), ("all", json!(true)),
        ]).await;
    }

    async fn what_a_child_reads_is_not_kept(app) {
        let article = app.article("甲").await;
        let class = app.class(&app.teacher("laoshi").await, 1).await;
        for child in [app.child("xiaolan").await, app.seat(&class).await] {
            read(app, &child, article, 50).await.expect(204);
            let settings = app.get(SETTINGS).by(&child).send().await.expect(200);
            assert_eq!(settings["keeps_history"], false);
            keep(app, &child, true).await.problem(403, "not_for_children");
            keep(app, &child, false).await.expect(200);
        }
        assert_eq!(rows(app).await, 0);
        read(app, &app.teen("xiaohong").await, article, 50).await.expect(204);
        assert_eq!(rows(app).await, 1);
    }

    async fn an_old_line_is_deleted_and_a_fresh_one_stays(app, config => { config.readers.history_days = 2; }) {
        let person = app.resident("xiaoming").await;
        let (old, fresh) = (app.article("甲").await, app.article("乙").await);
        read(app, &person, old, 50).await.expect(204);
        app.advance(TimeDelta::hours(30));
        let again = app.logged_in_again(std::slice::from_ref(&person)).await;
        read(app, &again[0], fresh, 50).await.expect(204);
        app.advance(TimeDelta::hours(17));
        sanjin::features::readers::service::prune_readings(&app.app).await.unwrap();
        assert_eq!(rows(app).await, 2);
        app.advance(TimeDelta::hours(2));
        sanjin::features::readers::service::prune_readings(&app.app).await.unwrap();
        let again = app.logged_in_again(std::slice::from_ref(&person)).await;
        let left = app.walk(READING, Some(&again[0]), 10).await;
        assert_eq!(left.iter().map(|item| item["id"].clone()).collect::<Vec<_>>(), [json!(fresh)]);
    }

    async fn a_storm_of_readings_is_one_line_each_and_none_after_switching_off(app, config => { wide_pool(config); }) {
        let person = app.resident("xiaoming").await;
        let (first, second) = (app.article("甲").await, app.article("乙").await);
        let all = (0..30).map(|n| read(app, &person, if n % 2 == 0 { first } else { second }, n));
        join_all(all).await.iter().for_each(|reply| drop(reply.expect(204)));
        assert_eq!(rows(app).await, 2);
        let late = join_all((0..15).map(|n| read(app, &person, first, n)));
        let (replies, off) = join(late, keep(app, &person, false)).await;
        replies.iter().for_each(|reply| drop(reply.expect(204)));
        off.expect(200);
        assert_eq!(rows(app).await, 0);
    }
}
