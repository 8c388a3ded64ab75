//! WeChat contradicts what we know: nothing is overwritten, an operator decides.

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends};
use uuid::Uuid;

use super::{openly, silently, sweep};

const CONFLICTS: &str = "/api/v1/staff/account-conflicts";
const UNIONIDS: &str = "SELECT MIN(unionid) FROM wechat_identities";

async fn admin(app: &TestApp) -> Person {
    app.staff(Role::SecurityAdmin, "country").await
}

/// Somebody whom WeChat now calls another.
async fn contradicted(app: &TestApp) -> Person {
    let person = app.resident("xiaoming").await;
    app.execute("UPDATE wechat_identities SET unionid = 'former'").await;
    app.execute("UPDATE accounts SET unionid = 'former'").await;
    assert_eq!(app.resident("xiaoming").await.id, person.id);
    person
}

async fn decide(app: &TestApp, admin: &Person, id: &Value, decision: &str) -> tests::TestResponse {
    let path = format!("{CONFLICTS}/{}/decision", id.as_str().unwrap());
    app.post(&path).by(admin).json(json!({ "decision": decision })).send().await
}

backends! {
    async fn a_unionid_that_differs_is_kept_and_noted_once(app) {
        let person = contradicted(app).await;
        app.resident("xiaoming").await;
        assert_eq!(app.text(UNIONIDS).await.as_deref(), Some("former"));
        let admin = admin(app).await;
        let open = app.walk(&format!("{CONFLICTS}?is_open=true"), Some(&admin), 1).await;
        assert_eq!(open.len(), 1);
        assert_eq!(open[0]["kind"], "other_unionid");
        assert_eq!(open[0]["account_id"], person.id.to_string());
        assert_eq!(open[0]["seen_count"], 2);
        assert!(!open[0].to_string().contains("former"));
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'account.contradict'";
        assert_eq!(app.count(audited).await, 1);
        app.refuses_bad_pages(CONFLICTS, Some(&admin)).await;
    }

    async fn decide_account_conflict_to_keep_leaves_everything_and_counts_once(app) {
        contradicted(app).await;
        let admin = admin(app).await;
        let id = app.walk(CONFLICTS, Some(&admin), 10).await[0]["id"].clone();
        let decided = decide(app, &admin, &id, "keep").await.expect(200);
        assert_eq!(decided["decision"], "keep");
        decide(app, &admin, &id, "adopt").await.problem(409, "conflict_decided");
        app.resident("xiaoming").await;
        assert_eq!(app.text(UNIONIDS).await.as_deref(), Some("former"));
        assert!(app.walk(&format!("{CONFLICTS}?is_open=true"), Some(&admin), 10).await.is_empty());
        assert_eq!(app.walk(&format!("{CONFLICTS}?is_open=false"), Some(&admin), 10).await.len(), 1);
    }

    async fn decide_account_conflict_to_adopt_lets_the_next_login_join(app) {
        let person = contradicted(app).await;
        // The same person by the other door, as WeChat sees it now.
        let page = openly(app, "xiaoming").await;
        assert_ne!(page.id, person.id);
        let admin = admin(app).await;
        let id = app.walk(CONFLICTS, Some(&admin), 10).await[0]["id"].clone();
        decide(app, &admin, &id, "adopt").await.expect(200);
        let joined = app.resident("xiaoming").await;
        let elder = person.id.min(page.id);
        assert_eq!(joined.id, elder, "both began in the same second");
        assert_eq!(openly(app, "xiaoming").await.id, elder);
        let left = "SELECT COUNT(*) FROM accounts WHERE status = 'active'";
        assert_eq!(app.count(left).await, 1);
        sweep(app).await;
    }

    async fn a_door_that_claims_another_person_than_its_account_is_not_joined(app) {
        let page = silently(app, "xiaoming").await;
        let id = app.literal(page.id);
        app.execute(&format!("UPDATE accounts SET unionid = 'somebody' WHERE id = {id}")).await;
        let mini = app.resident("xiaoming").await;
        assert_eq!(openly(app, "xiaoming").await.id, page.id);
        assert_ne!(mini.id, page.id);
        let admin = admin(app).await;
        let found = app.walk(CONFLICTS, Some(&admin), 10).await;
        assert_eq!(found[0]["kind"], "second_unionid");
    }

    async fn decide_account_conflict_of_nothing_is_refused(app) {
        let admin = admin(app).await;
        let editor = app.staff(Role::Editor, "country").await;
        let nobody = json!(Uuid::nil().to_string());
        decide(app, &admin, &nobody, "keep").await.problem(404, "not_found");
        decide(app, &admin, &nobody, "burn").await.invalid("decision");
        decide(app, &editor, &nobody, "keep").await.problem(403, "forbidden");
        app.get(CONFLICTS).by(&editor).send().await.problem(403, "forbidden");
    }
}
