//! A part of the trail taken away as a file.

use chrono::TimeDelta;
use sanjin::platform::db::AuditActor;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Person, Role, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{EXPORTS, auditor, edits};

async fn create(app: &TestApp, who: &Person, body: Value) -> TestResponse {
    app.post(EXPORTS).by(who).json(body).send().await
}

async fn manifest(app: &TestApp, who: &Person, id: &str) -> Value {
    app.get(&format!("{EXPORTS}/{id}")).by(who).send().await.expect(200)
}

async fn content(app: &TestApp, who: &Person, id: &str) -> TestResponse {
    app.get(&format!("{EXPORTS}/{id}/content")).by(who).send().await
}

fn id(reply: &Value) -> String {
    reply["id"].as_str().unwrap().to_owned()
}

backends! {
    async fn create_audit_export_writes_a_file_that_its_manifest_describes(app) {
        let (auditor, editor) = (auditor(app).await, app.staff(Role::Editor, "country").await);
        app.advance(TimeDelta::seconds(1));
        edits(app, &editor, 2).await;
        app.advance(TimeDelta::seconds(1));
        for format in ["jsonl", "csv"] {
            let made = create(app, &auditor, json!({ "format": format, "filter": { "action": "article." } })).await;
            let id = id(&made.expect(201));
            assert_eq!(manifest(app, &auditor, &id).await["status"], "pending");
            content(app, &auditor, &id).await.problem(409, "audit_export_not_ready");
            app.drain_jobs().await;
            let manifest = manifest(app, &auditor, &id).await;
            assert_eq!([&manifest["status"], &manifest["rows"]], [&json!("ready"), &json!(3)]);
            let file = app.get(manifest["content_path"].as_str().unwrap()).by(&auditor).send().await;
            assert_eq!(file.status, 200);
            assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"audit-{id}.{format}\""));
            assert_eq!(file.header("x-content-type-options"), "nosniff");
            assert_eq!(manifest["sha256"], hex::encode(Sha256::digest(&file.body)));
            assert_eq!(manifest["bytes"], file.body.len());
            let text = file.text();
            match format {
                "jsonl" => {
                    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                    let actions: Vec<&str> = lines.iter().map(|line| line["action"].as_str().unwrap()).collect();
                    assert_eq!(actions, ["article.create", "article.update", "article.update"]);
                    assert!(lines.iter().all(|line| line["address"] == "127.0.0.1" && line["mac"].is_string()));
                    assert!(lines.iter().all(|line| line["seq"].is_number() && line["link"].is_string()));
                }
                _ => {
                    let lines: Vec<&str> = text.lines().collect();
                    assert_eq!(lines.len(), 4);
                    assert!(lines[0].starts_with("seq,id,at,actor_kind,") && lines[1].contains(",article.create,article,"));
                }
            }
            // The head that the manifest names is in the chain.
            let anchor = manifest["anchor"].as_str().unwrap().parse().unwrap();
            assert!(sanjin::platform::audit::verify(&app.app, Some(&anchor)).await.unwrap().is_ok());
            let stored = std::fs::read(app.folder().join(format!("storage/audit-exports/{id}/0"))).unwrap();
            assert!(!stored.windows(9).any(|bytes| bytes == b"127.0.0.1" || bytes == b"article.c"));
            app.advance(TimeDelta::seconds(1));
        }
        for (action, times) in [("audit.export", 2), ("audit.download", 2)] {
            let sql = format!("SELECT COUNT(*) FROM audit_entries WHERE action = '{action}'");
            assert_eq!(app.count(&sql).await, times, "{action}");
        }
        let all = app.walk(EXPORTS, Some(&auditor), 1).await;
        assert_eq!([&all[0]["format"], &all[1]["format"]], ["csv", "jsonl"]);
        app.refuses_bad_pages(EXPORTS, Some(&auditor)).await;
    }

    async fn create_audit_export_of_many_goes_in_parts(app) {
        let tx = app.app.begin(AuditActor::System).await.unwrap();
        for n in 0..2_050 {
            tx.audit("test.many", "test", n, None).await.unwrap();
        }
        tx.commit().await.unwrap();
        let auditor = auditor(app).await;
        app.advance(TimeDelta::seconds(1));
        let made = create(app, &auditor, json!({ "format": "csv", "filter": { "action": "test.many" } })).await;
        let id = id(&made.expect(201));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT parts FROM audit_exports").await, 3);
        let text = content(app, &auditor, &id).await.text();
        let mut objects: Vec<u32> =
            text.lines().skip(1).map(|line| line.split(',').nth(7).unwrap().parse().unwrap()).collect();
        objects.sort_unstable();
        assert!(objects.into_iter().eq(0..2_050));
    }

    async fn create_audit_export_is_one_at_a_time_and_for_auditors(app) {
        app.leave_jobs();
        let auditor = auditor(app).await;
        let body = json!({ "format": "csv" });
        let first = id(&create(app, &auditor, body.clone()).await.expect(201));
        create(app, &auditor, body.clone()).await.problem(409, "audit_export_running");
        // Another auditor is not in the way, and may see and fetch what the first one made.
        let other = super::auditor(app).await;
        create(app, &other, body.clone()).await.expect(201);
        app.drain_jobs().await;
        create(app, &auditor, body.clone()).await.expect(201);
        assert_eq!(content(app, &other, &first).await.status, 200);
        let admin = app.staff(Role::HqAdmin, "country").await;
        create(app, &admin, body.clone()).await.problem(403, "forbidden");
        content(app, &admin, &first).await.problem(403, "forbidden");
        let path = |id: Uuid| format!("{EXPORTS}/{id}");
        app.get(&path(Uuid::nil())).by(&auditor).send().await.problem(404, "not_found");
        content(app, &auditor, &Uuid::nil().to_string()).await.problem(404, "not_found");
        app.refuses_each(|| app.post(EXPORTS).by(&auditor), &json!({ "format": "csv", "filter": {} }), [
            ("format", json!("xlsx")),
            ("filter.action", json!("%")),
            ("filter.object_id", json!("")),
            ("filter.sort", json!("newest")),
            ("filter.from", json!("-0001-01-01T00:00:00Z")),
        ]).await;
    }

    async fn download_audit_export_after_its_time_is_refused_and_the_file_is_gone(
        app, config => { config.audit.export_expires_secs = 7_200; }
    ) {
        let auditor = auditor(app).await;
        let id = id(&create(app, &auditor, json!({ "format": "jsonl" })).await.expect(201));
        app.drain_jobs().await;
        let folder = app.folder().join(format!("storage/audit-exports/{id}"));
        assert!(folder.join("0").exists());
        app.advance(TimeDelta::seconds(7_200));
        let auditor = Person { token: app.staff(Role::Auditor, "country").await.token, ..auditor };
        content(app, &auditor, &id).await.problem(409, "audit_export_expired");
        app.drain_jobs().await;
        assert!(!folder.join("0").exists());
        let manifest = manifest(app, &auditor, &id).await;
        assert_eq!([&manifest["status"], &manifest["content_path"]], [&json!("expired"), &Value::Null]);
        assert!(manifest["sha256"].is_string(), "the manifest stays");
        content(app, &auditor, &id).await.problem(409, "audit_export_expired");
    }

    async fn an_export_that_cannot_be_written_fails_and_frees_the_way(app) {
        app.expect_errors();
        app.leave_jobs();
        let auditor = auditor(app).await;
        let body = json!({ "format": "jsonl" });
        let id = id(&create(app, &auditor, body.clone()).await.expect(201));
        // A file where the folder should be.
        let folder = app.folder().join("storage/audit-exports");
        std::fs::write(&folder, "x").unwrap();
        for _ in 0..4 {
            app.drain_jobs().await;
            app.advance(TimeDelta::minutes(2));
        }
        assert_eq!(manifest(app, &auditor, &id).await["status"], "failed");
        content(app, &auditor, &id).await.problem(409, "audit_export_not_ready");
        std::fs::remove_file(&folder).unwrap();
        create(app, &auditor, body).await.expect(201);
        app.drain_jobs().await;
    }
}
