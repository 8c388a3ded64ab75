//! Finding a person by their exact phone.

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends};

const PHONE: &str = "13912345678";

async fn find(app: &TestApp, who: &Person, phone: &str) -> TestResponse {
    let body = json!({ "phone": phone, "reason": "subject_request" });
    app.post("/api/v1/staff/account-searches").by(who).json(body).send().await
}

backends! {
    async fn find_accounts_finds_an_exact_phone_in_any_spelling_and_is_audited(app) {
        let (person, other) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        for (name, who, phone) in [("xiaoming", &person, PHONE), ("xiaohong", &other, "13912345679")] {
            let code = app.wechat().mint_phone_code(name, phone, app.app.wechat.appid()).await.unwrap();
            app.post("/api/v1/me/phone").by(who).json(json!({ "code": code })).send().await.expect(200);
        }
        let admin = app.staff(Role::SecurityAdmin, "country").await;
        for spelling in [PHONE, "+86 139 1234 5678", "139-1234-5678"] {
            let found = find(app, &admin, spelling).await.expect(200);
            assert_eq!(found, json!({ "items": [{
                "id": person.id, "status": "active", "phone": "139****5678",
                "created_at": "2026-11-20T02:00:00Z",
            }] }));
        }
        for nobody in ["13912345670", "12345678"] {
            assert_eq!(find(app, &admin, nobody).await.expect(200)["items"], json!([]));
        }
        let audited = async |object: &str| {
            let sql = format!("SELECT COUNT(*) FROM audit_entries WHERE action = 'account.find' AND object_id = '{object}'");
            app.count(&sql).await
        };
        assert_eq!((audited(&person.id.to_string()).await, audited("none").await), (3, 2));
        let path = "/api/v1/staff/account-searches";
        let body = json!({ "phone": PHONE, "reason": "case_handling" });
        app.refuses_each(|| app.post(path).by(&admin), &body, [
            ("phone", json!("1")), ("phone", json!("%")), ("phone", Value::Null),
            ("reason", json!("curiosity")), ("reason", Value::Null), ("name", json!("x")),
        ]).await;
        for role in [Role::SystemAdmin, Role::HqAdmin, Role::CaseHandler, Role::Auditor] {
            find(app, &app.staff(role, "country").await, PHONE).await.problem(403, "forbidden");
        }
        find(app, &person, PHONE).await.problem(401, "token_invalid");
    }
}
