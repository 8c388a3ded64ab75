//! What an auditor finds.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Role, backends, complaint_body};
use uuid::Uuid;

use super::{ENTRIES, auditor, edits, found, sealed_head};

backends! {
    async fn list_audit_entries_shows_who_did_what_from_where(
        app, config => { config.http.trusted_proxies = vec!["127.0.0.0/8".to_owned()]; }
    ) {
        let auditor = auditor(app).await;
        let person = app.resident("xiaoming").await;
        let handler = app.staff(Role::CaseHandler, "country").await;
        let post = app.post("/api/v1/complaints").by(&person).json(complaint_body());
        let id = post.send().await.expect(201)["id"].as_str().unwrap().to_owned();
        app.advance(TimeDelta::seconds(1));
        let get = app.get(&format!("/api/v1/staff/complaints/{id}")).by(&handler);
        let get = get.header("x-request-id", "a-request-0001").header("user-agent", "curl/8.5.0");
        get.header("x-forwarded-for", "203.0.113.7").send().await.expect(200);
        for limit in [1, 2, 100] {
            let path = format!("{ENTRIES}?object_kind=complaint");
            let all = app.walk(&path, Some(&auditor), limit).await;
            assert_eq!(all.len(), 1);
            let session = all[0]["session_id"].clone();
            assert!(session.is_string());
            assert_eq!(all[0], json!({
                "action": "complaint.read", "object_kind": "complaint", "object_id": id,
                "actor_kind": "staff", "actor_id": handler.id, "request_id": "a-request-0001",
                "at": "2026-11-20T02:00:01Z", "details": null, "id": all[0]["id"], "outcome": "success",
                "session_id": session, "address": "203.0.113.7", "client": "program",
                "before_digest": null, "after_digest": null, "seq": null,
            }));
            assert!(!app.dump("audit_entries").await.contains("203.0.113.7"), "in clear at rest");
        }
        app.refuses_bad_pages(ENTRIES, Some(&auditor)).await;
        for role in [Role::HqAdmin, Role::Editor, Role::Reviewer] {
            let other = app.staff(role, "country").await;
            app.get(ENTRIES).by(&other).send().await.problem(403, "forbidden");
            app.get(&format!("{ENTRIES}/{}", Uuid::nil())).by(&other).send().await.problem(403, "forbidden");
        }
        app.get(ENTRIES).by(&person).send().await.problem(401, "token_invalid");
        app.get(ENTRIES).send().await.problem(401, "unauthenticated");
    }

    async fn list_audit_entries_by_each_filter(app) {
        let auditor = auditor(app).await;
        let editor = app.staff(Role::Editor, "country").await;
        app.advance(TimeDelta::seconds(10));
        let first = edits(app, &editor, 2).await;
        app.advance(TimeDelta::seconds(10));
        let second = edits(app, &editor, 0).await;
        let of = async |query: &str| -> Vec<String> {
            let entries = found(app, &auditor, query).await;
            entries.iter().map(|e| format!("{} {}", e["action"].as_str().unwrap(), e["object_id"].as_str().unwrap())).collect()
        };
        let (create, update) = (format!("article.create {first}"), format!("article.update {first}"));
        let last = format!("article.create {second}");
        let all = [&last, &update, &update, &create].map(String::clone);
        assert_eq!(of("action=article.").await, all);
        assert_eq!(of(&format!("actor_id={}", editor.id)).await, all);
        assert_eq!(of("action=article.update").await, [update.clone(), update.clone()]);
        assert_eq!(of("object_kind=article").await, all);
        assert_eq!(of("object_kind=article&sort=oldest").await, [&create, &update, &update, &last].map(String::clone));
        assert_eq!(of(&format!("object_kind=article&object_id={second}")).await, [last.as_str()]);
        assert_eq!(of("object_kind=article&to=2026-11-20T02:00:11Z").await, [create.as_str()]);
        assert_eq!(of("object_kind=article&from=2026-11-20T02:00:12Z").await, [last.clone(), update]);
        assert_eq!(of("action=article_").await, Vec::<String>::new(), "an underscore is an underscore");
        assert_eq!(of("request_id=none-of-that-name").await, Vec::<String>::new());
        for (query, field) in [
            ("action=%25", "action"),
            ("action=Article", "action"),
            ("object_kind=", "object_kind"),
            ("request_id=x", "request_id"),
            ("from=-0099-01-01T00:00:00Z", "from"),
        ] {
            let reply = app.get(&format!("{ENTRIES}?{query}")).by(&auditor).send().await;
            reply.invalid(field);
        }
        for query in ["from=yesterday", "sort=random", "actor_id=7", "page=1"] {
            let reply = app.get(&format!("{ENTRIES}?{query}")).by(&auditor).send().await;
            reply.problem(422, "validation_failed");
        }
    }

    async fn list_audit_entries_leaves_the_auditor_in_the_trail(app) {
        let auditor = auditor(app).await;
        found(app, &auditor, "action=staff.&object_id=13800138000").await;
        let searches = found(app, &auditor, "action=audit.search").await;
        assert_eq!(searches.len(), 1);
        assert_eq!(searches[0]["actor_id"], json!(auditor.id));
        let details = &searches[0]["details"];
        assert_eq!([&details["action"], &details["object_id"]], [&json!("staff."), &json!(true)]);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_entries WHERE action = 'audit.search'").await, 2);
    }

    async fn get_audit_entry_says_whether_it_is_as_it_was_written(app) {
        let auditor = auditor(app).await;
        let editor = app.staff(Role::Editor, "country").await;
        let get = async |id: &Value| {
            app.get(&format!("{ENTRIES}/{}", id.as_str().unwrap())).by(&auditor).send().await.expect(200)
        };
        edits(app, &editor, 1).await;
        let update = found(app, &auditor, "action=article.update").await.remove(0);
        assert_eq!(get(&update["id"]).await["integrity"], "pending");
        let head = sealed_head(app).await;
        let detail = get(&update["id"]).await;
        assert_eq!(detail["integrity"], "sealed");
        assert_eq!(detail["client"], "browser");
        assert_eq!(detail["details"]["changed"], json!(["latest_revision_id", "title"]));
        let anchor = detail["anchor"].as_str().unwrap();
        assert!(anchor.starts_with(&format!("{}:", detail["seq"])) && head.seq >= detail["seq"].as_i64().unwrap());
        app.get(&format!("{ENTRIES}/{}", Uuid::nil())).by(&auditor).send().await.problem(404, "not_found");
        let looks = "SELECT COUNT(*) FROM audit_entries WHERE action = 'audit.read'";
        assert_eq!(app.count(looks).await, 2);
        app.damage_audit();
        let drop = match app.engine() {
            tests::Engine::Sqlite => "DROP TRIGGER audit_entries_update_guard",
            tests::Engine::Postgres => "DROP TRIGGER audit_entries_guard ON audit_entries",
        };
        app.execute(drop).await;
        app.execute("UPDATE audit_entries SET actor_id = NULL WHERE action = 'article.update'").await;
        assert_eq!(get(&update["id"]).await["integrity"], "broken");
        app.execute("UPDATE audit_entries SET address_cipher = mac WHERE action = 'article.create'").await;
        let create = found(app, &auditor, "action=article.create").await.remove(0);
        assert_eq!(create["address"], Value::Null);
        assert_eq!(get(&create["id"]).await["integrity"], "broken");
    }

    async fn equal_states_of_an_object_are_recognised(app) {
        let auditor = auditor(app).await;
        let lab = app.lab("实验室").await;
        let admin = app.staff(Role::HqAdmin, "country").await;
        for status in ["suspended", "active"] {
            app.advance(TimeDelta::seconds(1));
            let put = app.put(&format!("/api/v1/staff/labs/{}/status", lab.id)).by(&admin);
            put.json(json!({ "status": status })).send().await.expect(200);
        }
        let entries = found(app, &auditor, "object_kind=lab&sort=oldest").await;
        let digests: Vec<[&Value; 2]> =
            entries.iter().map(|entry| [&entry["before_digest"], &entry["after_digest"]]).collect();
        let [made @ .., [before, suspended], [again_before, again]] = &digests[..] else {
            panic!("{entries:#?}")
        };
        assert_eq!(made.iter().filter(|[before, _]| before.is_null()).count(), 1);
        assert!(made.iter().any(|[_, after]| after == before), "{entries:#?}");
        assert_eq!((again, again_before), (before, suspended));
        assert_ne!(before, suspended);
    }
}
