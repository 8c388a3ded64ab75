//! From the counter to the result in the owner's hand.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Role, backends, pdf};

use super::{failed, id, passed, post, simple_visit, visit};

backends! {
    async fn a_sample_becomes_a_result_that_everybody_can_check(app) {
        let visit = simple_visit(app).await;
        let actions = async || visit.lab_results(app).await["allowed_actions"].clone();
        assert_eq!(actions().await, json!(["register_sample"]));
        let sample = visit.sample(app).await;
        assert_eq!(actions().await, json!(["register_sample", "start_testing"]));
        let testing = visit.start(app).await.expect(200);
        assert_eq!((&testing["status"], &testing["samples"][0]["status"]), (&json!("testing"), &json!("in_testing")));
        assert_eq!(testing["samples"][0]["due_on"], "2026-12-04");
        assert_eq!(testing["allowed_actions"], json!(["register_sample", "publish"]));
        assert_eq!(visit.results(app).await["allowed_actions"], json!([]));

        let content = pdf("/Title (report)");
        let hash = hex::encode(Sha256::digest(&content));
        let file = visit.upload(app, content.clone()).await.expect(200);
        assert_eq!((&file["sha256"], &file["bytes"]), (&json!(hash), &json!(content.len())));
        let view = visit.publish(app, &file["media_id"], vec![passed(sample), failed(sample)]).await.expect(201);
        assert_eq!(view["allowed_actions"], json!(["correct", "withdraw"]));

        // Its owner.
        let own = visit.results(app).await;
        assert_eq!((&own["status"], own["items"].as_array().unwrap().len()), (&json!("completed"), 2));
        assert_eq!(own["items"][1]["value"], "612");
        let report = &own["reports"][0];
        assert_eq!((&report["status"], &report["conclusion"], &report["revision"]), (&json!("valid"), &json!("fail"), &json!(1)));
        assert_eq!(report["sha256"], hash);
        assert_eq!(own["allowed_actions"], json!(["download", "rate"]));
        let link = visit.link(app).await.expect(201);
        let got = app.get(link["url"].as_str().unwrap()).send().await;
        assert_eq!((got.status.as_u16(), hex::encode(Sha256::digest(&got.body))), (200, hash.clone()));
        for (name, value) in [
            ("content-type", "application/pdf"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(got.header(name), value);
        }
        assert!(got.header("content-disposition").starts_with("attachment; filename="));

        // Everybody.
        let code = report["verification_code"].as_str().unwrap();
        let public = app.get(&format!("/api/v1/reports/{code}")).send().await.expect(200);
        assert_eq!((&public["status"], &public["sha256"]), (&json!("valid"), &json!(hash)));
        assert_eq!(public["products"], json!([{ "name": "儿童安全座椅", "brand": "某牌", "model": "A-1", "batch": "20261001" }]));
        assert_eq!((&public["lab_name"], &public["issued_on"]), (&json!("甲实验室"), &json!("2026-11-22")));

        // The notice, the trail and the booking.
        let kinds = "SELECT COUNT(*) FROM notifications WHERE kind = 'booking_result'";
        assert_eq!(app.count(kinds).await, 1);
        for action in ["sample.register", "booking.start_testing", "booking.complete", "report.issue"] {
            let sql = format!("SELECT COUNT(*) FROM audit_entries WHERE action = '{action}'");
            assert_eq!(app.count(&sql).await, 1, "{action}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings WHERE completed_at IS NOT NULL AND sample_number IS NOT NULL").await, 1);
        app.drain_jobs().await;
    }

    async fn each_step_needs_the_one_before(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("early").await;
        let early = app.booking(&person, app.slot(&lab, 60, 1).await).await;
        let refuse = async |what: &str, body: Value| {
            let reply = post(app, &lab.staff, &format!("/staff/bookings/{early}/{what}"), body).await;
            reply.problem(409, "booking_not_pending");
        };
        let item = passed(early);
        refuse("samples", json!({ "product_name": "玩具" })).await;
        refuse("testing", json!({})).await;
        refuse("report", json!({ "media_id": early, "items": [item] })).await;
        let visit = visit(app, lab, "xiaoming", 1).await;
        visit.start(app).await.problem(409, "sample_missing");
        visit.upload(app, pdf("")).await.problem(409, "booking_not_pending");
        visit.link(app).await.problem(409, "report_not_ready");
        let sample = visit.sample(app).await;
        let nothing = json!(uuid::Uuid::nil());
        visit.publish(app, &nothing, vec![passed(sample)]).await.problem(409, "booking_not_pending");
        visit.withdraw(app, 0).await.problem(409, "report_not_ready");
        let stale = app.post(&format!("/api/v1{}", visit.path("testing"))).by(&visit.staff);
        stale.header("if-match", "\"1\"").send().await.problem(412, "stale_version");
        visit.start(app).await.expect(200);
        visit.start(app).await.problem(409, "booking_not_pending");
        let document = visit.document(app, "").await;
        let body = json!({ "media_id": document, "items": [passed(sample)] });
        let stale = app.post(&format!("/api/v1{}", visit.path("report"))).by(&visit.staff);
        stale.header("if-match", "\"1\"").json(body).send().await.problem(412, "stale_version");
        visit.publish(app, &document, vec![passed(sample)]).await.expect(201);
        visit.publish(app, &document, vec![passed(sample)]).await.problem(409, "booking_not_pending");
        visit.register(app, json!({ "product_name": "玩具" })).await.problem(409, "booking_not_pending");
        assert_eq!(app.count("SELECT COUNT(*) FROM lab_reports").await, 1);
    }

    async fn another_lab_and_another_resident_learn_nothing(app) {
        let visit = simple_visit(app).await;
        let sample = visit.sample(app).await;
        let other = app.lab("乙实验室").await.staff;
        let stranger = app.resident("dahei").await;
        for (what, body) in [
            ("samples", json!({ "product_name": "玩具" })),
            ("testing", json!({})),
            ("report", json!({ "media_id": sample, "items": [passed(sample)] })),
        ] {
            post(app, &other, &visit.path(what), body).await.problem(404, "not_found");
        }
        let read = |path: &str| app.get(&format!("/api/v1{path}"));
        for path in [visit.path("results"), visit.path("reports/1/file"), format!("/staff/samples/{sample}")] {
            read(&path).by(&other).send().await.problem(404, "not_found");
        }
        assert!(app.walk("/api/v1/staff/samples", Some(&other), 5).await.is_empty());
        for path in ["results", "report-link"] {
            let path = format!("/bookings/{}/{path}", visit.booking);
            let reply = if path.ends_with("link") {
                post(app, &stranger, &path, json!({})).await
            } else {
                read(&path).by(&stranger).send().await
            };
            reply.problem(404, "not_found");
        }
        // Headquarters look and do nothing.
        let hq = app.staff(Role::HqAdmin, "country").await;
        let seen = read(&visit.path("results")).by(&hq).send().await.expect(200);
        assert_eq!((&seen["allowed_actions"], id(&seen["samples"][0]["id"])), (&json!([]), sample));
        assert_eq!(read(&format!("/staff/samples/{sample}")).by(&hq).send().await.expect(200)["allowed_moves"], json!([]));
        post(app, &hq, &visit.path("testing"), json!({})).await.problem(403, "forbidden");
    }

    async fn a_group_has_a_sample_for_each_and_one_report_for_all(app) {
        let visit = visit(app, app.lab("甲实验室").await, "laoshi", 3).await;
        let mut samples = Vec::new();
        for n in 1..=3 {
            let body = json!({ "product_name": format!("玩具 {n}"), "quantity": n });
            samples.push(id(&visit.register(app, body).await.expect(201)["id"]));
        }
        visit.start(app).await.expect(200);
        let document = visit.document(app, "").await;
        let most: Vec<Value> = samples.iter().take(2).map(|sample| passed(*sample)).collect();
        visit.publish(app, &document, most.clone()).await.invalid("items");
        let back = app.post(&format!("/api/v1/staff/samples/{}/custody-events", samples[2])).by(&visit.staff);
        back.header("if-match", "\"1\"").json(json!({ "to": "returned" })).send().await.expect(201);
        let view = visit.publish(app, &document, most).await.expect(201);
        assert_eq!((view["samples"].as_array().unwrap().len(), &view["reports"][0]["conclusion"]), (3, &json!("pass")));
        let code = view["reports"][0]["verification_code"].as_str().unwrap();
        let public = app.get(&format!("/api/v1/reports/{code}")).send().await.expect(200);
        assert_eq!(public["products"].as_array().unwrap().len(), 2);
        app.drain_jobs().await;
    }

    async fn whoever_has_no_account_any_more_still_has_a_result_at_the_lab(app) {
        let visit = simple_visit(app).await;
        let sample = visit.sample(app).await;
        visit.start(app).await.expect(200);
        app.execute("UPDATE bookings SET account_id = NULL").await;
        let document = visit.document(app, "").await;
        let view = visit.publish(app, &document, vec![passed(sample)]).await.expect(201);
        let document = visit.document(app, "/Title (2)").await;
        let version = view["version"].as_i64().unwrap();
        visit.correct(app, version, &document, vec![failed(sample)]).await.expect(201);
        assert_eq!(app.count("SELECT COUNT(*) FROM notifications WHERE kind IN ('booking_result', 'report_changed')").await, 0);
        assert_eq!(visit.lab_results(app).await["reports"].as_array().unwrap().len(), 2);
    }
}
