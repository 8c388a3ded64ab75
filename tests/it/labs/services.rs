//! What a lab offers: worded by it, closed and opened by it, and never with a price.

use serde_json::{Value, json};
use tests::{Spec, backends};
use uuid::Uuid;

use super::{LABS, PROFILES, profile, put};

backends! {
    async fn update_lab_service_rewords_it(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let path = format!("{}/services/{}", lab.id, lab.service_id);
        let body = json!({ "name": "儿童用品检测", "description": "玩具和座椅。" });
        let seen = put(app, &lab.staff, &path, &json!(0), body.clone()).await.expect(200);
        let service = &seen["services"][0];
        assert_eq!([&service["name"], &service["kind"]], ["儿童用品检测", "free_testing"]);
        assert_eq!([&service["terms"], &service["version"]], [&json!("免费、自愿"), &json!(1)]);
        put(app, &lab.staff, &path, &json!(0), body.clone()).await.problem(412, "stale_version");
        let foreign = format!("{}/services/{}", lab.id, other.service_id);
        let nowhere = format!("{}/services/{}", lab.id, Uuid::nil());
        for path in [&foreign, &nowhere] {
            put(app, &lab.staff, path, &json!(0), body.clone()).await.problem(404, "not_found");
        }
        put(app, &other.staff, &path, &json!(1), body.clone()).await.problem(404, "not_found");
        let request = || app.put(&format!("{PROFILES}/{path}")).by(&lab.staff).header("if-match", "\"1\"");
        app.refuses_each(request, &body, [
            ("name", json!("检")),
            ("name", json!("x".repeat(61))),
            ("description", json!("x".repeat(1001))),
            ("kind", json!("open_day")),
            ("fee", json!(0)),
        ]).await;
    }

    async fn a_closed_service_takes_no_new_bookings_until_it_opens_again(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 5).await;
        app.booking(&app.resident("a").await, slot).await;
        let path = format!("{}/services/{}/status", lab.id, lab.service_id);
        let set = async |version: i32, status: &str| {
            put(app, &lab.staff, &path, &json!(version), json!({ "status": status })).await
        };
        set(1, "closed").await.problem(412, "stale_version");
        set(0, "gone").await.invalid("status");
        assert_eq!(set(0, "closed").await.expect(200)["services"][0]["status"], "closed");
        let person = app.resident("b").await;
        let book = async || {
            let body = json!({ "slot_id": slot, "product_name": "玩具" });
            app.post("/api/v1/bookings").by(&person).json(body).send().await
        };
        book().await.problem(409, "slot_closed");
        assert!(app.walk("/api/v1/slots", None, 5).await.is_empty());
        assert!(app.walk(&format!("{LABS}?service=free_testing"), None, 5).await.is_empty());
        let public = app.get(&format!("{LABS}/{}", lab.id)).send().await.expect(200);
        assert_eq!(public["services"], json!([]));
        let start = app.now() + chrono::TimeDelta::hours(50);
        let more = json!({
            "service_id": lab.service_id, "capacity": 1, "starts_at": start,
            "ends_at": start + chrono::TimeDelta::hours(1),
        });
        let post = app.post("/api/v1/staff/slots").by(&lab.staff).json(more);
        post.send().await.problem(409, "lab_service_closed");
        // What was booked stays.
        assert_eq!(app.count("SELECT held FROM slots").await, 1);
        set(1, "open").await.expect(200);
        book().await.expect(201);
        assert_eq!(profile(app, &lab.staff, lab.id).await["services"][0]["version"], 2);
    }
}

/// Every property, parameter and schema of the document.
fn fields(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match (key.as_str(), inner) {
                    ("properties" | "schemas", Value::Object(named)) => {
                        found.extend(named.keys().cloned());
                    }
                    ("name", Value::String(name)) => found.push(name.clone()),
                    ("enum", Value::Array(words)) => {
                        found.extend(words.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => {}
                }
                fields(inner, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| fields(inner, found)),
        _ => {}
    }
}

/// Services are free of charge. `amount_fen` of a complaint is what somebody paid a shop.
#[test]
fn no_field_of_the_api_is_about_a_price() {
    let mut found = Vec::new();
    fields(Spec::shared().document(), &mut found);
    assert!(found.len() > 500 && found.iter().any(|name| name == "capacity"));
    let forbidden = [
        "price", "prices", "fee", "fees", "cost", "costs", "charge", "charges", "tariff", "payment",
    ];
    for name in &found {
        let mut words = name.split(|c: char| !c.is_ascii_lowercase());
        let is_price = words.any(|word| forbidden.contains(&word));
        let lower = name.to_lowercase();
        let is_schema = ["price", "payment", "tariff"].iter().any(|word| lower.contains(word));
        let is_chinese = ["费用", "价格", "收费", "付款"].iter().any(|word| name.contains(word));
        assert!(!is_price && !is_schema && !is_chinese, "{name} is about a price");
    }
}
