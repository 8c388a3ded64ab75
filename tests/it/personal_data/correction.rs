//! Records that their owner cannot edit are corrected on request.

use futures_util::future::join;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends, complaint_body, with};
use uuid::Uuid;

use super::{identity, text};

const OWN: &str = "/api/v1/me/correction-requests";
const STAFF: &str = "/api/v1/staff/correction-requests";
const NEW_NAME: &str = "王晓明";

async fn complaint(app: &TestApp, person: &Person, region: &str) -> String {
    let body = with(&complaint_body(), "respondent.region_code", region.into());
    let post = app.post("/api/v1/complaints").by(person).json(body);
    text(&post.send().await.expect(201)["id"]).to_owned()
}

fn wish(complaint: &str, field: &str, text: &str) -> Value {
    json!({ "subject_kind": "complaint", "subject_id": complaint, "field": field, "wish": text })
}

async fn ask(app: &TestApp, person: &Person, body: Value) -> TestResponse {
    app.post(OWN).by(person).json(body).send().await
}

async fn asked(app: &TestApp, person: &Person, complaint: &str) -> String {
    let reply = ask(app, person, wish(complaint, "complainant_name", NEW_NAME)).await;
    text(&reply.expect(201)["id"]).to_owned()
}

async fn decide(app: &TestApp, who: &Person, id: &str, how: &str, body: Value) -> TestResponse {
    app.post(&format!("{STAFF}/{id}/{how}")).by(who).json(body).send().await
}

backends! {
    async fn an_accepted_correction_is_in_the_record_at_once(app) {
        let person = app.resident("xiaoming").await;
        let complaint = complaint(app, &person, "110101").await;
        let handler = app.staff(Role::CaseHandler, "region:11").await;
        for (field, wish_text, stored) in [
            ("complainant_name", NEW_NAME, NEW_NAME),
            ("complainant_phone", "+86 139-0013-9000", "13900139000"),
            ("complainant_address", "北京市东城区新街 9 号", "北京市东城区新街 9 号"),
        ] {
            let reply = ask(app, &person, wish(&complaint, field, wish_text)).await.expect(201);
            assert!(!reply.to_string().contains(stored), "the wish comes back in clear");
            let id = text(&reply["id"]).to_owned();
            let listed = app.walk(&format!("{STAFF}?status=pending"), Some(&handler), 5).await;
            assert_eq!([&listed[0]["id"], &listed[0]["field"]], [&reply["id"], &json!(field)]);
            assert!(!listed[0].to_string().contains(stored));
            let seen = app.get(&format!("{STAFF}/{id}")).by(&handler).send().await.expect(200);
            assert_eq!(seen["wish"], stored);
            decide(app, &handler, &id, "acceptance", json!({})).await.expect(200);
            let detail = field.strip_prefix("complainant_").unwrap();
            assert_eq!(identity(app, &handler, &complaint).await[detail], stored);
            assert_eq!(app.tables_with(stored).await, Vec::<String>::new(), "{stored} in clear");
        }
        let own = app.walk(OWN, Some(&person), 2).await;
        assert!(own.len() == 3 && own.iter().all(|request| request["status"] == "accepted"));
        let inbox = app.walk("/api/v1/notifications", Some(&person), 5).await;
        assert!(inbox.len() == 3 && inbox.iter().all(|n| n["kind"] == "correction_accepted"));
        let looks = "SELECT COUNT(*) FROM audit_entries WHERE action = 'correction.read'";
        assert_eq!(app.count(looks).await, 3);
        app.refuses_bad_pages(STAFF, Some(&handler)).await;
        app.refuses_bad_pages(OWN, Some(&person)).await;
    }

    async fn a_refusal_has_a_reason_that_the_person_reads(app) {
        let person = app.resident("xiaoming").await;
        let complaint = complaint(app, &person, "110101").await;
        let id = asked(app, &person, &complaint).await;
        let handler = app.staff(Role::CaseHandler, "region:11").await;
        for body in [json!({}), json!({ "reason": "" }), json!({ "reason": "无\u{202E}据可查" })] {
            decide(app, &handler, &id, "refusal", body).await.invalid("reason");
        }
        let reason = json!({ "reason": "身份证明与申请不符" });
        decide(app, &handler, &id, "refusal", reason.clone()).await.expect(200);
        for how in ["refusal", "acceptance"] {
            decide(app, &handler, &id, how, reason.clone()).await.problem(409, "correction_decided");
        }
        let own = app.walk(OWN, Some(&person), 5).await;
        assert_eq!([&own[0]["status"], &own[0]["reason"]], ["refused", "身份证明与申请不符"]);
        assert_eq!(identity(app, &handler, &complaint).await["name"], "王小明");
        let inbox = app.walk("/api/v1/notifications", Some(&person), 5).await;
        assert_eq!(inbox[0]["kind"], "correction_refused");
        // Refused once, it may be asked for again.
        asked(app, &person, &complaint).await;
    }

    async fn a_correction_is_of_ones_own_record_and_in_its_form(app) {
        let person = app.resident("xiaoming").await;
        let complaint = complaint(app, &person, "110101").await;
        let stranger = app.resident("xiaohong").await;
        let body = wish(&complaint, "complainant_name", NEW_NAME);
        ask(app, &stranger, body.clone()).await.problem(404, "not_found");
        let nothing = wish(&Uuid::nil().to_string(), "complainant_name", NEW_NAME);
        ask(app, &person, nothing).await.problem(404, "not_found");
        app.refuses_each(|| app.post(OWN).by(&person), &body, [
            ("wish", json!("王")), ("wish", json!("")), ("wish", json!("王\n明")), ("wish", json!(7)),
            ("field", json!("facts")), ("subject_kind", json!("account")), ("subject_id", json!("7")),
        ]).await;
        ask(app, &person, wish(&complaint, "complainant_phone", "幸福路")).await.invalid("wish");
        assert_eq!(app.count("SELECT COUNT(*) FROM correction_requests").await, 0);
        ask(app, &person, body.clone()).await.expect(201);
        ask(app, &person, body).await.problem(409, "correction_pending");
        assert!(app.walk(OWN, Some(&stranger), 5).await.is_empty());
    }

    async fn a_correction_elsewhere_does_not_exist(app) {
        let person = app.resident("xiaoming").await;
        let id = asked(app, &person, &complaint(app, &person, "120101").await).await;
        let beijing = app.staff(Role::CaseHandler, "region:11").await;
        assert!(app.walk(STAFF, Some(&beijing), 5).await.is_empty());
        app.get(&format!("{STAFF}/{id}")).by(&beijing).send().await.problem(404, "not_found");
        decide(app, &beijing, &id, "acceptance", json!({})).await.problem(404, "not_found");
        let tianjin = app.staff(Role::CaseHandler, "region:1201").await;
        decide(app, &tianjin, &id, "acceptance", json!({ "reason": "已核实" })).await.expect(200);
    }

    async fn one_key_asks_once(app) {
        let person = app.resident("xiaoming").await;
        let complaint = complaint(app, &person, "110101").await;
        let body = wish(&complaint, "complainant_name", NEW_NAME);
        let ask = || {
            app.post(OWN).by(&person).header("idempotency-key", "correct-1").json(body.clone()).send()
        };
        let (first, second) = join(ask(), ask()).await;
        first.expect(201);
        assert_eq!(first.body, second.body);
        assert_eq!(app.count("SELECT COUNT(*) FROM correction_requests").await, 1);
    }
}
