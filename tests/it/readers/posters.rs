//! Codes on posters: made by staff, followed by everybody, counted by day.

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse, backends, limit, wide_pool};
use uuid::Uuid;

use super::{draft, editor, readership, take_back};

async fn make(app: &TestApp, who: &Person, article: Uuid, body: Value) -> TestResponse {
    app.post(&format!("/api/v1/staff/articles/{article}/poster-codes"))
        .by(who)
        .json(body)
        .send()
        .await
}

async fn follow(app: &TestApp, code: &Value) -> TestResponse {
    app.get(&format!("/api/v1/p/{}", code.as_str().unwrap())).send().await
}

async fn hits(app: &TestApp, who: &Person, poster: &Value, query: &str) -> TestResponse {
    let id = poster["id"].as_str().unwrap();
    app.get(&format!("/api/v1/staff/poster-codes/{id}/hits{query}")).by(who).send().await
}

backends! {
    async fn a_code_leads_to_its_article_and_is_counted_by_day(app) {
        let editor = editor(app).await;
        let article = app.article("甲").await;
        let body = json!({ "label": "和平里社区公告栏", "region_code": "110101" });
        let poster = make(app, &editor, article, body).await.expect(201);
        let code = &poster["code"];
        assert_eq!(code.as_str().unwrap().len(), 8);
        let url = poster["url"].as_str().unwrap();
        assert!(url.ends_with(&format!("/api/v1/p/{}", code.as_str().unwrap())), "{url}");
        let reply = follow(app, code).await;
        assert_eq!(reply.status, 302);
        assert_eq!(reply.header("location"), app.app.config.article_url(article));
        assert_eq!(reply.header("cache-control"), "no-store");
        let typed = json!(code.as_str().unwrap().to_lowercase());
        assert_eq!(follow(app, &typed).await.status, 302);
        // A robot that only looks is not counted.
        let path = format!("/api/v1/p/{}", code.as_str().unwrap());
        assert!(!app.request(Method::HEAD, &path).send().await.status.is_server_error());
        app.advance(TimeDelta::days(1));
        assert_eq!(follow(app, code).await.status, 302);
        let editor = super::editor(app).await;
        let counted = hits(app, &editor, &poster, "").await.expect(200);
        assert_eq!(counted["days"], json!([{ "on": "2026-11-20", "hits": 2 }, { "on": "2026-11-21", "hits": 1 }]));
        let day = hits(app, &editor, &poster, "?from=2026-11-21&to=2026-11-21").await.expect(200);
        assert_eq!(day["days"], json!([{ "on": "2026-11-21", "hits": 1 }]));
        for query in ["?from=2026-11-22&to=2026-11-21", "?from=2020-01-01&to=2026-11-21"] {
            hits(app, &editor, &poster, query).await.invalid("from");
        }
        let path = format!("/api/v1/staff/articles/{article}/poster-codes");
        let listed = app.walk(&path, Some(&editor), 1).await;
        assert_eq!([&listed[0]["hits"], &listed[0]["label"]], [&json!(3), &json!("和平里社区公告栏")]);
        assert_eq!(readership(app, article).await["poster_hits"], 3);
        // Only numbers were written.
        assert_eq!(app.count("SELECT COUNT(*) FROM poster_hits").await, 2);
    }

    async fn a_code_leads_nowhere_else(app, config => {
        config.site.article_url = "https://h5.example.gov.cn/#/articles/{id}".to_owned();
    }) {
        let editor = editor(app).await;
        let article = app.article("甲").await;
        let poster = make(app, &editor, article, json!({ "label": "公告栏" })).await.expect(201);
        let code = poster["code"].as_str().unwrap();
        for rest in ["", "?to=https://evil.example", "?url=//evil.example&id=7"] {
            let reply = app.get(&format!("/api/v1/p/{code}{rest}")).send().await;
            assert_eq!(reply.header("location"), format!("https://h5.example.gov.cn/#/articles/{article}"));
        }
        for wrong in ["AAAAAAAA", "7", "%2F%2Fevil.ex", "//evil.example", "..%2f..%2fx", "七七七七七七七七", &"A".repeat(400)] {
            let reply = app.get(&format!("/api/v1/p/{wrong}")).send().await;
            assert_eq!(reply.status, 404, "{wrong}");
        }
        // A code for what nobody has published leads nowhere; one for what was taken back says so there.
        let hidden = make(app, &editor, draft(app, "草稿").await, json!({ "label": "公告栏" })).await;
        follow(app, &hidden.expect(201)["code"]).await.problem(404, "not_found");
        take_back(app, article).await;
        assert_eq!(follow(app, &poster["code"]).await.status, 302);
    }

    async fn a_poster_that_was_taken_down_still_leads_and_is_not_counted(app) {
        let editor = editor(app).await;
        let article = app.article("甲").await;
        let poster = make(app, &editor, article, json!({ "label": "公告栏" })).await.expect(201);
        follow(app, &poster["code"]).await;
        let path = format!("/api/v1/staff/poster-codes/{}/closure", poster["id"].as_str().unwrap());
        for _ in 0..2 {
            app.post(&path).by(&editor).send().await.expect(204);
        }
        assert_eq!(follow(app, &poster["code"]).await.status, 302);
        assert_eq!(app.count("SELECT CAST(SUM(hits) AS BIGINT) FROM poster_hits").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_entries WHERE action = 'poster_code.close'").await, 1);
    }

    async fn the_picture_is_a_code_that_telephones_read(app) {
        let editor = editor(app).await;
        let article = app.article("甲").await;
        let poster = make(app, &editor, article, json!({ "label": "公告栏" })).await.expect(201);
        let path = format!("/api/v1/staff/poster-codes/{}/picture", poster["id"].as_str().unwrap());
        let picture = app.get(&path).by(&editor).send().await;
        assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/png"));
        assert!(picture.body.starts_with(b"\x89PNG"));
        let other = make(app, &editor, article, json!({ "label": "公告栏" })).await.expect(201);
        let path = format!("/api/v1/staff/poster-codes/{}/picture", other["id"].as_str().unwrap());
        assert_ne!(app.get(&path).by(&editor).send().await.body, picture.body);
        let nobody = format!("/api/v1/staff/poster-codes/{}/picture", Uuid::nil());
        app.get(&nobody).by(&editor).send().await.problem(404, "not_found");
    }

    async fn a_code_that_cannot_be_is_refused(app) {
        let editor = editor(app).await;
        let article = app.article("甲").await;
        let path = format!("/api/v1/staff/articles/{article}/poster-codes");
        let good = json!({ "label": "公告栏", "region_code": "110101" });
        app.refuses_each(|| app.post(&path).by(&editor), &good, [
            ("label", json!("")), ("label", json!("字".repeat(61))), ("label", json!("a\nb")),
            ("region_code", json!(7)), ("code", json!("AAAAAAAA")),
        ]).await;
        let unknown = json!({ "label": "公告栏", "region_code": "999999" });
        make(app, &editor, article, unknown).await.problem(422, "unknown_region");
        make(app, &editor, Uuid::nil(), good.clone()).await.problem(404, "not_found");
        let resident = app.resident("xiaoming").await;
        make(app, &resident, article, good).await.problem(401, "token_invalid");
        app.refuses_bad_pages(&path, Some(&editor)).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM poster_codes").await, 0);
    }

    async fn without_an_address_there_are_no_codes(app, config => { config.readers.poster_url = String::new(); }) {
        let article = app.article("甲").await;
        let refused = make(app, &editor(app).await, article, json!({ "label": "公告栏" })).await;
        refused.problem(503, "posters_unavailable");
    }

    async fn who_follows_too_often_waits(app, config => { limit(config, "poster_hits", 3); }) {
        let article = app.article("甲").await;
        let poster = make(app, &editor(app).await, article, json!({ "label": "公告栏" })).await.expect(201);
        for _ in 0..3 {
            assert_eq!(follow(app, &poster["code"]).await.status, 302);
        }
        follow(app, &poster["code"]).await.problem(429, "rate_limited");
        assert_eq!(app.count("SELECT CAST(SUM(hits) AS BIGINT) FROM poster_hits").await, 3);
    }

    async fn a_storm_in_front_of_posters_is_counted_to_the_last(app, config => { wide_pool(config); }) {
        let editor = editor(app).await;
        let article = app.article("甲").await;
        let mut posters = Vec::new();
        for place in ["公告栏", "门口", "礼堂"] {
            posters.push(make(app, &editor, article, json!({ "label": place })).await.expect(201));
        }
        let other = app.replica().await;
        let all = (0..240).map(|n: usize| {
            let replica = if n.is_multiple_of(2) { app } else { &other };
            follow(replica, &posters[n % 3]["code"])
        });
        join_all(all).await.iter().for_each(|reply| assert_eq!(reply.status, 302, "{}", reply.text()));
        for poster in &posters {
            let counted = hits(app, &editor, poster, "").await.expect(200);
            assert_eq!(counted["days"][0]["hits"], 80);
        }
        other.stop().await;
    }
}
