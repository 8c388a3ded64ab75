//! What the public sees.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Role, backends, jpeg, statements, with};

use super::{
    PUBLIC, STAFF, campaign_body, cancel_stop, close_quiz, create, published, shown, stop, titles,
    turn,
};
use crate::feeds::withdraw;

backends! {
    async fn get_campaign_shows_its_items_in_order_while_they_are_public(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let lab = app.lab("甲实验室").await;
        let (first, last) = (app.article("甲文").await, app.article("乙文").await);
        let quiz = app.quiz(|_| ()).await;
        let stop = stop(app, &lab, "示范社区", "110101").await;
        let items = json!([
            { "kind": "article", "id": last }, { "kind": "stop", "id": stop },
            { "kind": "quiz", "id": quiz }, { "kind": "article", "id": first },
        ]);
        let body = with(&campaign_body("质量月"), "items", items.clone());
        let id = create(app, &editor, body).await["id"].clone();
        let path = format!("{PUBLIC}/{}", id.as_str().unwrap());
        app.get(&path).send().await.problem(404, "not_found");
        turn(app, &editor, &id, "publication").await.expect(200);
        let campaign = shown(app, &id).await;
        assert_eq!(titles(&campaign["items"]), ["乙文", "示范社区", "测验", "甲文"]);
        assert_eq!(campaign["slogans"], json!(["质量第一", "人人参与"]));
        assert_eq!([&campaign["theme"], &campaign["starts_on"]], ["质量强国，你我同行", "2026-11-01"]);
        assert_eq!(campaign["items"][1]["starts_at"], "2026-11-21T02:00:00Z");
        for staff_only in ["status", "version"] {
            assert_eq!(campaign.get(staff_only), None);
        }
        // Each is gone at once, and the campaign stays.
        withdraw(app, first).await;
        assert_eq!(titles(&shown(app, &id).await["items"]), ["乙文", "示范社区", "测验"]);
        close_quiz(app, &editor, quiz).await;
        assert_eq!(titles(&shown(app, &id).await["items"]), ["乙文", "示范社区"]);
        cancel_stop(app, &lab, stop).await;
        assert_eq!(titles(&shown(app, &id).await["items"]), ["乙文"]);
        withdraw(app, last).await;
        assert_eq!(shown(app, &id).await["items"], json!([]));
        let staff = app.get(&format!("{STAFF}/{}", id.as_str().unwrap())).by(&editor);
        let staff = staff.send().await.expect(200);
        let kept: Vec<&Value> = staff["items"].as_array().unwrap().iter().map(|i| &i["id"]).collect();
        assert_eq!(kept, [&items[0]["id"], &items[1]["id"], &items[2]["id"], &items[3]["id"]]);
        assert!(staff["items"].as_array().unwrap().iter().all(|item| item["is_public"] == false));
        turn(app, &editor, &id, "archival").await.expect(200);
        app.get(&path).send().await.problem(404, "not_found");
    }

    async fn get_campaign_asks_as_often_for_many_items_as_for_one(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let mut items = Vec::new();
        let mut counts = Vec::new();
        for n in 0..3 {
            items.push(json!({ "kind": "article", "id": app.article(&format!("第{n}篇")).await }));
            let body = with(&campaign_body("质量月"), "items", json!(items));
            let id = published(app, &editor, body).await["id"].clone();
            let before = statements();
            assert_eq!(shown(app, &id).await["items"].as_array().unwrap().len(), n + 1);
            counts.push(statements() - before);
            let before = statements();
            let path = format!("{PUBLIC}/{}", id.as_str().unwrap());
            let etag = app.get(&path).send().await.header("etag").to_owned();
            let known = app.get(&path).header("if-none-match", &etag).send().await;
            assert_eq!((known.status.as_u16(), statements()), (304, before));
        }
        assert!(counts.iter().all(|count| *count == counts[0] && *count <= 5), "{counts:?}");
    }

    async fn list_campaigns_shows_what_is_published_and_reaches_a_region(app) {
        let editor = app.staff(Role::Editor, "country").await;
        for (title, region, kind, year) in [
            ("全国", json!(null), "quality_month", 2026),
            ("北京", json!("11"), "three_entries", 2026),
            ("海淀", json!("110108"), "other", 2025),
            ("上海", json!("31"), "three_entries", 2026),
        ] {
            app.advance(TimeDelta::seconds(1));
            let body = with(&campaign_body(title), "region_code", region);
            let body = with(&with(&body, "kind", json!(kind)), "year", json!(year));
            published(app, &editor, body).await;
        }
        create(app, &editor, campaign_body("草稿")).await;
        let list = async |query: &str| -> Vec<String> {
            let all = app.walk(&format!("{PUBLIC}{query}"), None, 2).await;
            all.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(list("").await, ["上海", "海淀", "北京", "全国"]);
        assert_eq!(list("?region=110108").await, ["海淀", "北京", "全国"]);
        assert_eq!(list("?region=11").await, ["北京", "全国"]);
        assert_eq!(list("?region=110108&kind=three_entries").await, ["北京"]);
        assert_eq!(list("?year=2025").await, ["海淀"]);
        app.refuses_bad_pages(PUBLIC, None).await;
        let get = |query: &str| app.get(&format!("{PUBLIC}?{query}")).send();
        get("region=99").await.problem(422, "unknown_region");
        for query in ["kind=moon", "year=x", "year=99999"] {
            get(query).await.problem(422, "validation_failed");
        }
        app.get(&format!("{PUBLIC}/7")).send().await.problem(404, "not_found");
    }

    async fn the_cover_of_a_campaign_is_public_with_it(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let picture = app.article_picture(&editor, &jpeg(40, 30)).await;
        let body = with(&campaign_body("质量月"), "cover_id", json!(picture));
        let body = with(&body, "cover_alt", json!("海报"));
        let draft = create(app, &editor, body).await;
        let url = draft["cover_url"].as_str().unwrap();
        app.get(url).send().await.problem(404, "not_found");
        turn(app, &editor, &draft["id"], "publication").await.expect(200);
        assert_eq!(app.get(url).send().await.status, 200);
        assert_eq!(shown(app, &draft["id"]).await["cover_alt"], "海报");
        // Another campaign cannot take it.
        let thief = with(&campaign_body("另一个"), "cover_id", json!(picture));
        let thief = with(&thief, "cover_alt", json!("海报"));
        let refused = app.post(STAFF).by(&editor).json(thief).send().await;
        assert_eq!(refused.problem(422, "media_unavailable")["errors"][0]["path"], "cover_id");
        turn(app, &editor, &draft["id"], "archival").await.expect(200);
        app.get(url).send().await.problem(404, "not_found");
    }
}
