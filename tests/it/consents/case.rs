//! The separate consents of one complaint.

use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse, backends, complaint_body, with};
use uuid::Uuid;

const OWN: &str = "/api/v1/complaints";

async fn filed(app: &TestApp, person: &Person, publishable: bool, delegable: bool) -> String {
    let body = with(&complaint_body(), "is_publishable", json!(publishable));
    let body = with(&body, "is_delegable", json!(delegable));
    let reply = app.post(OWN).by(person).json(body).send().await.expect(201);
    reply["id"].as_str().unwrap().to_owned()
}

async fn turn(app: &TestApp, who: &Person, id: &str, what: &str, body: Value) -> TestResponse {
    app.post(&format!("{OWN}/{id}/{what}")).by(who).json(body).send().await
}

fn flags(view: &Value) -> [bool; 2] {
    ["is_publishable", "is_delegable"].map(|field| view[field].as_bool().unwrap())
}

const GIVEN: &str =
    "SELECT COUNT(*) FROM consents WHERE subject_kind = 'complaint' AND decision = 'given'";

backends! {
    async fn submit_complaint_writes_down_what_was_ticked_each_by_itself(app) {
        let person = app.resident("xiaoming").await;
        filed(app, &person, false, false).await;
        assert_eq!(app.count(GIVEN).await, 0);
        filed(app, &person, false, true).await;
        assert_eq!(app.count(&format!("{GIVEN} AND purpose = 'pass_on'")).await, 1);
        filed(app, &person, true, false).await;
        assert_eq!(app.count(&format!("{GIVEN} AND purpose = 'publish'")).await, 1);
        assert_eq!(app.count(&format!("{GIVEN} AND notice_version = 'general-1'")).await, 2);
    }

    async fn withdraw_complaint_consents_takes_effect_for_the_handler_too(app) {
        let person = app.resident("xiaoming").await;
        let (one, other) = (filed(app, &person, true, true).await, filed(app, &person, true, true).await);
        let publish = json!({ "purposes": ["publish"] });
        let view = turn(app, &person, &one, "consent-withdrawals", publish.clone()).await.expect(200);
        assert_eq!(flags(&view), [false, true]);
        let handler = app.staff(tests::Role::CaseHandler, "region:11").await;
        let seen = async |id: &str| {
            app.get(&format!("/api/v1/staff/complaints/{id}")).by(&handler).send().await.expect(200)
        };
        assert_eq!(flags(&seen(&one).await), [false, true]);
        assert_eq!(flags(&seen(&other).await), [true, true]);
        let again = json!({ "version": "general-1", "purposes": ["publish"] });
        let view = turn(app, &person, &one, "consents", again).await.expect(200);
        assert_eq!(flags(&view), [true, true]);
        let story = "SELECT COUNT(*) FROM consents WHERE purpose = 'publish' AND seq = 3";
        assert_eq!(app.count(story).await, 1);
    }

    async fn complaint_consents_of_somebody_else_or_of_another_purpose_are_refused(app) {
        let (person, thief) = (app.resident("xiaoming").await, app.resident("dahei").await);
        let id = filed(app, &person, true, true).await;
        let body = json!({ "purposes": ["publish"] });
        for id in [id.clone(), Uuid::nil().to_string(), "7".to_owned()] {
            let reply = turn(app, &thief, &id, "consent-withdrawals", body.clone()).await;
            reply.problem(404, "not_found");
        }
        let phone = json!({ "purposes": ["phone"] });
        turn(app, &person, &id, "consent-withdrawals", phone).await.invalid("purposes");
        let old = json!({ "version": "general-0", "purposes": ["publish"] });
        turn(app, &person, &id, "consents", old).await.problem(409, "notice_outdated");
        let view = app.get(&format!("{OWN}/{id}")).by(&person).send().await.expect(200);
        assert_eq!(flags(&view), [true, true]);
    }
}
