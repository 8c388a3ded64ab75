//! Documents and results, good and bad; corrections.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{backends, jpeg, pdf};
use uuid::Uuid;

use super::{failed, id, passed, simple_visit, version_of};

const MEGABYTE: usize = 1024 * 1024;

backends! {
    async fn a_document_that_is_none_is_refused_and_nothing_is_written(app) {
        let visit = simple_visit(app).await;
        let sample = visit.sample(app).await;
        visit.start(app).await.expect(200);
        for (content, code) in [
            (b"hello".to_vec(), "media_rejected"),
            (Vec::new(), "media_rejected"),
            (jpeg(9, 9), "media_rejected"),
            (b"%PDF-1.7 without an end".to_vec(), "media_rejected"),
            (pdf("/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"), "media_active"),
        ] {
            visit.upload(app, content).await.problem(422, code);
        }
        let mut large = pdf("");
        large.resize(20 * MEGABYTE + 1, b' ');
        visit.upload(app, large).await.problem(413, "body_too_large");
        assert_eq!((app.stored_files(), app.count("SELECT COUNT(*) FROM media_files").await), (0, 0));
        // A document is of whom uploaded it, and of one report.
        let somebody = visit.again(app).await;
        let foreign = somebody.document(app, "").await;
        visit.publish(app, &json!(Uuid::nil()), vec![passed(sample)]).await.problem(422, "media_unavailable");
        visit.publish(app, &foreign, vec![passed(sample)]).await.problem(422, "media_unavailable");
        assert_eq!(app.count("SELECT COUNT(*) FROM lab_reports").await, 0);
        assert_eq!(app.text("SELECT status FROM bookings").await.as_deref(), Some("testing"));
        let document = visit.document(app, "").await;
        visit.publish(app, &document, vec![passed(sample)]).await.expect(201);
        let version = version_of(app, &visit).await;
        visit.correct(app, version, &document, vec![passed(sample)]).await.problem(422, "media_unavailable");
        assert_eq!(visit.results(app).await["reports"][0]["status"], "valid");
        app.drain_jobs().await;
    }

    async fn items_that_do_not_fit_are_refused_and_nothing_is_written(app) {
        let visit = simple_visit(app).await;
        let sample = visit.sample(app).await;
        visit.start(app).await.expect(200);
        let document = visit.document(app, "").await;
        let many = |count: usize| -> Vec<Value> {
            (0..count).map(|n| {
                let mut item = passed(sample);
                item["item"] = json!(format!("项目 {n}"));
                item
            }).collect()
        };
        visit.publish(app, &document, Vec::new()).await.invalid("items");
        visit.publish(app, &document, many(501)).await.invalid("items");
        visit.publish(app, &document, many(10_000)).await.problem(413, "body_too_large");
        visit.publish(app, &document, vec![passed(sample), passed(sample)]).await.invalid("items[1].item");
        visit.publish(app, &document, vec![passed(sample), passed(visit.booking)]).await.invalid("items[1].sample_id");
        let path = format!("/api/v1{}", visit.path("report"));
        let body = json!({ "media_id": document, "items": [failed(sample)] });
        app.refuses_each(|| app.post(&path).by(&visit.staff), &body, [
            ("media_id", json!("x")),
            ("conclusion", json!("pass")),
        ]).await;
        for (field, value) in [
            ("item", json!("")), ("item", json!("x".repeat(61))), ("standard", json!(" ")), ("value", json!("")),
            ("unit", json!("x".repeat(21))), ("verdict", json!("maybe")), ("limit", json!("a\u{202E}b")),
        ] {
            let mut item = failed(sample);
            item[field] = value;
            visit.publish(app, &document, vec![item]).await.invalid(&format!("items[0].{field}"));
        }
        for table in ["lab_reports", "lab_results", "risk_leads"] {
            assert_eq!(app.count(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        visit.publish(app, &document, many(500)).await.expect(201);
        assert_eq!(app.count("SELECT COUNT(*) FROM lab_results").await, 500);
        app.drain_jobs().await;
    }

    async fn a_correction_takes_the_place_of_what_it_corrects(app) {
        let visit = simple_visit(app).await;
        let first = visit.finish(app, |sample| vec![failed(sample)]).await;
        let sample = id(&first["samples"][0]["id"]);
        let version = first["version"].as_i64().unwrap();
        let old = first["reports"][0]["verification_code"].as_str().unwrap().to_owned();
        let public = async |code: &str| app.get(&format!("/api/v1/reports/{code}")).send().await.expect(200);
        assert_eq!(public(&old).await["status"], "valid");
        let link = visit.link(app).await.expect(201);

        let content = pdf("/Title (corrected)");
        let document = visit.upload(app, content.clone()).await.expect(200)["media_id"].clone();
        visit.correct(app, version - 1, &document, vec![passed(sample)]).await.problem(412, "stale_version");
        let second = visit.correct(app, version, &document, vec![passed(sample)]).await.expect(201);
        visit.correct(app, version, &document, vec![passed(sample)]).await.problem(412, "stale_version");
        let listed: Vec<_> = second["reports"].as_array().unwrap().iter()
            .map(|report| (report["revision"].as_i64().unwrap(), report["status"].as_str().unwrap())).collect();
        assert_eq!(listed, [(2, "valid"), (1, "superseded")]);
        assert_eq!(second["reports"][1]["ended_because"], "数值录入有误");
        assert_eq!((&second["reports"][0]["conclusion"], second["items"].as_array().unwrap().len()), (&json!("pass"), 1));
        // Seen at once by whoever asks by the old code, and led to the new one.
        let superseded = public(&old).await;
        let new = second["reports"][0]["verification_code"].clone();
        assert_eq!((&superseded["status"], &superseded["valid_code"]), (&json!("superseded"), &new));
        let valid = public(new.as_str().unwrap()).await;
        assert_eq!(valid["sha256"], hex::encode(Sha256::digest(&content)));
        // A link shows nothing that no longer holds, while the lab keeps it.
        app.get(link["url"].as_str().unwrap()).send().await.problem(409, "report_changed");
        for (revision, wanted) in [(1, pdf("/Title (1)")), (2, content)] {
            let path = format!("/api/v1{}", visit.path(&format!("reports/{revision}/file")));
            let file = app.get(&path).by(&visit.staff).send().await;
            assert_eq!((file.status.as_u16(), &file.body[..]), (200, &wanted[..]));
        }
        let path = format!("/api/v1{}", visit.path("reports/3/file"));
        app.get(&path).by(&visit.staff).send().await.problem(404, "not_found");

        let version = version + 1;
        let third = visit.withdraw(app, version).await.expect(200);
        assert_eq!((&third["reports"][0]["status"], &third["items"]), (&json!("withdrawn"), &json!([])));
        assert_eq!(public(new.as_str().unwrap()).await["status"], "withdrawn");
        assert_eq!(public(&old).await["valid_code"], json!(null));
        visit.withdraw(app, version + 1).await.problem(409, "report_changed");
        visit.link(app).await.problem(409, "report_changed");
        let document = visit.document(app, "/Title (3)").await;
        let last = visit.correct(app, version + 1, &document, vec![passed(sample)]).await.expect(201);
        assert_eq!((&last["reports"][0]["revision"], &last["reports"][1]["status"]), (&json!(3), &json!("superseded")));
        visit.link(app).await.expect(201);
        let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'report_changed'";
        assert_eq!(app.count(told).await, 3);
        app.drain_jobs().await;
    }
}
