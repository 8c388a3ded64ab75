//! From draft to tombstone.

use serde_json::json;
use tests::{Role, backends, bulletin_body, with};

use super::{act, id, note, seen, version};

backends! {
    async fn a_bulletin_is_published_by_somebody_else_and_gets_its_number(app) {
        let writer = app.staff_with(&[(Role::Editor, "country"), (Role::Reviewer, "country")]).await;
        let other = app.staff_with(&[(Role::Editor, "country"), (Role::Reviewer, "country")]).await;
        let post = app.post("/api/v1/staff/bulletins").by(&writer).json(bulletin_body());
        let draft = post.send().await.expect(201);
        assert_eq!([&draft["status"], &draft["level"], &draft["number"]], [&json!("draft"), &json!("serious"), &json!(null)]);
        seen(app, &draft).await.problem(404, "not_found");
        let publish = async |who, version| act(app, who, (id(&draft), version), "publication", json!({})).await;
        publish(&writer, 0).await.problem(403, "own_bulletin");
        // Who edited it has written it, too.
        let put = app.put(&format!("/api/v1/staff/bulletins/{}", id(&draft))).by(&other).header("if-match", "\"0\"");
        let body = with(&bulletin_body(), "severity", json!(2));
        let edited = put.json(body).send().await.expect(200);
        assert_eq!([&edited["level"], &edited["version"]], [&json!("high"), &json!(1)]);
        publish(&other, 1).await.problem(403, "own_bulletin");
        // So has whoever edited it before somebody else did.
        let third = app.staff(Role::Editor, "country").await;
        let put = app.put(&format!("/api/v1/staff/bulletins/{}", id(&draft))).by(&third).header("if-match", "\"1\"");
        put.json(with(&bulletin_body(), "severity", json!(2))).send().await.expect(200);
        publish(&other, 2).await.problem(403, "own_bulletin");
        let reviewer = app.staff(Role::Reviewer, "country").await;
        publish(&reviewer, 0).await.problem(412, "stale_version");
        let published = publish(&reviewer, 2).await.expect(200);
        assert_eq!(published["number"], "RC-2026-0001");
        publish(&reviewer, 3).await.problem(409, "bulletin_not_editable");
        let open = seen(app, &draft).await;
        assert_eq!(open.header("cache-control"), "public, max-age=60, stale-while-revalidate=300");
        let view = open.expect(200);
        assert_eq!(view["products"][0]["gtins"], json!(["06901234567892"]));
        assert_eq!(view["changes"].as_array().unwrap().len(), 1);
        let path = format!("/api/v1/bulletins/{}", id(&draft));
        let again = app.get(&path).header("if-none-match", open.header("etag")).send().await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        app.drain_jobs().await;
    }

    async fn numbers_count_by_kind_and_have_no_gaps(app) {
        let warning = with(&bulletin_body(), "kind", json!("consumer_warning"));
        for (body, number) in [
            (bulletin_body(), "RC-2026-0001"), (warning.clone(), "CW-2026-0001"), (bulletin_body(), "RC-2026-0002"),
        ] {
            assert_eq!(app.bulletin(body).await["number"], number);
        }
        // A draft takes none.
        app.bulletin_draft(warning.clone()).await;
        assert_eq!(app.bulletin(warning).await["number"], "CW-2026-0002");
        app.drain_jobs().await;
    }

    async fn a_correction_and_a_withdrawal_are_public_acts(app) {
        let bulletin = app.bulletin(bulletin_body()).await;
        let mut body = bulletin_body();
        body["products"][0]["models"] = json!(["GB-1"]);
        let correction = json!({ "note": "型号 GB-2 不在召回范围。", "bulletin": body });
        let corrected = app.act_on_bulletin(&bulletin, "correction", correction.clone()).await;
        let view = seen(app, &bulletin).await.expect(200);
        assert_eq!([&view["status"], &view["change_note"]], ["corrected", "型号 GB-2 不在召回范围。"]);
        assert_eq!([&view["products"][0]["models"], &view["number"]], [&json!(["GB-1"]), &bulletin["number"]]);
        // Twice, and a kind that cannot change.
        let twice = app.act_on_bulletin(&corrected, "correction", correction.clone()).await;
        let reviewer = app.staff(Role::Reviewer, "country").await;
        let other = with(&correction, "bulletin.kind", json!("consumer_warning"));
        act(app, &reviewer, (id(&bulletin), version(&twice)), "correction", other).await.invalid("bulletin.kind");
        let future = with(&correction, "bulletin.issued_on", json!("2030-01-01"));
        act(app, &reviewer, (id(&bulletin), version(&twice)), "correction", future).await.invalid("bulletin.issued_on");
        let withdrawn = app.act_on_bulletin(&twice, "withdrawal", note("检验结果有误。")).await;
        let gone = seen(app, &bulletin).await.problem(410, "bulletin_withdrawn");
        assert_eq!([&gone["notice"]["change_note"], &gone["notice"]["number"]], ["检验结果有误。", "RC-2026-0001"]);
        assert!(!gone.to_string().contains("好孩"), "a tombstone names no brand: {gone}");
        assert_eq!(withdrawn["changes"].as_array().unwrap().len(), 4);
        for (what, body) in [("publication", json!({})), ("correction", correction), ("withdrawal", note("再次"))] {
            let refused = act(app, &reviewer, (id(&bulletin), version(&withdrawn)), what, body).await;
            refused.problem(409, "bulletin_not_editable");
        }
        app.drain_jobs().await;
    }

    async fn every_field_that_is_wrong_is_named(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let post = || app.post("/api/v1/staff/bulletins").by(&editor);
        let long = "长".repeat(121);
        app.refuses_each(post, &bulletin_body(), [
            ("title", json!(long)),
            ("title", json!("标题\u{202e}")),
            ("hazard", json!(null)),
            ("severity", json!(5)),
            ("severity", json!(null)),
            ("probability", json!("often")),
            ("remedy_options", json!([])),
            ("number_of_units", json!(0)),
            ("source_url", json!("javascript:alert(1)")),
            ("source_url", json!("https://a b")),
            ("issued_on", json!("2026-11-21")),
            ("products", json!([])),
            ("products", json!(vec![tests::product_body(); 101])),
            ("products[0].product_class", json!("toys")),
            ("products[0].brand", json!("---")),
            ("products[0].models", json!([""])),
            ("products[0].produced_from", json!("2027-01-01")),
            ("products[0].findings", json!([{ "item": "a", "standard": "b", "value": "c", "verdict": "fail" }])),
        ]).await;
        let wrong = with(&bulletin_body(), "products[0].gtins", json!(["6901234567890"]));
        let problem = post().json(wrong).send().await.invalid("products[0].gtins[0]");
        assert_eq!(problem["errors"][0]["code"], "gtin_invalid");
        assert!(problem["errors"][0]["message"].as_str().unwrap().contains('2'), "{problem}");
        let nowhere = with(&bulletin_body(), "region_code", json!("99"));
        post().json(nowhere).send().await.problem(422, "unknown_region");
        assert_eq!(app.count("SELECT COUNT(*) FROM bulletins").await, 0);
    }

    async fn whoever_has_a_region_writes_for_it_alone(app) {
        let local = app.staff(Role::ProvinceReporter, "region:31").await;
        app.local_role(&local, "region:11", &["bulletin.read", "bulletin.edit"]).await;
        let create = |code: serde_json::Value| {
            let body = with(&bulletin_body(), "region_code", code);
            app.post("/api/v1/staff/bulletins").by(&local).json(body).send()
        };
        create(json!(null)).await.problem(403, "forbidden");
        create(json!("310101")).await.problem(403, "forbidden");
        let own = create(json!("110108")).await.expect(201);
        let far = app.bulletin_draft(with(&bulletin_body(), "region_code", json!("310101"))).await;
        app.bulletin_draft(bulletin_body()).await;
        let listed = app.walk("/api/v1/staff/bulletins", Some(&local), 5).await;
        assert_eq!(listed.iter().map(id).collect::<Vec<_>>(), [id(&own)]);
        let path = format!("/api/v1/staff/bulletins/{}", id(&far));
        app.get(&path).by(&local).send().await.problem(404, "not_found");
    }
}
