//! What staff do, and may not.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Role, backends, wide_pool, with};
use uuid::Uuid;

use super::{STAFF, campaign_body, create, published, shown, titles, turn};

backends! {
    async fn update_campaign_names_the_version_it_started_from(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let article = app.article("甲文").await;
        let body = with(&campaign_body("质量月"), "items", json!([{ "kind": "article", "id": article }]));
        let id = published(app, &editor, body.clone()).await["id"].clone();
        assert_eq!(titles(&shown(app, &id).await["items"]), ["甲文"]);
        let path = format!("{STAFF}/{}", id.as_str().unwrap());
        let put = || app.put(&path).by(&editor).json(campaign_body("质量月，更正"));
        put().send().await.problem(428, "precondition_required");
        put().header("if-match", "\"0\"").send().await.problem(412, "stale_version");
        let changed = put().header("if-match", "\"1\"").send().await;
        assert_eq!((changed.expect(200)["version"].clone(), changed.header("etag")), (json!(2), "\"2\""));
        let public = shown(app, &id).await;
        assert_eq!([&public["title"], &public["items"]], [&json!("质量月，更正"), &json!([])]);
        put().header("if-match", "\"1\"").send().await.problem(412, "stale_version");
        let late = app.post(&format!("{path}/archival")).by(&editor).header("if-match", "\"1\"");
        late.send().await.problem(412, "stale_version");
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE object_kind = 'campaign'";
        assert_eq!(app.count(audited).await, 3);
    }

    async fn campaigns_turn_from_draft_to_published_to_archived_and_back(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let id = create(app, &editor, campaign_body("质量月")).await["id"].clone();
        turn(app, &editor, &id, "archival").await.problem(409, "campaign_state_conflict");
        for (step, status) in
            [("publication", "published"), ("archival", "archived"), ("publication", "published")]
        {
            assert_eq!(turn(app, &editor, &id, step).await.expect(200)["status"], status);
            turn(app, &editor, &id, step).await.problem(409, "campaign_state_conflict");
        }
    }

    async fn create_campaign_with_a_wrong_field_is_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let article = json!({ "kind": "article", "id": app.article("甲文").await });
        let nothing = json!({ "kind": "stop", "id": Uuid::nil() });
        let post = || app.post(STAFF).by(&editor);
        app.refuses_each(post, &campaign_body("质量月"), [
            ("title", json!("")), ("title", json!("字".repeat(81))), ("title", json!("两\n行")),
            ("theme", json!(" ")), ("theme", json!("字".repeat(121))),
            ("description", json!("字".repeat(2001))), ("description", json!("\u{7}")),
            ("slogans", json!([""])), ("slogans", json!(vec!["质量"; 21])),
            ("slogans", json!(["字".repeat(61)])), ("slogans", json!("质量")),
            ("year", json!(1999)), ("year", json!("2026")), ("kind", json!("moon")),
            ("region_code", json!("1101080011")),
            ("starts_on", json!("2026-02-30")), ("ends_on", json!("2026-10-31")),
            ("cover_alt", json!("字".repeat(121))), ("cover_id", json!("x")),
            ("items", json!(vec![article.clone(); 51])), ("status", json!("published")),
        ]).await;
        let refused = async |field: &str, value: Value, named: &str| {
            let body = with(&campaign_body("质量月"), field, value);
            post().json(body).send().await.invalid(named);
        };
        refused("items", json!([article, article]), "items[1].id").await;
        refused("items", json!([article, nothing]), "items[1].id").await;
        refused("items", json!([{ "kind": "quiz", "id": article["id"] }]), "items[0].id").await;
        refused("items", json!([{ "kind": "moon", "id": Uuid::nil() }]), "items[0].kind").await;
        refused("cover_id", json!(Uuid::nil()), "cover_alt").await;
        let nowhere = with(&campaign_body("质量月"), "region_code", json!("99"));
        post().json(nowhere).send().await.problem(422, "unknown_region");
        let faceless = with(&campaign_body("质量月"), "cover_id", json!(Uuid::nil()));
        let faceless = with(&faceless, "cover_alt", json!("海报"));
        post().json(faceless).send().await.problem(422, "media_unavailable");
        assert_eq!(app.count("SELECT COUNT(*) FROM campaigns").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM campaign_items").await, 0);
    }

    async fn create_campaign_at_the_limits_is_accepted(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let mut items = Vec::new();
        for n in 0..50 {
            items.push(json!({ "kind": "article", "id": app.article(&format!("第{n}篇")).await }));
        }
        let body = json!({
            "kind": "other", "year": 2100, "title": "字".repeat(80), "theme": "字".repeat(120),
            "description": "字".repeat(2000), "slogans": vec!["字".repeat(60); 20],
            "region_code": "110101", "starts_on": "2026-11-20", "ends_on": "2026-11-20",
            "items": items,
        });
        let id = published(app, &editor, body).await["id"].clone();
        assert_eq!(shown(app, &id).await["items"].as_array().unwrap().len(), 50);
    }

    async fn campaigns_are_managed_in_ones_own_regions_only(app) {
        let country = app.staff(Role::Editor, "country").await;
        let beijing = app.staff(Role::ProvinceReporter, "region:11").await;
        app.local_role(&beijing, "region:11", &["campaign.manage"]).await;
        let of = |title: &str, region: Value| with(&campaign_body(title), "region_code", region);
        let national = create(app, &country, of("全国", json!(null))).await["id"].clone();
        let shanghai = create(app, &country, of("上海", json!("31"))).await["id"].clone();
        let haidian = create(app, &beijing, of("海淀", json!("110108"))).await["id"].clone();
        let titles: Vec<Value> =
            app.walk(STAFF, Some(&beijing), 5).await.iter().map(|c| c["title"].clone()).collect();
        assert_eq!(titles, ["海淀"]);
        assert_eq!(app.walk(&format!("{STAFF}?status=draft"), Some(&country), 2).await.len(), 3);
        for hidden in [&national, &shanghai] {
            let path = format!("{STAFF}/{}", hidden.as_str().unwrap());
            app.get(&path).by(&beijing).send().await.problem(404, "not_found");
            let put = app.put(&path).by(&beijing).header("if-match", "\"0\"");
            put.json(of("夺取", json!("11"))).send().await.problem(404, "not_found");
            turn(app, &beijing, hidden, "publication").await.problem(404, "not_found");
        }
        for elsewhere in [json!(null), json!("31")] {
            let post = app.post(STAFF).by(&beijing).json(of("别处", elsewhere.clone())).send().await;
            post.problem(403, "forbidden");
            let put = app.put(&format!("{STAFF}/{}", haidian.as_str().unwrap())).by(&beijing);
            let put = put.header("if-match", "\"0\"").json(of("别处", elsewhere));
            put.send().await.problem(403, "forbidden");
        }
        let handler = app.staff(Role::CaseHandler, "country").await;
        app.get(STAFF).by(&handler).send().await.problem(403, "forbidden");
        app.refuses_bad_pages(STAFF, Some(&country)).await;
    }

    async fn publish_campaign_at_the_same_moment_happens_once(app, config => { wide_pool(config); }) {
        let editor = app.staff(Role::Editor, "country").await;
        let id = create(app, &editor, campaign_body("质量月")).await["id"].clone();
        let all = join_all((0..8).map(|_| turn(app, &editor, &id, "publication"))).await;
        let published = all.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(published, 1);
        for reply in all.iter().filter(|reply| reply.status != 200) {
            reply.problem(409, "campaign_state_conflict");
        }
        let path = format!("{STAFF}/{}", id.as_str().unwrap());
        let put = |title: String| {
            let put = app.put(&path).by(&editor).header("if-match", "\"1\"");
            put.json(campaign_body(&title)).send()
        };
        let all = join_all((0..8).map(|n| put(format!("第{n}版")))).await;
        let won: Vec<_> = all.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(won.len(), 1);
        assert_eq!(shown(app, &id).await["title"], won[0].json()["title"]);
        for reply in all.iter().filter(|reply| reply.status != 200) {
            reply.problem(412, "stale_version");
        }
    }
}
