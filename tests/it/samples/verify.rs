//! What everybody may ask.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tests::{TestApp, TestResponse, backends, pdf};

use super::{passed, simple_visit};

async fn check(app: &TestApp, hash: &str) -> TestResponse {
    app.post("/api/v1/report-checks").json(json!({ "sha256": hash })).send().await
}

backends! {
    async fn verify_report_tells_of_the_report_and_of_nobody(app) {
        let visit = simple_visit(app).await;
        let view = visit.finish(app, |sample| vec![passed(sample)]).await;
        let code = view["reports"][0]["verification_code"].as_str().unwrap();
        assert_eq!(code.replace('-', "").len(), 20);
        let reply = app.get(&format!("/api/v1/reports/{code}")).send().await;
        let shown = reply.expect(200);
        let mut keys: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, [
            "conclusion", "ended_on", "issued_on", "lab_name", "products", "revision", "sha256", "status",
            "valid_code", "verification_code",
        ]);
        assert!(reply.header("cache-control").starts_with("public"));
        let etag = reply.header("etag").to_owned();
        for spelling in [code.to_lowercase(), code.replace('-', ""), code.replace('-', "%20")] {
            let path = format!("/api/v1/reports/{spelling}");
            let again = app.get(&path).header("if-none-match", &etag).send().await;
            assert_eq!(again.status, 304, "{spelling}");
        }
        for wrong in ["x", "22222-22222-22222-22222", "报告", "%2e%2e"] {
            app.get(&format!("/api/v1/reports/{wrong}")).send().await.problem(404, "not_found");
        }
        app.drain_jobs().await;
    }

    async fn check_report_hash_finds_the_document_and_no_other(app) {
        let visit = simple_visit(app).await;
        let view = visit.finish(app, |sample| vec![passed(sample)]).await;
        let hash = hex::encode(Sha256::digest(pdf("/Title (1)")));
        for spelling in [hash.clone(), hash.to_uppercase()] {
            let found = check(app, &spelling).await.expect(200);
            assert_eq!(found["reports"].as_array().unwrap().len(), 1);
            assert_eq!(found["reports"][0]["verification_code"], view["reports"][0]["verification_code"]);
        }
        // One byte more is another document.
        let other = hex::encode(Sha256::digest(pdf("/Title (2)")));
        assert_eq!(check(app, &other).await.expect(200)["reports"], json!([]));
        for wrong in ["", "abc", hash.get(1..).unwrap(), &format!("{hash}0"), &"g".repeat(64), &"码".repeat(64)] {
            check(app, wrong).await.invalid("sha256");
        }
        app.drain_jobs().await;
    }
}
