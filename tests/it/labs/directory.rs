//! Registering labs and listing them.

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends, with};
use uuid::Uuid;

use super::{LABS, STAFF_LABS, create, id, lab_body, profile, put};

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
        assert!(seen["services"].as_array().unwrap().iter().all(|one| one["terms"] == "免费、自愿"));
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

    async fn list_labs_finds_what_is_looked_for(app) {
        let lab = app.lab("北京玩具检测中心").await;
        app.advance(chrono::TimeDelta::seconds(1));
        let other = app.lab("A_C 实验室").await;
        let capability = |kind: &str, class: &str, standard: &str| json!({
            "service_kind": kind, "product_class": class, "standard": standard, "days_needed": 3,
        });
        for (lab, able) in [
            (&lab, json!([
                capability("free_testing", "culture_education_sports", "GB 6675.1-2014"),
                capability("consultation", "clothing", "GB 18401-2010"),
            ])),
            (&other, json!([capability("free_testing", "clothing", "GB 18401-2010")])),
        ] {
            let version = profile(app, &lab.staff, lab.id).await["version"].clone();
            let body = json!({ "capabilities": able });
            put(app, &lab.staff, &format!("{}/capabilities", lab.id), &version, body).await.expect(200);
        }
        let found = async |query: &str| -> Vec<Uuid> {
            app.walk(&format!("{LABS}?{query}"), None, 1).await.iter().map(id).collect()
        };
        assert_eq!(found("product_class=clothing").await, [other.id, lab.id]);
        assert_eq!(found("standard=GB%206675.1-2014").await, [lab.id]);
        assert_eq!(found("standard=GB%2018401-2010&product_class=clothing").await, [other.id, lab.id]);
        // One capability must be all of it.
        assert!(found("standard=GB%206675.1-2014&product_class=clothing").await.is_empty());
        assert_eq!(found("service=free_testing&product_class=clothing").await, [other.id]);
        assert_eq!(found("service=free_testing").await, [other.id, lab.id]);
        assert!(found("service=open_day").await.is_empty());
        assert_eq!(found("q=%E7%8E%A9%E5%85%B7").await, [lab.id]);
        assert_eq!(found("q=a_c").await, [other.id]);
        assert_eq!(found("q=%20").await, [other.id, lab.id]);
        for nothing in ["q=a.c", "q=%25", "q=\\", "q=%E7%8E%A9%25", "standard=GB"] {
            assert!(found(nothing).await.is_empty(), "{nothing}");
        }
        let long = format!("q={}", "x".repeat(41));
        for query in [long.as_str(), "q=%01", "product_class=toys", "service=massage", "price=0"] {
            let get = app.get(&format!("{LABS}?{query}")).send().await;
            get.problem(422, "validation_failed");
        }
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
