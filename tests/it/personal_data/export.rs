//! A copy of one's data.

use chrono::TimeDelta;
use entity::notification::{self, DeliveryStatus, NotificationKind};
use sanjin::features::personal_data::inventory;
use sanjin::platform::db::AuditActor;
use sea_orm::{EntityTrait as _, Set};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Person, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::life::{Town, live};
use super::{EXPORTS, again, ask_export, download, exported, stored, text, unzipped};

async fn read(app: &TestApp, person: &Person, id: &str) -> Value {
    app.get(&format!("{EXPORTS}/{id}")).by(person).send().await.expect(200)
}

async fn ticket(app: &TestApp, person: &Person, id: &str) -> TestResponse {
    app.post(&format!("{EXPORTS}/{id}/tickets")).by(person).send().await
}

/// Notices with long texts that do not compress to nothing.
async fn long_notices(app: &TestApp, person: &Person, count: usize) {
    let tx = app.app.begin(AuditActor::System).await.unwrap();
    for _ in 0..count {
        let mut bytes = vec![0; 15_000];
        app.app.ids.fill(&mut bytes);
        let row = notification::ActiveModel {
            id: Set(tx.new_id()),
            account_id: Set(person.id),
            kind: Set(NotificationKind::BookingConfirmed),
            subject_id: Set(Uuid::nil()),
            title: Set("长".to_owned()),
            body: Set(hex::encode(bytes)),
            read_at: Set(None),
            delivery: Set(DeliveryStatus::Skipped),
            delivery_attempts: Set(0),
            delivery_code: Set(None),
            delivered_at: Set(None),
            created_at: Set(tx.now()),
        };
        notification::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

backends! {
    async fn a_copy_holds_every_row_of_every_table_of_the_person_and_nothing_of_others(app) {
        let town = Town::build(app).await;
        let other = live(app, &town, "xiaohong", "13912340000").await;
        let life = live(app, &town, "xiaoming", "13698765432").await;
        let person = again(app, &life.person).await;
        let id = exported(app, &person).await;
        let files = unzipped(&download(app, &person, &id).await.body);
        let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
        let everything: String =
            files.values().map(|content| String::from_utf8_lossy(content)).collect();
        for secret in &life.secrets {
            assert!(everything.contains(secret), "{secret} is not in the copy");
        }
        for secret in &other.secrets {
            assert!(!everything.contains(secret), "{secret} of another person is in the copy");
        }
        assert!(!everything.contains(&other.person.id.to_string()));
        // Table by table: as many records as rows, or a reason in the manifest.
        let listed = manifest["files"].as_array().unwrap();
        for table in inventory().filter(|table| table.is_personal()) {
            let rows = app.count(&format!("SELECT COUNT(*) FROM {}", table.name)).await;
            assert!(rows > 0, "nothing is planted in {}", table.name);
            let left_out = manifest["left_out"].as_array().unwrap();
            if let Some(omission) = left_out.iter().find(|o| o["kind"] == table.name) {
                assert!(text(&omission["reason"]).len() > 10, "{}", table.name);
                continue;
            }
            let sanjin::features::personal_data::Export::File { name, .. } = table.export else {
                panic!("{} is neither in the copy nor left out", table.name);
            };
            let file = format!("{name}.json");
            let records: Vec<Value> = serde_json::from_slice(&files[&file]).unwrap();
            assert!(!records.is_empty(), "{file} is empty");
            let entry = listed.iter().find(|entry| entry["name"] == *file).unwrap();
            assert_eq!(entry["records"], records.len(), "{file}");
            for (column, _) in table.hidden {
                assert!(entry["left_out"].get(column).is_some(), "{file} hides {column} silently");
                assert!(records[0].get(column).is_none(), "{file} shows {column}");
            }
            for column in table.shown {
                assert!(records[0].get(column).is_some(), "{file} lacks {column}");
            }
        }
        // Two people live here: what is not in the one copy is in the other.
        let id = exported(app, &again(app, &other.person).await).await;
        let others = unzipped(&download(app, &again(app, &other.person).await, &id).await.body);
        for (table, file) in [
            ("bookings", "bookings"), ("booking_events", "booking_events"),
            ("quiz_attempts", "quiz_attempts"), ("attempt_answers", "quiz_answers"),
            ("complaints", "complaints"), ("complaint_events", "complaint_events"),
            ("correction_requests", "corrections"), ("account_deletions", "deletions"),
            ("classes", "classes"), ("guardian_consents", "guardian_consents"),
        ] {
            let rows = [&files, &others].map(|files| {
                let records: Vec<Value> = serde_json::from_slice(&files[&format!("{file}.json")]).unwrap();
                records.len() as i64
            });
            let count = app.count(&format!("SELECT COUNT(*) FROM {table}")).await;
            assert_eq!(rows.iter().sum::<i64>(), count, "{table}");
        }
        let complaints: Vec<Value> = serde_json::from_slice(&files["complaints.json"]).unwrap();
        assert_eq!(complaints.len(), 2);
        assert_eq!(complaints[0]["complainant_phone"], "13698765432");
        assert!(complaints[0].get("complainant_phone_cipher").is_none());
        for entry in listed {
            let content = &files[text(&entry["name"])];
            assert_eq!(entry["bytes"], content.len(), "{entry}");
            assert_eq!(entry["sha256"], hex::encode(Sha256::digest(content)), "{entry}");
            assert!(!text(&entry["purpose"]).is_empty() && !text(&entry["retention"]).is_empty());
        }
        assert_eq!(listed.len() + 1, files.len(), "every file but the manifest is in the manifest");
        assert_eq!([&manifest["account_id"], &manifest["format_version"]], [&json!(person.id), &json!(1)]);
        assert!(String::from_utf8_lossy(&files["README.txt"]).contains("个人信息保护法"));
    }

    async fn a_copy_is_made_by_a_job_and_told_of_by_a_notice(app) {
        let person = app.resident("xiaoming").await;
        let asked = ask_export(app, &person).await.expect(201);
        let id = text(&asked["id"]);
        assert_eq!(asked["status"], "pending");
        download(app, &person, id).await.problem(409, "export_not_ready");
        ticket(app, &person, id).await.problem(409, "export_not_ready");
        app.drain_jobs().await;
        let ready = read(app, &person, id).await;
        assert_eq!(ready["status"], "ready");
        assert_eq!(ready["expires_at"], "2026-11-27T02:00:00Z");
        let file = download(app, &person, id).await;
        assert_eq!(ready["size_bytes"], file.body.len());
        for (name, value) in [
            ("content-type", "application/zip"),
            ("content-disposition", "attachment; filename=\"personal-data.zip\""),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(file.header(name), value);
        }
        let inbox = app.walk("/api/v1/notifications", Some(&person), 10).await;
        assert_eq!([&inbox[0]["kind"], &inbox[0]["subject_id"]], ["export_ready", id]);
        assert_eq!(app.walk(EXPORTS, Some(&person), 1).await.len(), 1);
        app.refuses_bad_pages(EXPORTS, Some(&person)).await;
    }

    async fn a_copy_of_somebody_else_does_not_exist(app) {
        let person = app.resident("xiaoming").await;
        let id = exported(app, &person).await;
        let stranger = app.resident("xiaohong").await;
        for path in [format!("{EXPORTS}/{id}"), format!("{EXPORTS}/{id}/file")] {
            app.get(&path).by(&stranger).send().await.problem(404, "not_found");
            app.get(&path).send().await.problem(401, "unauthenticated");
        }
        ticket(app, &stranger, &id).await.problem(404, "not_found");
        assert!(app.walk(EXPORTS, Some(&stranger), 5).await.is_empty());
    }

    async fn a_ticket_opens_the_copy_once_and_not_for_long(app) {
        let person = app.resident("xiaoming").await;
        let id = exported(app, &person).await;
        let file = download(app, &person, &id).await.body;
        let first = ticket(app, &person, &id).await.expect(201);
        let second = ticket(app, &person, &id).await.expect(201);
        assert_eq!(second["expires_at"], "2026-11-20T02:05:00Z");
        let (first, second) = (text(&first["path"]), text(&second["path"]));
        app.get(first).send().await.problem(404, "not_found");
        let redeemed = app.get(second).send().await;
        assert_eq!(redeemed.body, file);
        assert_eq!(redeemed.header("cache-control"), "no-store");
        app.get(second).send().await.problem(404, "not_found");
        let third = ticket(app, &person, &id).await.expect(201);
        app.advance(TimeDelta::seconds(300));
        app.get(text(&third["path"])).send().await.problem(404, "not_found");
        let secret = text(&third["path"]).rsplit('/').next().unwrap();
        assert_eq!(app.tables_with(secret).await, Vec::<String>::new(), "the ticket is stored");
        assert!(!app.log_lines().iter().any(|line| line.contains(secret)), "the ticket is logged");
        let looks = "SELECT COUNT(*) FROM audit_entries WHERE action = 'data_export.download'";
        assert_eq!(app.count(looks).await, 2);
    }

    async fn one_copy_at_a_time_and_three_a_day(app) {
        let person = app.resident("xiaoming").await;
        let key = |request: tests::TestRequest| request.header("idempotency-key", "export-0001");
        let first = key(app.post(EXPORTS).by(&person)).send().await;
        first.expect(201);
        ask_export(app, &person).await.problem(409, "export_in_progress");
        let replay = key(app.post(EXPORTS).by(&person)).send().await;
        assert_eq!(replay.body, first.body);
        assert_eq!(replay.header("idempotency-replayed"), "true");
        app.drain_jobs().await;
        exported(app, &person).await;
        exported(app, &person).await;
        let refused = ask_export(app, &person).await;
        refused.problem(429, "rate_limited");
        assert_eq!(refused.header("retry-after"), "86400");
        // Another person has limits of their own.
        exported(app, &app.resident("xiaohong").await).await;
        app.advance(TimeDelta::days(1));
        exported(app, &again(app, &person).await).await;
    }

    async fn a_copy_lies_sealed_in_parts_and_is_gone_when_its_time_is_over(app) {
        let person = app.resident("xiaoming").await;
        long_notices(app, &person, 130).await;
        let id = exported(app, &person).await;
        let parts = stored(app);
        assert!(parts.len() >= 2, "one part only: {parts:?}");
        for part in &parts {
            let content = std::fs::read(part).unwrap();
            assert!(!content.starts_with(b"PK") && content.len() <= 1024 * 1024 + 64);
            assert!(!part.display().to_string().contains(&person.id.to_string()));
        }
        let files = unzipped(&download(app, &person, &id).await.body);
        let notices: Vec<Value> = serde_json::from_slice(&files["notifications.json"]).unwrap();
        let mut ids: Vec<_> = notices.iter().map(|notice| text(&notice["id"])).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 130, "every page, each once");
        app.advance(TimeDelta::days(7));
        let person = again(app, &person).await;
        download(app, &person, &id).await.problem(409, "export_not_ready");
        app.drain_jobs().await;
        assert_eq!(read(app, &person, &id).await["status"], "expired");
        assert_eq!(stored(app), Vec::<std::path::PathBuf>::new());
    }

    async fn a_part_that_was_exchanged_does_not_open(app) {
        app.expect_errors();
        let person = app.resident("xiaoming").await;
        let (id, other) = (exported(app, &person).await, exported(app, &person).await);
        let folder = |id: &str| {
            format!("SELECT folder FROM data_exports WHERE id = {}", app.literal(id.parse().unwrap()))
        };
        let root = std::path::Path::new(&app.app.config.storage.root);
        let (from, to) = (app.text(&folder(&other)).await.unwrap(), app.text(&folder(&id)).await.unwrap());
        let part = |folder: String| root.join(folder).join("1").join("0");
        std::fs::copy(part(from), part(to)).unwrap();
        let path = format!("{EXPORTS}/{id}/file");
        let broken = app.get(&path).by(&person).try_send().await;
        assert!(broken.is_err(), "a sealed part of another copy was handed out");
        assert!(unzipped(&download(app, &person, &other).await.body).contains_key("account.json"));
    }

    async fn a_copy_that_cannot_be_stored_is_tried_again_and_given_up_in_the_end(app) {
        app.expect_errors();
        app.leave_jobs();
        let person = app.resident("xiaoming").await;
        let id = text(&ask_export(app, &person).await.expect(201)["id"]).to_owned();
        // A file stands where the folder should be.
        let root = std::path::Path::new(&app.app.config.storage.root);
        std::fs::write(root.join("exports"), "x").unwrap();
        app.drain_jobs().await;
        assert_eq!(read(app, &person, &id).await["status"], "pending");
        std::fs::remove_file(root.join("exports")).unwrap();
        app.advance(TimeDelta::seconds(10));
        app.drain_jobs().await;
        assert_eq!(read(app, &person, &id).await["status"], "ready");
        let id = text(&ask_export(app, &person).await.expect(201)["id"]).to_owned();
        app.execute("UPDATE jobs SET attempts = 8, status = 'done' WHERE kind = 'data_export.build'").await;
        // Nobody works on it any more: the hourly round frees the person to ask again.
        app.advance(TimeDelta::days(1));
        app.drain_jobs().await;
        let person = again(app, &person).await;
        assert_eq!(read(app, &person, &id).await["status"], "failed");
        exported(app, &person).await;
    }
}
