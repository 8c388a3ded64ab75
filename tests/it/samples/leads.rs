//! A failed safety item leads to a product.

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends};

use super::{failed, id, passed, simple_visit};

async fn leads(app: &TestApp, who: &Person, query: &str) -> Vec<Value> {
    app.walk(&format!("/api/v1/staff/risk-leads{query}"), Some(who), 5).await
}

backends! {
    async fn a_failed_safety_item_is_one_lead_however_often_it_is_reported(app) {
        let visit = simple_visit(app).await;
        let first = visit.finish(app, |sample| {
            let mut harmless = failed(sample);
            harmless["item"] = json!("标志");
            harmless["is_safety"] = json!(false);
            let mut good = failed(sample);
            good["item"] = json!("锐边");
            good["verdict"] = json!("pass");
            vec![failed(sample), harmless, good]
        }).await;
        let sample = id(&first["samples"][0]["id"]);
        let hq = app.staff(Role::HqAdmin, "country").await;
        let found = leads(app, &hq, "").await;
        assert_eq!(found.len(), 1);
        for (field, value) in [
            ("status", "new"), ("product_name", "儿童安全座椅"), ("brand", "某牌"), ("model", "A-1"),
            ("batch", "20261001"), ("product_class", "maternal_elderly_disabled"), ("item", "头部位移"), ("value", "612"),
            ("limit", "≤ 550"), ("region_code", "110108"),
        ] {
            assert_eq!(found[0][field], value, "{field}");
        }
        assert_eq!(id(&found[0]["sample_id"]), sample);
        // Nothing that leads to a person.
        let text = found[0].to_string();
        assert!(!text.contains(&visit.booking.to_string()) && !text.contains(&visit.person.id.to_string()));

        let version = first["version"].as_i64().unwrap();
        let mut worse = failed(sample);
        worse["value"] = json!("700");
        for (version, item, wanted) in [
            (version, passed(sample), vec![("revoked", "612")]),
            (version + 1, worse, vec![("new", "700")]),
        ] {
            let document = visit.document(app, &format!("/Title ({version})")).await;
            visit.correct(app, version, &document, vec![item]).await.expect(201);
            let found = leads(app, &hq, "").await;
            let seen: Vec<_> = found.iter().map(|lead| (lead["status"].as_str().unwrap(), lead["value"].as_str().unwrap())).collect();
            assert_eq!(seen, wanted);
        }
        assert_eq!(id(&leads(app, &hq, "?status=new").await[0]["id"]), id(&found[0]["id"]), "the same lead");
        visit.withdraw(app, version + 2).await.expect(200);
        assert!(leads(app, &hq, "?status=new").await.is_empty());
        assert_eq!(leads(app, &hq, "?status=revoked").await.len(), 1);
        app.drain_jobs().await;
    }

    async fn leads_are_for_headquarters_and_for_the_province(app) {
        let visit = simple_visit(app).await;
        visit.finish(app, |sample| vec![failed(sample)]).await;
        for (scope, count) in [("region:11", 1), ("region:1101", 1), ("region:31", 0)] {
            let reporter = app.staff(Role::ProvinceReporter, scope).await;
            assert_eq!(leads(app, &reporter, "").await.len(), count, "{scope}");
        }
        app.get("/api/v1/staff/risk-leads").by(&visit.staff).send().await.problem(403, "forbidden");
        app.drain_jobs().await;
    }
}
