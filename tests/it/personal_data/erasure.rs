//! The end of an account: everything is gone but what the law keeps, whatever happens on the way.

use chrono::TimeDelta;
use sanjin::features::personal_data::{Erase, inventory};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends};

use super::life::{Life, Town, live};
use super::{
    again, ask_deletion, download, exported, identity, let_it_happen, status, stored, text,
    unzipped,
};

/// Purposes of ciphers that are not opened for their owner.
const OTHER_PURPOSES: [&str; 4] = [
    "wechat_identity.session_key",
    "restricted_record.content",
    "text_review.digest",
    "booking.pin",
];

/// What the secrets of somebody's identity have in them.
const IDENTITY: [&str; 3] = ["诸葛", "幸福里", "13698765432"];

/// Every encrypted field of the database, opened: (table, text).
async fn opened(app: &TestApp) -> Vec<(String, String)> {
    let mut purposes: Vec<&str> = OTHER_PURPOSES.to_vec();
    purposes.extend(inventory().flat_map(|table| table.opened).map(|(_, purpose)| *purpose));
    let db = &app.app.db;
    let mut found = Vec::new();
    for table in entity::all_tables().into_iter().filter(|table| table.name != "wechat_tokens") {
        for (column, _) in table.columns.iter().filter(|(name, _)| name.ends_with("_cipher")) {
            let sql = format!("SELECT {column} FROM {} WHERE {column} IS NOT NULL", table.name);
            for row in db.query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap() {
                let sealed: Vec<u8> = row.try_get_by_index(0).unwrap();
                let plain = purposes.iter().find_map(|p| app.app.cipher.open(p, &sealed).ok());
                let plain =
                    plain.unwrap_or_else(|| panic!("{}.{column}: what purpose?", table.name));
                found.push((table.name.clone(), String::from_utf8_lossy(&plain).into_owned()));
            }
        }
    }
    found
}

/// Where a text stands, in clear or encrypted.
async fn places(app: &TestApp, secret: &str) -> Vec<String> {
    let mut found = app.tables_with(secret).await;
    let hits = opened(app).await.into_iter().filter(|(_, text)| text.contains(secret));
    found.extend(hits.map(|(table, _)| table));
    found.sort();
    found.dedup();
    found
}

/// Where an id stands, as this engine stores it or as text.
async fn places_of_id(app: &TestApp, id: uuid::Uuid) -> Vec<String> {
    let mut found = places(app, &id.to_string()).await;
    let digits = id.simple().to_string();
    for table in entity::all_tables().into_iter().filter(|table| table.name != "regions") {
        if app.dump(&table.name).await.to_lowercase().contains(&digits) {
            found.push(table.name);
        }
    }
    found.sort();
    found.dedup();
    found
}

async fn copy_of(app: &TestApp, life: &Life) -> Vec<(String, Value)> {
    let person = again(app, &life.person).await;
    let id = exported(app, &person).await;
    let files = unzipped(&download(app, &person, &id).await.body);
    // What changes by looking.
    let own =
        ["manifest.json", "README.txt", "sessions.json", "exports.json", "notifications.json"];
    files
        .into_iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, content)| (name, serde_json::from_slice(&content).unwrap()))
        .collect()
}

async fn leave(app: &TestApp, person: &Person) {
    ask_deletion(app, &again(app, person).await).await.expect(201);
    app.drain_jobs().await;
    let_it_happen(app).await;
}

backends! {
    async fn nothing_is_left_of_a_person_but_what_the_law_keeps(app) {
        let town = Town::build(app).await;
        let stays = live(app, &town, "xiaohong", "13912340000").await;
        let life = live(app, &town, "xiaoming", "13698765432").await;
        let before = copy_of(app, &stays).await;
        for secret in &life.secrets {
            assert!(!places(app, secret).await.is_empty(), "{secret} is not planted");
        }
        let rows = |table: &str| format!("SELECT COUNT(*) FROM {table}");
        for table in inventory().filter(|table| table.is_personal()) {
            assert!(app.count(&rows(table.name)).await > 0, "nothing is planted in {}", table.name);
        }
        let files = stored(app).len();
        leave(app, &life.person).await;

        assert_eq!(status(app, &life.person).await, None);
        assert_eq!(places_of_id(app, life.person.id).await, ["audit_entries"]);
        for secret in &life.secrets {
            let kept: &[&str] = if life.in_open_case.contains(secret) {
                &["complaint_events", "complaints"]
            } else if secret.contains("旧投诉事实") {
                // The file of the closed case.
                &["restricted_records"]
            } else if IDENTITY.iter().any(|mark| secret.contains(mark)) {
                // The same, and the identity in the open case.
                &["complaints", "restricted_records"]
            } else {
                &[]
            };
            let found = places(app, secret).await;
            let rest: Vec<_> = found.iter().filter(|table| !kept.contains(&table.as_str())).collect();
            assert_eq!(rest, Vec::<&String>::new(), "{secret} is left");
        }
        for (table, text) in opened(app).await {
            assert!(table != "restricted_records" || !text.contains(&life.person.id.to_string()));
        }
        assert!(stored(app).len() < files, "the copy is gone");

        // Nothing of the other person was touched.
        assert_eq!(copy_of(app, &stays).await, before);
        // And with both gone, the tables are empty.
        for person in [&stays.person, &life.ward, &stays.ward, &life.waiting, &stays.waiting] {
            leave(app, person).await;
        }
        for table in inventory().filter(|table| table.is_personal()) {
            if matches!(table.erase, Erase::Delete) && table.name != "accounts" {
                assert_eq!(app.count(&rows(table.name)).await, 0, "{}", table.name);
            }
        }
        assert_eq!(stored(app), Vec::<std::path::PathBuf>::new());
        let named = "SELECT COUNT(*) FROM account_deletions WHERE account_id IS NOT NULL";
        assert_eq!(app.count(named).await, 0);
    }

    async fn the_certificate_tells_what_became_of_it_and_not_of_whom(app) {
        let town = Town::build(app).await;
        let life = live(app, &town, "xiaoming", "13698765432").await;
        leave(app, &life.person).await;
        let auditor = app.staff(Role::Auditor, "country").await;
        let path = "/api/v1/staff/account-deletions?status=erased";
        let certificates = app.walk(path, Some(&auditor), 5).await;
        assert_eq!(certificates.len(), 1);
        let outcome = &certificates[0]["outcome"];
        assert_eq!(outcome["restricted"], json!({
            "complaints": { "law": "samr_order_121_art_24", "records": 1 },
            "guardian_consents": { "law": "pipl_art_31", "records": 1 },
        }));
        assert_eq!(outcome["open"], json!({ "complaints": 1 }));
        for (table, rows) in [
            ("booking_events", 3), ("booking_rosters", 1), ("quiz_attempts", 1), ("attempt_answers", 1),
            ("wechat_identities", 1),
            ("correction_requests", 1), ("data_exports", 1), ("classes", 1),
        ] {
            assert_eq!(outcome["deleted"][table], rows, "{table} in {outcome}");
        }
        let said = certificates[0].to_string();
        assert!(!said.contains(&life.person.id.to_string()));
        let all = app.walk("/api/v1/staff/account-deletions", Some(&auditor), 1).await;
        assert_eq!(all.len(), 2, "the one that was cancelled too, of nobody");
        app.refuses_bad_pages("/api/v1/staff/account-deletions", Some(&auditor)).await;
    }

    async fn an_open_case_stays_with_its_handler_and_then_with_nobody(app) {
        let town = Town::build(app).await;
        let life = live(app, &town, "xiaoming", "13698765432").await;
        leave(app, &life.person).await;
        let handler = app.staff(Role::CaseHandler, "region:11").await;
        let list = "/api/v1/staff/complaints";
        let (open, closed) = (&life.open_complaint, &life.closed_complaint);
        let seen = app.walk(list, Some(&handler), 5).await;
        assert_eq!(seen.iter().map(|c| text(&c["id"])).collect::<Vec<_>>(), [open.as_str()]);
        assert_eq!(identity(app, &handler, open).await["phone"], "13698765432");
        app.get(&format!("{list}/{closed}")).by(&handler).send().await.problem(404, "not_found");

        // The case ends; what it says to its owner reaches nobody and does not stay.
        let sql = format!("UPDATE complaints SET status = 'submitted' WHERE id = {}", app.literal(open.parse().unwrap()));
        app.execute(&sql).await;
        let refusal = json!({ "ground": 3, "note": "理由和其他救济途径" });
        app.post(&format!("{list}/{open}/refusal")).by(&handler).json(refusal).send().await.expect(200);
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
        let handler = again_handler(app).await;
        assert!(app.walk(list, Some(&handler), 5).await.is_empty());
        for table in ["complaints", "complaint_events", "notifications"] {
            assert_eq!(app.count(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        let placeholders = "SELECT COUNT(*) FROM accounts WHERE status = 'deleted'";
        assert_eq!(app.count(placeholders).await, 0);
        let auditor = app.staff(Role::Auditor, "country").await;
        let certificate = app.walk("/api/v1/staff/account-deletions?status=erased", Some(&auditor), 5).await;
        let outcome = &certificate[0]["outcome"];
        assert_eq!([&outcome["restricted"]["complaints"]["records"], &outcome["open"]], [&json!(2), &json!({})]);
    }

    async fn who_was_in_somebodys_care_is_a_child_without_a_guardian_again(app) {
        let town = Town::build(app).await;
        let life = live(app, &town, "xiaoming", "13698765432").await;
        let seats = "SELECT COUNT(*) FROM accounts WHERE kind = 'seat'";
        assert_eq!(app.count(seats).await, 1);
        leave(app, &life.person).await;
        let ward = again(app, &life.ward).await;
        let me = app.get("/api/v1/me").by(&ward).send().await.expect(200);
        assert_eq!(me["standing"], "child");
        assert_eq!(app.count(seats).await, 0, "the pupils' seats are gone with the class");
        assert_eq!(places_of_id(app, life.person.id).await, ["audit_entries"]);
        // The child's own account is the child's own.
        leave(app, &life.ward).await;
        assert_eq!(status(app, &life.ward).await, None);
        // The proof of consent knows the child until its time is over.
        assert_eq!(places_of_id(app, life.ward.id).await, ["audit_entries", "restricted_records"]);
    }

    async fn an_erasure_that_breaks_off_goes_on_where_it_was(app) {
        app.leave_jobs();
        let town = Town::build(app).await;
        let life = live(app, &town, "xiaoming", "13698765432").await;
        let person = again(app, &life.person).await;
        ask_deletion(app, &person).await.expect(201);
        app.drain_jobs().await;
        // The storage is away: what comes before the copies is erased, the rest waits.
        let root = app.app.config.storage.root.clone();
        let exports = std::path::Path::new(&root).join("exports");
        let aside = std::path::Path::new(&root).join("aside");
        std::fs::rename(&exports, &aside).unwrap();
        std::fs::write(&exports, "x").unwrap();
        let_it_happen(app).await;
        assert_eq!(status(app, &life.person).await.as_deref(), Some("deleted"));
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_events").await, 0, "begun");
        assert_eq!(app.count("SELECT COUNT(*) FROM data_exports").await, 1, "not ended");
        let half = "SELECT COUNT(*) FROM account_deletions WHERE status = 'erasing'";
        assert_eq!(app.count(half).await, 1);
        std::fs::remove_file(&exports).unwrap();
        std::fs::rename(&aside, &exports).unwrap();
        app.advance(TimeDelta::seconds(10));
        app.drain_jobs().await;
        assert_eq!(status(app, &life.person).await, None);
        assert_eq!(stored(app), Vec::<std::path::PathBuf>::new());
        let auditor = app.staff(Role::Auditor, "country").await;
        let certificate = app.walk("/api/v1/staff/account-deletions?status=erased", Some(&auditor), 5).await;
        assert_eq!(certificate[0]["outcome"]["deleted"]["booking_rosters"], 1, "counted once");
    }

    async fn an_erasure_comes_in_batches(app) {
        app.leave_jobs();
        let person = app.residents(1).await.remove(0);
        app.pending_notifications(person.id, 450).await;
        app.drain_jobs().await;
        ask_deletion(app, &person).await.expect(201);
        app.drain_jobs().await;
        let_it_happen(app).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM notifications").await, 0);
        let auditor = app.staff(Role::Auditor, "country").await;
        let certificate = app.walk("/api/v1/staff/account-deletions", Some(&auditor), 5).await;
        assert_eq!(certificate[0]["outcome"]["deleted"]["notifications"], 451);
        assert!(status(app, &person).await.is_none());
    }
}

async fn again_handler(app: &TestApp) -> tests::Person {
    app.staff(Role::CaseHandler, "region:11").await
}
