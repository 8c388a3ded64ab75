//! Testing institutions and their services.

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends, with};
use uuid::Uuid;

const LABS: &str = "/api/v1/labs";
const STAFF_LABS: &str = "/api/v1/staff/labs";

fn lab_body(name: &str, region: &str) -> Value {
    json!({ "name": name, "region_code": region, "address": "示范路 1 号", "phone": "010-6262 0000" })
}

async fn create(app: &TestApp, admin: &Person, body: Value) -> TestResponse {
    app.post(STAFF_LABS).by(admin).json(body).send().await
}

async fn set_status(app: &TestApp, admin: &Person, id: &Value, status: &str) -> TestResponse {
    let path = format!("{STAFF_LABS}/{}/status", id.as_str().unwrap());
    app.put(&path).by(admin).json(json!({ "status": status })).send().await
}

backends! {
    async fn create_lab_shows_it_to_the_public_with_its_services(app) {
        let admin = app.staff(Role::HqAdmin, "country").await;
        let lab = create(app, &admin, lab_body("甲实验室", "110108")).await.expect(201);
        let path = format!("{STAFF_LABS}/{}/services", lab["id"].as_str().unwrap());
        for (kind, name) in [("free_testing", "免费检测"), ("consultation", "咨询")] {
            let body = json!({ "kind": kind, "name": name });
            app.post(&path).by(&admin).json(body).send().await.expect(201);
        }
        let seen = app.get(&format!("{LABS}/{}", lab["id"].as_str().unwrap())).send().await;
        let seen = seen.expect(200);
        let names: Vec<&Value> =
            seen["services"].as_array().unwrap().iter().map(|s| &s["name"]).collect();
        assert_eq!(names.len(), 2);
        assert!(names.contains(&&json!("免费检测")) && names.contains(&&json!("咨询")));
        assert!(!seen.to_string().contains("price"));
    }

    async fn create_lab_with_a_wrong_field_is_refused(app) {
        let admin = app.staff(Role::HqAdmin, "country").await;
        let body = lab_body("甲实验室", "110108");
        app.refuses_each(|| app.post(STAFF_LABS).by(&admin), &body, [
            ("name", json!("甲")),
            ("name", json!("甲".repeat(81))),
            ("name", json!("两\n行")),
            ("region_code", json!("1101081234")),
            ("region_code", json!(110_108)),
            ("address", json!("短")),
            ("address", json!("x".repeat(201))),
            ("phone", json!("")),
            ("phone", json!("abc")),
            ("phone", json!("1".repeat(21))),
            ("introduction", json!("x".repeat(1001))),
            ("introduction", json!(null)),
            ("price_fen", json!(100)),
        ]).await;
        let unknown = create(app, &admin, with(&body, "region_code", json!("99"))).await;
        unknown.problem(422, "unknown_region");
        assert_eq!(app.count("SELECT COUNT(*) FROM labs").await, 0);
    }

    async fn create_lab_with_a_taken_name_is_refused(app) {
        let admin = app.staff(Role::HqAdmin, "country").await;
        create(app, &admin, lab_body("甲实验室", "110108")).await.expect(201);
        let again = create(app, &admin, lab_body("甲实验室", "310101")).await;
        again.problem(409, "lab_name_taken");
    }

    async fn create_lab_service_twice_or_wrong_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let admin = app.staff(Role::HqAdmin, "country").await;
        let path = format!("{STAFF_LABS}/{}/services", lab.id);
        let body = json!({ "kind": "consultation", "name": "咨询" });
        app.refuses_each(|| app.post(&path).by(&admin), &body, [
            ("kind", json!("massage")),
            ("kind", json!(1)),
            ("name", json!("咨")),
            ("name", json!("咨".repeat(61))),
            ("description", json!("x".repeat(1001))),
            ("fee", json!(1)),
        ]).await;
        let post = |path: &str| app.post(path).by(&admin).json(body.clone()).send();
        post(&path).await.expect(201);
        post(&path).await.problem(409, "lab_name_taken");
        let nowhere = format!("{STAFF_LABS}/{}/services", Uuid::nil());
        post(&nowhere).await.problem(404, "not_found");
    }

    async fn list_labs_of_a_region_shows_it_and_what_lies_below(app) {
        let admin = app.staff(Role::HqAdmin, "country").await;
        for (name, region) in [("海淀", "110108"), ("东城", "110101"), ("黄浦", "310101")] {
            app.advance(chrono::TimeDelta::seconds(1));
            create(app, &admin, lab_body(name, region)).await.expect(201);
        }
        let names = async |query: &str, limit| -> Vec<Value> {
            let all = app.walk(&format!("{LABS}{query}"), None, limit).await;
            all.iter().map(|lab| lab["name"].clone()).collect()
        };
        for limit in [1, 2, 100] {
            assert_eq!(names("", limit).await, ["黄浦", "东城", "海淀"]);
            assert_eq!(names("?region=11", limit).await, ["东城", "海淀"]);
        }
        assert_eq!(names("?region=110101", 5).await, ["东城"]);
        assert!(names("?region=110101001", 5).await.is_empty());
        for region in ["99", "", "%25", "1_"] {
            let get = app.get(&format!("{LABS}?region={region}")).send().await;
            assert_eq!(get.problem(422, "unknown_region")["errors"][0]["path"], "region");
        }
        app.refuses_bad_pages(LABS, None).await;
    }

    async fn set_lab_status_to_suspended_hides_the_lab_until_it_works_again(app) {
        let admin = app.staff(Role::HqAdmin, "country").await;
        let lab = create(app, &admin, lab_body("甲实验室", "110108")).await.expect(201);
        let path = format!("{LABS}/{}", lab["id"].as_str().unwrap());
        set_status(app, &admin, &lab["id"], "suspended").await.expect(200);
        app.get(&path).send().await.problem(404, "not_found");
        assert!(app.walk(LABS, None, 10).await.is_empty());
        set_status(app, &admin, &lab["id"], "active").await.expect(200);
        app.get(&path).send().await.expect(200);
        let nil = json!(Uuid::nil());
        set_status(app, &admin, &nil, "active").await.problem(404, "not_found");
        set_status(app, &admin, &lab["id"], "closed").await.invalid("status");
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'lab.set_status'";
        assert_eq!(app.count(audited).await, 2);
    }

    async fn get_lab_that_does_not_exist_is_refused(app) {
        for id in [Uuid::nil().to_string(), "7".to_owned(), "%ff".to_owned()] {
            app.get(&format!("{LABS}/{id}")).send().await.problem(404, "not_found");
        }
    }
}
