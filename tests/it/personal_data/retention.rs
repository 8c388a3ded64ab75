//! What the law makes us keep, who may open it, and its end.

use chrono::TimeDelta;
use serde_json::json;
use tests::{Person, Role, TestApp, backends, complaint_body, with};

use super::{again, ask_deletion, let_it_happen, text};

const RECORDS: &str = "/api/v1/staff/restricted-records";
const FACTS: &str = "只有卷宗里还写着的事实经过";

/// A person with one complaint that ended, who leaves. Returns the complaint's id.
async fn leave_a_file(app: &TestApp, name: &str) -> String {
    let person = app.resident(name).await;
    let body = with(&complaint_body(), "facts", json!(FACTS));
    let post = app.post("/api/v1/complaints").by(&person).json(body);
    let id = text(&post.send().await.expect(201)["id"]).to_owned();
    let path = format!("/api/v1/complaints/{id}/withdrawal");
    app.post(&path).by(&person).send().await.expect(200);
    ask_deletion(app, &again(app, &person).await).await.expect(201);
    app.drain_jobs().await;
    let_it_happen(app).await;
    id
}

async fn auditor(app: &TestApp) -> Person {
    app.staff(Role::Auditor, "country").await
}

async fn open(app: &TestApp, who: &Person, id: &str) -> tests::TestResponse {
    let basis = json!({ "basis": "court_order" });
    app.post(&format!("{RECORDS}/{id}/reading")).by(who).json(basis).send().await
}

backends! {
    async fn a_restricted_record_is_opened_for_a_reason_and_leaves_a_trace(app) {
        let complaint = leave_a_file(app, "xiaoming").await;
        leave_a_file(app, "xiaohong").await;
        let who = auditor(app).await;
        assert_eq!(app.walk(RECORDS, Some(&who), 1).await.len(), 2);
        app.refuses_bad_pages(RECORDS, Some(&who)).await;
        let found = app.walk(&format!("{RECORDS}?row_id={complaint}"), Some(&who), 5).await;
        assert_eq!(found.len(), 1);
        assert_eq!([&found[0]["kind"], &found[0]["law"]], ["complaints", "samr_order_121_art_24"]);
        assert!(!found[0].to_string().contains(FACTS));
        let id = text(&found[0]["id"]);
        let record = open(app, &who, id).await.expect(200);
        let content = &record["content"];
        assert_eq!(content["complaints"]["facts"], FACTS);
        assert_eq!(content["complaints"]["complainant_name"], "王小明");
        assert!(content["complaints"].get("account_id").is_none());
        let events = content["complaint_events"].as_array().unwrap().iter();
        let mut events: Vec<&str> = events.map(|event| text(&event["to_status"])).collect();
        events.sort_unstable();
        assert_eq!(events, ["submitted", "withdrawn"]);
        let trace = "SELECT COUNT(*) FROM audit_entries WHERE action = 'restricted_record.read'";
        assert_eq!(app.count(trace).await, 1);
        assert_eq!(app.tables_with(FACTS).await, Vec::<String>::new(), "in clear");
        app.refuses_each(|| app.post(&format!("{RECORDS}/{id}/reading")).by(&who), &json!({}), [
            ("basis", json!("curiosity")), ("basis", json!(null)), ("reason", json!("x")),
        ]).await;
        open(app, &who, &complaint).await.problem(404, "not_found");
        let handler = app.staff(Role::CaseHandler, "country").await;
        open(app, &handler, id).await.problem(403, "forbidden");
    }

    async fn a_restricted_record_ends_with_its_time(
        app, config => { config.privacy.complaint_file_days = 400; }
    ) {
        leave_a_file(app, "xiaoming").await;
        let who = auditor(app).await;
        let record = app.walk(RECORDS, Some(&who), 5).await.remove(0);
        // Counted from the last change of the complaint, not from the leaving.
        assert_eq!(record["keep_until"], "2027-12-25T02:00:00Z");
        app.advance(TimeDelta::days(400 - 15) - TimeDelta::seconds(1));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM restricted_records").await, 1);
        app.advance(TimeDelta::seconds(1));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM restricted_records").await, 0);
        let trace = "SELECT COUNT(*) FROM audit_entries WHERE action = 'restricted_record.end'";
        assert_eq!(app.count(trace).await, 1);
    }

    async fn a_case_that_nobody_touched_for_its_whole_time_does_not_stay_open_for_ever(
        app, config => { config.privacy.complaint_file_days = 30; }
    ) {
        let person = app.resident("xiaoming").await;
        app.post("/api/v1/complaints").by(&person).json(complaint_body()).send().await.expect(201);
        ask_deletion(app, &person).await.expect(201);
        app.drain_jobs().await;
        let_it_happen(app).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM complaints").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM accounts WHERE status = 'deleted'").await, 1);
        app.advance(TimeDelta::days(15));
        app.drain_jobs().await;
        for table in ["complaints", "complaint_events", "accounts", "restricted_records"] {
            assert_eq!(app.count(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
    }
}
