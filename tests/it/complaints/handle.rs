//! What a handler of a region sees and decides.

use chrono::TimeDelta;
use futures_util::future::join;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{OWN, STAFF, decide, filed, filed_in, handler, withdraw};

async fn read(app: &TestApp, who: &Person, id: &str) -> TestResponse {
    app.get(&format!("{STAFF}/{id}")).by(who).send().await
}

fn ground(number: i64) -> Value {
    json!({ "ground": number, "note": "理由和其他救济途径" })
}

backends! {
    async fn get_region_complaint_masks_the_identity_and_leaves_a_trace(app) {
        let id = filed(app, &app.resident("xiaoming").await).await;
        let handler = handler(app, "region:1101").await;
        let looks = "SELECT COUNT(*) FROM audit_entries WHERE action = 'complaint.read'";
        for look in 1..=2 {
            let complaint = read(app, &handler, &id).await.expect(200);
            assert_eq!(complaint["complainant"], json!({ "name": "王**", "phone": "138****8000" }));
            assert_eq!(complaint["allowed_actions"], json!(["accept", "refuse"]));
            assert_eq!(app.count(looks).await, look);
        }
        let who = format!("{looks} AND actor_id = {}", app.literal(handler.id));
        assert_eq!(app.count(&who).await, 2);
        let object = app.text("SELECT object_id FROM audit_entries WHERE action = 'complaint.read'");
        assert_eq!(object.await, Some(id));
    }

    async fn disclose_complainant_shows_the_identity_for_a_reason_that_is_kept(app) {
        let id = filed(app, &app.resident("xiaoming").await).await;
        let handler = handler(app, "region:1101").await;
        let disclose = |who: &Person, id: &str, body: Value| {
            app.post(&format!("{STAFF}/{id}/disclosures")).by(who).json(body).send()
        };
        let why = json!({ "reason": "contact_complainant" });
        let identity = disclose(&handler, &id, why.clone()).await.expect(201);
        assert_eq!(identity, json!({
            "name": "王小明", "phone": "13800138000", "address": "北京市东城区东华门大街 1 号",
        }));
        let looks = "SELECT COUNT(*) FROM audit_entries WHERE action = 'complaint.view'";
        let who = format!("{looks} AND object_id = '{id}' AND actor_id = {}", app.literal(handler.id));
        assert_eq!(app.count(&who).await, 1);
        assert!(app.dump("audit_entries").await.contains("contact_complainant"));
        // No look without a reason, and none outside one's regions.
        let path = format!("{STAFF}/{id}/disclosures");
        app.refuses_each(|| app.post(&path).by(&handler), &why, [
            ("reason", json!("curiosity")), ("reason", json!(null)), ("reason", json!(1)), ("note", json!("x")),
        ]).await;
        let elsewhere = app.staff(Role::CaseHandler, "region:12").await;
        disclose(&elsewhere, &id, why.clone()).await.problem(404, "not_found");
        disclose(&handler, &Uuid::nil().to_string(), why.clone()).await.problem(404, "not_found");
        let admin = app.staff(Role::HqAdmin, "country").await;
        disclose(&admin, &id, why).await.problem(403, "forbidden");
        assert_eq!(app.count(looks).await, 1);
    }

    async fn get_region_complaint_of_another_region_is_refused(app) {
        let id = filed(app, &app.resident("xiaoming").await).await;
        for scope in ["region:12", "region:1201", "region:110102", "region:110101001", "region:66"] {
            let stranger = handler(app, scope).await;
            read(app, &stranger, &id).await.problem(404, "not_found");
            decide(app, &stranger, &id, "acceptance", json!({})).await.problem(404, "not_found");
            decide(app, &stranger, &id, "refusal", ground(1)).await.problem(404, "not_found");
            assert!(app.walk(STAFF, Some(&stranger), 10).await.is_empty(), "{scope}");
        }
        for scope in ["country", "region:11", "region:1101", "region:110101"] {
            read(app, &handler(app, scope).await, &id).await.expect(200);
        }
        let anybody = handler(app, "country").await;
        for id in [Uuid::nil().to_string(), "7".to_owned()] {
            read(app, &anybody, &id).await.problem(404, "not_found");
        }
    }

    async fn list_region_complaints_shows_ones_regions_without_identities(app) {
        let person = app.resident("xiaoming").await;
        let mut filed = Vec::new();
        for region in ["110101", "110101001", "310101", "110108"] {
            filed.push(json!(filed_in(app, &person, region).await));
            app.advance(TimeDelta::seconds(1));
        }
        let ids = async |who: &Person, query: &str, limit| -> Vec<Value> {
            let all = app.walk(&format!("{STAFF}{query}"), Some(who), limit).await;
            for item in &all {
                assert!(item.get("complainant").is_none() && item.get("facts").is_none());
                let text = item.to_string();
                assert!(!text.contains("王小明") && !text.contains("8000"), "{text}");
            }
            all.iter().map(|item| item["id"].clone()).collect()
        };
        let (beijing, east) = (handler(app, "region:11").await, handler(app, "region:110101").await);
        let of = |places: &[usize]| places.iter().map(|n| filed[*n].clone()).collect::<Vec<_>>();
        for limit in [1, 2, 10] {
            assert_eq!(ids(&beijing, "", limit).await, of(&[3, 1, 0]));
            assert_eq!(ids(&east, "", limit).await, of(&[1, 0]));
        }
        let first = filed[0].as_str().unwrap();
        decide(app, &east, first, "acceptance", json!({})).await.expect(200);
        assert_eq!(ids(&beijing, "?status=accepted", 1).await, of(&[0]));
        assert_eq!(ids(&beijing, "?status=submitted", 1).await, of(&[3, 1]));
        app.refuses_bad_pages(STAFF, Some(&beijing)).await;
        // Two regions of one handler are a union.
        let roles = [
            (Role::CaseHandler, "region:310101"),
            (Role::CaseHandler, "region:110108"),
        ];
        assert_eq!(ids(&app.staff_with(&roles).await, "", 1).await, of(&[3, 2]));
    }

    async fn accept_complaint_tells_the_complainant_and_is_final(app) {
        let person = app.resident("xiaoming").await;
        let id = filed(app, &person).await;
        let handler = handler(app, "region:11").await;
        app.advance(TimeDelta::seconds(60));
        let body = json!({ "note": "已转东城区市场监管所" });
        let accepted = decide(app, &handler, &id, "acceptance", body).await.expect(200);
        assert_eq!([&accepted["status"], &accepted["decided_at"]], ["accepted", "2026-11-20T02:01:00Z"]);
        assert_eq!(accepted["refusal_ground"], Value::Null);
        let own = app.get(&format!("{}/{id}", OWN)).by(&person).send().await.expect(200);
        assert_eq!(own["timeline"][1]["note"], "已转东城区市场监管所");
        assert_eq!(own["complainant"]["name"], "王**");
        assert!(!own.to_string().contains(&handler.id.to_string()), "the handler is named");
        let inbox = app.walk("/api/v1/notifications", Some(&person), 10).await;
        assert_eq!([&inbox[0]["kind"], &inbox[0]["subject_id"]], [&json!("complaint_accepted"), &json!(id)]);
        assert!(!inbox[0].to_string().contains("某某商店"));
        for (action, body) in [("acceptance", json!({})), ("refusal", ground(1))] {
            decide(app, &handler, &id, action, body).await.problem(409, "complaint_decided");
        }
    }

    async fn refuse_complaint_names_one_of_seven_grounds(app) {
        let person = app.resident("xiaoming").await;
        let handler = handler(app, "region:11").await;
        for number in 1..=7 {
            let id = filed(app, &person).await;
            let refused = decide(app, &handler, &id, "refusal", ground(number)).await.expect(200);
            assert_eq!([&refused["status"], &refused["refusal_ground"]], [&json!("not_accepted"), &json!(number)]);
        }
        let inbox = app.walk("/api/v1/notifications", Some(&person), 3).await;
        assert_eq!(inbox.len(), 7);
        assert!(inbox.iter().all(|notice| notice["kind"] == "complaint_not_accepted"));
        let id = filed(app, &person).await;
        let path = format!("{STAFF}/{id}/refusal");
        app.refuses_each(|| app.post(&path).by(&handler), &ground(1), [
            ("ground", json!(0)),
            ("ground", json!(8)),
            ("ground", json!(-1)),
            ("ground", json!(99_999)),
            ("ground", json!("1")),
            ("ground", json!(null)),
            ("note", json!("")),
            ("note", json!("无")),
            ("note", json!("x".repeat(501))),
            ("decided_by", json!(Uuid::nil())),
        ]).await;
        let path = format!("{STAFF}/{id}/acceptance");
        app.refuses_each(|| app.post(&path).by(&handler), &json!({}), [
            ("note", json!("x".repeat(501))), ("note", json!(1)), ("ground", json!(1)),
        ]).await;
        assert_eq!(read(app, &handler, &id).await.expect(200)["status"], "submitted");
    }

    async fn refuse_complaint_that_was_withdrawn_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let id = filed(app, &person).await;
        withdraw(app, &person, &id).await.expect(200);
        let handler = handler(app, "region:11").await;
        decide(app, &handler, &id, "refusal", ground(1)).await.problem(409, "complaint_decided");
        decide(app, &handler, &id, "acceptance", json!({})).await.problem(409, "complaint_decided");
        assert!(app.walk("/api/v1/notifications", Some(&person), 10).await.is_empty());
    }

    async fn accept_complaint_while_another_refuses_it_is_decided_once(app) {
        let person = app.resident("xiaoming").await;
        let (a, b) = (handler(app, "region:11").await, handler(app, "country").await);
        for _ in 0..4 {
            let id = filed(app, &person).await;
            let (accepted, refused) = join(
                decide(app, &a, &id, "acceptance", json!({})),
                decide(app, &b, &id, "refusal", ground(2)),
            )
            .await;
            let mut statuses = [accepted.status.as_u16(), refused.status.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409]);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM notifications").await, 4);
        assert_eq!(app.count("SELECT COUNT(*) FROM complaint_events").await, 8);
    }
}
