//! Append only, and not to be switched off.

use chrono::TimeDelta;
use sanjin::platform::config::{FieldAlgorithm, FieldKey, Secret};
use sanjin::platform::crypto::rotate;
use serde_json::json;
use tests::{Engine, Role, backends, limit};

use super::{auditor, edits, found, sealed_head, verified};

backends! {
    async fn the_database_refuses_to_change_or_remove_entries(app) {
        let editor = app.staff(Role::Editor, "country").await;
        app.advance(TimeDelta::seconds(1));
        edits(app, &editor, 1).await;
        sealed_head(app).await;
        app.advance(TimeDelta::seconds(1));
        app.staff(Role::Editor, "country").await;
        let refused = async |sql: &str| {
            let error = app.try_execute(sql).await.unwrap_err().to_string();
            assert!(error.contains("append-only"), "{sql}: {error}");
        };
        for change in [
            "action = 'x'",
            "details = NULL",
            "mac = link",
            "seq = seq + 100",
            "seq = NULL, link = NULL",
            "link = mac",
            "address_cipher = NULL",
            "outcome = 'failed'",
            "actor_id = NULL",
            "before_digest = mac",
        ] {
            refused(&format!("UPDATE audit_entries SET {change} WHERE seq = 4")).await;
        }
        refused("UPDATE audit_entries SET action = 'x' WHERE seq IS NULL").await;
        for gone in ["seq = 1", "seq IS NULL", "1 = 1"] {
            refused(&format!("DELETE FROM audit_entries WHERE {gone}")).await;
        }
        for sql in [
            "DELETE FROM audit_chain",
            "UPDATE audit_chain SET head_seq = head_seq - 1",
            "UPDATE audit_chain SET start_seq = -1",
            "UPDATE audit_chain SET start_seq = head_seq + 1",
        ] {
            refused(sql).await;
        }
        if app.engine() == Engine::Postgres {
            refused("TRUNCATE audit_entries").await;
            refused("TRUNCATE audit_chain").await;
        }
        assert_eq!(verified(app).await.unwrap().unsealed, 2);
    }

    async fn a_role_that_does_not_own_the_tables_is_enough_for_the_service(app, config => {
        config.crypto.field_keys.push(FieldKey {
            id: "new".to_owned(),
            secret: Secret::new("5".repeat(64)),
            algorithm: FieldAlgorithm::Aes256Gcm,
        });
    }) {
        if app.engine() == Engine::Sqlite {
            return;
        }
        let guide = include_str!("../../../docs/OPERATIONS.md");
        let grants = guide.split("```sql\n").nth(1).unwrap().split("```").next().unwrap();
        let role = format!("service_{}", app.app.ids.id().simple());
        app.execute(&format!("CREATE ROLE {role} LOGIN")).await;
        app.execute(&grants.replace("sanjin", &role)).await;
        let service = app
            .replica_with(|config| {
                let url = config.database.url.expose().replace("postgres@", &format!("{role}@"));
                config.database.url = Secret::new(url);
                config.crypto.field_keys.rotate_left(1);
            })
            .await;
        edits(&service, &app.staff(Role::Editor, "country").await, 1).await;
        sealed_head(&service).await;
        assert!(rotate(&service.app, usize::MAX, |_| {}).await.unwrap());
        service.advance(TimeDelta::days(191));
        service.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_entries WHERE action = 'audit.prune'").await, 1);
        for sql in [
            "UPDATE audit_entries SET action = 'x'",
            "UPDATE audit_entries SET mac = link",
            "DELETE FROM audit_chain",
            "DROP TRIGGER audit_entries_guard ON audit_entries",
            "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
            "TRUNCATE audit_entries",
        ] {
            let error = service.try_execute(sql).await.unwrap_err().to_string();
            assert!(error.contains("permission denied") || error.contains("must be owner"), "{error}");
        }
        assert!(verified(&service).await.is_ok());
        service.stop().await;
    }

    async fn a_change_that_cannot_be_audited_does_not_happen(app) {
        app.expect_errors();
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 48, 3).await;
        let admin = app.staff(Role::HqAdmin, "country").await;
        let editor = app.staff(Role::Editor, "country").await;
        let booking = app.booking(&app.resident("xiaoming").await, slot).await;
        let confirm = format!("/api/v1/staff/bookings/{booking}/confirmation");
        app.execute("ALTER TABLE audit_entries RENAME TO gone").await;
        let status = json!({ "status": "suspended" });
        let put = app.put(&format!("/api/v1/staff/labs/{}/status", lab.id)).by(&admin).json(status);
        put.send().await.problem(500, "internal");
        app.post(&confirm).by(&lab.staff).send().await.problem(500, "internal");
        let article = json!({ "title": "题", "body_markdown": "文", "category": "knowledge" });
        let post = app.post("/api/v1/staff/articles").by(&editor).json(article);
        post.send().await.problem(500, "internal");
        app.execute("ALTER TABLE gone RENAME TO audit_entries").await;
        assert_eq!(app.count("SELECT COUNT(*) FROM labs WHERE status = 'suspended'").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings WHERE status = 'pending_lab'").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM articles").await, 0);
        app.post(&confirm).by(&lab.staff).send().await.expect(200);
        app.drain_jobs().await;
    }

    async fn refused_access_of_staff_and_wrong_passwords_leave_a_trace(app) {
        let (auditor, admin) = (auditor(app).await, app.staff(Role::HqAdmin, "country").await);
        app.get("/api/v1/staff/audit-entries?action=x").by(&admin).send().await.problem(403, "forbidden");
        let refused = found(app, &auditor, "action=access.").await;
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0]["object_id"], "GET /api/v1/staff/audit-entries");
        assert_eq!([&refused[0]["outcome"], &refused[0]["actor_id"]], [&json!("refused"), &json!(admin.id)]);
        assert!(refused[0]["session_id"].is_string() && refused[0]["address"] == "127.0.0.1");
        // A resident who knocks at the staff's door is a stranger, not staff without a right.
        let person = app.resident("xiaoming").await;
        app.get("/api/v1/staff/articles").by(&person).send().await.problem(401, "token_invalid");
        assert_eq!(found(app, &auditor, "action=access.").await.len(), 1);
        let username = app.text("SELECT username FROM staff_members LIMIT 1").await.unwrap();
        let wrong = json!({ "username": username, "password": "not the password" });
        let login = app.post("/api/v1/staff/auth/login").json(wrong).send().await;
        login.problem(401, "credentials_invalid");
        let failed = found(app, &auditor, "action=staff.login").await;
        assert_eq!(failed.len(), 1);
        assert_eq!([&failed[0]["outcome"], &failed[0]["actor_kind"]], ["failed", "system"]);
        assert_eq!(failed[0]["address"], "127.0.0.1");
    }

    async fn refused_access_over_and_over_is_limited(app, config => { limit(config, "account_writes", 3); }) {
        let editor = app.staff(Role::Editor, "country").await;
        let mut codes = Vec::new();
        for _ in 0..5 {
            let reply = app.get("/api/v1/staff/audit-entries").by(&editor).send().await;
            codes.push(reply.status.as_u16());
        }
        assert_eq!(codes, [403, 403, 403, 429, 429]);
        let traces = "SELECT COUNT(*) FROM audit_entries WHERE action = 'access.refused'";
        assert_eq!(app.count(traces).await, 3);
    }
}
