//! The home page of the mini-program in one request.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends, bulletin_body, statements, with};
use uuid::Uuid;

use crate::campaigns::{campaign_body, cancel_stop, close_quiz, published, stop, turn};
use crate::feeds::{article, correct, publish, withdraw};

const HOME: &str = "/api/v1/home";
const STAFF: &str = "/api/v1/staff/home";

async fn home(app: &TestApp, query: &str) -> Value {
    app.get(&format!("{HOME}{query}")).send().await.expect(200)
}

/// Of a list of the page.
fn names(list: &Value, field: &str) -> Vec<String> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

async fn pin(app: &TestApp, editor: &Person, banners: &[Uuid]) {
    let version = app.get(STAFF).by(editor).send().await;
    let put = app.put(STAFF).by(editor).header("if-match", version.header("etag"));
    put.json(json!({ "banners": banners })).send().await.expect(200);
}

backends! {
    async fn get_home_shows_what_runs_what_is_new_and_what_can_be_booked(app) {
        let empty = home(app, "").await;
        assert_eq!(empty["campaign"], Value::Null);
        for list in ["banners", "articles", "announcements", "bulletins", "quizzes", "stops", "slots"] {
            assert_eq!(empty[list], json!([]), "{list}");
        }
        let editor = app.staff(Role::Editor, "country").await;
        let lab = app.lab("甲实验室").await;
        let pinned = app.article("横幅").await;
        publish(app, article("通知", "notice")).await;
        app.quiz(|_| ()).await;
        stop(app, &lab, "示范社区", "110101").await;
        let (free, full) = (app.slot(&lab, 48, 2).await, app.slot(&lab, 24, 1).await);
        app.booking(&app.resident("xiaoming").await, full).await;
        published(app, &editor, campaign_body("质量月")).await;
        pin(app, &editor, &[pinned]).await;
        let reply = app.get(HOME).send().await;
        assert_eq!(reply.header("cache-control"), "public, max-age=60, stale-while-revalidate=300");
        let home = reply.expect(200);
        assert_eq!(home["campaign"]["title"], "质量月");
        assert_eq!(names(&home["banners"], "title"), ["横幅"]);
        assert_eq!(names(&home["articles"], "title").len(), 2);
        assert_eq!(names(&home["announcements"], "title"), ["通知"]);
        assert_eq!(names(&home["quizzes"], "title"), ["测验"]);
        assert_eq!(names(&home["stops"], "name"), ["示范社区"]);
        assert_eq!(names(&home["slots"], "id"), [free.to_string()]);
        let slot = &home["slots"][0];
        assert_eq!([&slot["lab_name"], &slot["service_name"]], ["甲实验室", "免费检测"]);
        let known = app.get(HOME).header("if-none-match", reply.header("etag")).send().await;
        assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
        // The same to whoever asks.
        let resident = app.resident("xiaoming").await;
        let own = app.get(HOME).by(&resident).send().await;
        assert_eq!(own.body, reply.body);
    }

    async fn get_home_is_short_and_asks_as_often_whatever_there_is(app) {
        let count = async |query: &str| {
            let before = statements();
            let page = home(app, query).await;
            (page, statements() - before)
        };
        let lab = app.lab("甲实验室").await;
        let editor = app.staff(Role::Editor, "country").await;
        let (_, few) = count("?region=110108").await;
        let mut ids = Vec::new();
        for n in 0..12 {
            ids.push(publish(app, article(&format!("第{n}篇"), "notice")).await.0);
            if n % 2 == 0 {
                app.quiz(|_| ()).await;
                stop(app, &lab, &format!("第{n}站"), "110108").await;
                app.slot(&lab, 24 + n, 1).await;
            }
            published(app, &editor, campaign_body(&format!("第{n}个"))).await;
        }
        pin(app, &editor, &ids[..8]).await;
        let (page, many) = count("?region=110108").await;
        assert_eq!(many, few);
        assert!(many <= 12, "{many} statements");
        for (list, most) in
            [("banners", 8), ("articles", 10), ("announcements", 3), ("quizzes", 5), ("stops", 5), ("slots", 5)]
        {
            assert_eq!(page[list].as_array().unwrap().len(), most, "{list}");
        }
        assert_eq!(count("?region=110108").await, (page, 0), "it is kept");
    }

    async fn get_home_near_a_region_shows_what_is_there(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let lab = app.lab("甲实验室").await;
        for (name, region) in [("海淀", "110108"), ("东城", "110101"), ("上海", "310101")] {
            stop(app, &lab, name, region).await;
        }
        let slot = app.slot(&lab, 48, 1).await;
        for (title, region) in [("全国", json!(null)), ("北京", json!("11")), ("东城", json!("110101"))] {
            published(app, &editor, with(&campaign_body(title), "region_code", region)).await;
        }
        for (query, campaign, stops, slots) in [
            ("", "全国", vec!["海淀", "东城", "上海"], 1),
            ("?region=110108", "北京", vec!["海淀", "东城"], 1),
            ("?region=110101", "东城", vec!["海淀", "东城"], 1),
            ("?region=31", "全国", vec!["上海"], 0),
        ] {
            let page = home(app, query).await;
            assert_eq!(page["campaign"]["title"], campaign, "{query}");
            let mut found = names(&page["stops"], "name");
            found.sort_unstable();
            let mut expected = stops;
            expected.sort_unstable();
            assert_eq!(found, expected, "{query}");
            assert_eq!(names(&page["slots"], "id"), vec![slot.to_string(); slots], "{query}");
        }
        for (title, region) in [("全国文", json!(null)), ("北京文", json!("11")), ("上海文", json!("310101"))] {
            crate::feeds::publish(app, with(&article(title, "knowledge"), "region_code", region)).await;
        }
        for (query, titles) in [
            ("", vec!["上海文", "北京文", "全国文"]),
            ("?region=110108", vec!["北京文", "全国文"]),
            ("?region=31", vec!["上海文", "全国文"]),
        ] {
            let mut found = names(&home(app, query).await["articles"], "title");
            found.sort_unstable();
            let mut expected = titles;
            expected.sort_unstable();
            assert_eq!(found, expected, "{query}");
        }
        for unknown in ["", "99", "x", "11%25", "1101080011"] {
            let get = app.get(&format!("{HOME}?region={unknown}")).send().await;
            assert_eq!(get.problem(422, "unknown_region")["errors"][0]["path"], "region");
        }
        app.get(&format!("{HOME}?account=1")).send().await.invalid("account");
    }

    async fn get_home_shows_a_campaign_on_its_days_alone(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let body = with(&campaign_body("明天"), "starts_on", json!("2026-11-21"));
        published(app, &editor, with(&body, "ends_on", json!("2026-11-21"))).await;
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(home(app, "").await["campaign"]["title"].clone());
            app.advance(chrono::TimeDelta::days(1));
        }
        assert_eq!(seen, [Value::Null, json!("明天"), Value::Null]);
    }

    async fn get_home_shows_every_change_at_once(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let lab = app.lab("甲实验室").await;
        let first = app.article("甲").await;
        let quiz = app.quiz(|_| ()).await;
        let stop = stop(app, &lab, "示范社区", "110101").await;
        let campaign = published(app, &editor, campaign_body("质量月")).await;
        pin(app, &editor, &[first]).await;
        assert_eq!(names(&home(app, "").await["banners"], "title"), ["甲"]);
        correct(app, first, "甲，更正").await;
        assert_eq!(names(&home(app, "").await["banners"], "title"), ["甲，更正"]);
        withdraw(app, first).await;
        let page = home(app, "").await;
        assert_eq!([&page["banners"], &page["articles"]], [&json!([]), &json!([])]);
        close_quiz(app, &editor, quiz).await;
        assert_eq!(home(app, "").await["quizzes"], json!([]));
        cancel_stop(app, &lab, stop).await;
        assert_eq!(home(app, "").await["stops"], json!([]));
        turn(app, &editor, &campaign["id"], "archival").await.expect(200);
        assert_eq!(home(app, "").await["campaign"], Value::Null);
        let recall = app.bulletin(bulletin_body()).await;
        let page = home(app, "").await;
        let shown = &page["bulletins"][0];
        assert_eq!([&shown["id"], &shown["number"]], [&recall["id"], &recall["number"]]);
        let elsewhere = with(&bulletin_body(), "region_code", json!("310101"));
        app.advance(chrono::TimeDelta::seconds(1));
        app.bulletin(with(&elsewhere, "title", json!("上海的召回"))).await;
        assert_eq!(home(app, "?region=110108").await["bulletins"].as_array().unwrap().len(), 1);
        assert_eq!(names(&home(app, "?region=31").await["bulletins"], "title")[0], "上海的召回");
        app.act_on_bulletin(&recall, "withdrawal", json!({ "note": "有误" })).await;
        assert_eq!(home(app, "?region=110108").await["bulletins"], json!([]));
        app.drain_jobs().await;
    }

    async fn update_home_puts_articles_on_top_in_their_order(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let (first, second) = (app.article("甲").await, app.article("乙").await);
        pin(app, &editor, &[second, first]).await;
        assert_eq!(names(&home(app, "").await["banners"], "title"), ["乙", "甲"]);
        let put = |banners: Value| app.put(STAFF).by(&editor).json(json!({ "banners": banners }));
        put(json!([])).send().await.problem(428, "precondition_required");
        put(json!([])).header("if-match", "\"0\"").send().await.problem(412, "stale_version");
        let refused = async |banners: Value, field: &str| {
            put(banners).header("if-match", "\"1\"").send().await.invalid(field);
        };
        refused(json!([first, Uuid::nil()]), "banners[1]").await;
        refused(json!([first, first]), "banners[1]").await;
        refused(json!(vec![first; 9]), "banners").await;
        refused(json!(["x"]), "banners[0]").await;
        refused(json!(null), "banners").await;
        assert_eq!(names(&home(app, "").await["banners"], "title"), ["乙", "甲"]);
        // The page is everybody's: who edits for a region does not arrange it.
        let regional = app.staff(Role::ProvinceReporter, "region:11").await;
        app.local_role(&regional, "region:11", &["campaign.manage"]).await;
        let put = app.put(STAFF).by(&regional).header("if-match", "\"1\"");
        put.json(json!({ "banners": [] })).send().await.problem(403, "forbidden");
        pin(app, &editor, &[]).await;
        assert_eq!(home(app, "").await["banners"], json!([]));
    }

    async fn what_is_published_on_one_replica_shows_on_another_within_two_seconds(app) {
        let other = app.replica().await;
        let feed = "/api/v1/feeds/articles.json";
        let lists = [HOME, feed, "/api/v1/articles", "/sitemaps/articles-1.xml"];
        let (id, _) = publish(app, article("甲", "knowledge")).await;
        for path in lists {
            assert_eq!(other.get(path).send().await.status, 200);
        }
        correct(app, id, "甲，更正").await;
        let (second, _) = publish(app, article("乙", "knowledge")).await;
        let published = Instant::now();
        for path in lists {
            while !other.get(path).send().await.text().contains(&second.to_string()) {
                // Two seconds, and what a busy machine adds.
                assert!(published.elapsed() < Duration::from_secs(10), "{path} is old");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        assert!(home(&other, "").await.to_string().contains("甲，更正"));
        other.stop().await;
    }
}
