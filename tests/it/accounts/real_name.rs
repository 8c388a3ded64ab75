//! The real name: given for a purpose, shown masked, readable for the case.

use sanjin::platform::consent::NoticeKind;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends, complaint_body};

const REAL_NAME: &str = "/api/v1/me/real-name";
const NAME: &str = "欧阳测试";
const NUMBER: &str = "11010519491231002X";

fn filled() -> Value {
    json!({ "name": NAME, "id_number": NUMBER, "purpose": "complaint" })
}

async fn give(app: &TestApp, who: &Person) -> Value {
    app.put(REAL_NAME).by(who).json(filled()).send().await.expect(200)
}

async fn file(app: &TestApp, who: &Person) -> String {
    let post = app.post("/api/v1/complaints").by(who).json(complaint_body()).send().await;
    post.expect(201)["id"].as_str().unwrap().to_owned()
}

backends! {
    async fn put_real_name_is_kept_encrypted_and_shown_masked(app) {
        let person = app.resident("xiaoming").await;
        app.get(REAL_NAME).by(&person).send().await.problem(404, "not_found");
        let given = give(app, &person).await;
        assert_eq!([&given["name"], &given["id_number"]], ["欧***", "1****************X"]);
        assert_eq!(app.get(REAL_NAME).by(&person).send().await.expect(200), given);
        for secret in [NAME, NUMBER] {
            assert_eq!(app.tables_with(secret).await, Vec::<String>::new(), "{secret}");
            assert!(!app.log_lines().iter().any(|line| line.contains(secret)), "{secret}");
        }
        // Small letters and blanks are the same number.
        let again = json!({ "name": NAME, "id_number": " 11010519491231002x ", "purpose": "complaint" });
        app.put(REAL_NAME).by(&person).json(again).send().await.expect(200);
        assert_eq!(app.count("SELECT COUNT(*) FROM real_names").await, 1);
        let other = app.resident("xiaohong").await;
        app.get(REAL_NAME).by(&other).send().await.problem(404, "not_found");
        give(app, &other).await;
        assert_eq!(app.count("SELECT COUNT(DISTINCT id_number_index) FROM real_names").await, 1);
        assert_eq!(app.count("SELECT COUNT(DISTINCT id_number_cipher) FROM real_names").await, 2);
    }

    async fn put_real_name_that_is_none_is_refused(app) {
        let person = app.resident("xiaoming").await;
        app.refuses_each(|| app.put(REAL_NAME).by(&person), &filled(), [
            ("name", json!("王")), ("name", json!("王".repeat(41))), ("name", json!("王\n明")),
            ("id_number", json!("110105194912310021")), ("id_number", json!("")),
            ("id_number", json!("11010519490231002X")), ("id_number", json!(11)),
            // 2099-12-31, with the right check character.
            ("id_number", json!("110105209912310029")),
            ("purpose", json!("marketing")), ("purpose", json!(null)), ("birthday", json!("1949")),
        ]).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM real_names").await, 0);
    }

    async fn delete_real_name_waits_for_the_open_case(app) {
        let person = app.resident("xiaoming").await;
        let delete = || app.delete(REAL_NAME).by(&person).send();
        delete().await.expect(204);
        give(app, &person).await;
        let id = file(app, &person).await;
        delete().await.problem(409, "real_name_in_use");
        app.get(REAL_NAME).by(&person).send().await.expect(200);
        let path = format!("/api/v1/complaints/{id}/withdrawal");
        app.post(&path).by(&person).send().await.expect(200);
        delete().await.expect(204);
        assert_eq!(app.count("SELECT COUNT(*) FROM real_names").await, 0);
    }

    async fn disclose_complainant_shows_the_real_name_while_the_case_is_open(app) {
        let person = app.resident("xiaoming").await;
        let id = file(app, &person).await;
        let path = format!("/api/v1/staff/complaints/{id}");
        let handler = app.staff(Role::CaseHandler, "region:11").await;
        let look = |who: &Person| {
            let why = json!({ "reason": "verify_identity" });
            app.post(&format!("{path}/disclosures")).by(who).json(why).send()
        };
        assert!(look(&handler).await.expect(201).get("real_name").is_none());
        give(app, &person).await;
        let seen = look(&handler).await.expect(201);
        assert_eq!(seen["real_name"], json!({ "name": NAME, "id_number": NUMBER }));
        let other = app.get(&path).by(&handler).send().await;
        assert!(!other.text().contains(NUMBER) && !other.text().contains(NAME));
        let elsewhere = app.staff(Role::CaseHandler, "region:31").await;
        look(&elsewhere).await.problem(404, "not_found");
        let refusal = json!({ "ground": 1, "note": "理由和其他救济途径" });
        app.post(&format!("{path}/refusal")).by(&handler).json(refusal).send().await.expect(200);
        assert!(look(&handler).await.expect(201).get("real_name").is_none());
    }

    async fn put_real_name_needs_the_consent_and_goes_with_it(app) {
        let person = app.resident_agreeing("xiaoming", Value::Null).await;
        let put = || app.put(REAL_NAME).by(&person).json(filled()).send();
        put().await.problem(403, "consent_required");
        let person = app.resident("xiaoming").await;
        give(app, &person).await;
        let withdraw = || {
            let body = json!({ "purposes": ["real_name"] });
            app.post("/api/v1/me/consent-withdrawals").by(&person).json(body).send()
        };
        let consent = || {
            let version = app.notice(NoticeKind::General);
            let body = json!({ "version": version, "purposes": ["real_name"] });
            app.post("/api/v1/me/consents").by(&person).json(body).send()
        };
        withdraw().await.expect(200);
        app.get(REAL_NAME).by(&person).send().await.problem(404, "not_found");
        // A complaint that is being handled keeps it.
        consent().await.expect(200);
        give(app, &person).await;
        file(app, &person).await;
        withdraw().await.expect(200);
        app.get(REAL_NAME).by(&person).send().await.expect(200);
    }

    async fn put_real_name_and_school_are_nothing_for_children(app) {
        let child = app.child("xiaohua").await;
        app.put(REAL_NAME).by(&child).json(filled()).send().await.problem(403, "not_for_children");
        let school = app.put("/api/v1/me/school").by(&child).json(json!({ "name": "某某小学" }));
        school.send().await.problem(403, "not_for_children");
    }
}
