//! What exists in the sandbox alone.

use sanjin::features::sandbox::seed_demo_content;
use serde_json::json;
use tests::{Spec, backends};

const CODES: &str = "/sandbox/wechat/codes";
const PHONE_CODES: &str = "/sandbox/wechat/phone-codes";

backends! {
    async fn mint_login_code_logs_that_user_in(app) {
        let mint = || app.post(CODES).json(json!({ "user": "xiaoming" })).send();
        let mut ids = Vec::new();
        for _ in 0..2 {
            let minted = mint().await.expect(201);
            assert_eq!(minted["expires_in"], 300);
            let login = app.post("/api/v1/auth/wechat/login").json(json!({ "code": minted["code"] }));
            ids.push(login.send().await.expect(200)["account"]["id"].clone());
        }
        assert_eq!(ids[0], ids[1]);
        assert_eq!(ids[0], app.resident("xiaoming").await.id.to_string());
    }

    async fn mint_phone_code_binds_that_phone(app) {
        let person = app.resident("xiaoming").await;
        let body = json!({ "user": "xiaoming", "phone": "13800138000" });
        let minted = app.post(PHONE_CODES).json(body).send().await.expect(201);
        let bind = app.post("/api/v1/me/phone").by(&person).json(json!({ "code": minted["code"] }));
        assert_eq!(bind.send().await.expect(200)["phone"], "138****8000");
    }

    async fn mint_login_code_with_a_wrong_field_is_refused(app) {
        app.refuses_each(|| app.post(CODES), &json!({ "user": "x" }), [
            ("user", json!("")), ("user", json!("x".repeat(65))), ("user", json!("a\nb")),
            ("user", json!(1)), ("appid", json!("wx")),
        ]).await;
        let body = json!({ "user": "x", "phone": "13800138000" });
        app.refuses_each(|| app.post(PHONE_CODES), &body, [
            ("phone", json!("not a phone")), ("phone", json!("1".repeat(21))), ("user", json!("")),
        ]).await;
    }

    async fn the_demo_lab_is_found_and_takes_bookings(app) {
        seed_demo_content(&app.app).await.unwrap();
        let query = "near=39.98,116.32&service=free_testing&product_class=culture_education_sports";
        let found = app.get(&format!("/api/v1/labs?{query}")).send().await.expect(200);
        let lab = &found["items"][0];
        assert_eq!(lab["is_accredited"], true);
        assert!(lab["distance_metres"].as_u64().unwrap() < 1000);
        let path = format!("/api/v1/labs/{}", lab["id"].as_str().unwrap());
        let seen = app.get(&path).send().await.expect(200);
        let count = |field: &str| seen[field].as_array().unwrap().len();
        let counts = ["accreditations", "capabilities", "services", "opening_hours"].map(count);
        assert_eq!(counts, [2, 4, 2, 10]);
        let slot = app.walk("/api/v1/slots", None, 100).await[0]["id"].clone();
        app.booking(&app.resident("xiaoming").await, slot.as_str().unwrap().parse().unwrap()).await;
    }

    async fn the_demo_campaign_shows_the_articles_and_the_quiz(app) {
        seed_demo_content(&app.app).await.unwrap();
        let home = app.get("/api/v1/home").send().await.expect(200);
        let path = format!("/api/v1/campaigns/{}", home["campaign"]["id"].as_str().unwrap());
        let campaign = app.get(&path).send().await.expect(200);
        let kinds: Vec<&str> =
            campaign["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["article", "article", "quiz"]);
    }

    async fn the_sandbox_is_not_in_the_document(app) {
        let document = app.get("/openapi.json").send().await.expect(200);
        assert!(!document.to_string().contains("/sandbox/"));
        assert!(Spec::shared().operations.iter().all(|o| o.path.starts_with("/api/v1/")));
    }
}
