//! Bookings taken away as a sheet.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Person, Role, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{again, confirmed, desk};

const EXPORTS: &str = "/api/v1/staff/exports";

async fn create(app: &TestApp, who: &Person) -> TestResponse {
    let days = json!({ "from": "2026-11-01", "to": "2026-12-31" });
    app.post(EXPORTS).by(who).json(days).send().await
}

fn id(reply: &Value) -> String {
    reply["id"].as_str().unwrap().to_owned()
}

async fn state(app: &TestApp, who: &Person, id: &str) -> Value {
    app.get(&format!("{EXPORTS}/{id}")).by(who).send().await.expect(200)
}

async fn file(app: &TestApp, who: &Person, id: &str) -> TestResponse {
    app.get(&format!("{EXPORTS}/{id}/file")).by(who).send().await
}

/// The rows of the first sheet, as a program reads them that is not ours.
fn rows(bytes: &[u8]) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let formulas = book.worksheet_formula("Sheet1").unwrap();
    assert!(formulas.used_cells().all(|(_, _, formula)| formula.is_empty()), "{formulas:?}");
    let range = book.worksheet_range("Sheet1").unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

backends! {
    async fn create_booking_export_writes_a_sheet_that_others_read(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let slot = app.slot(&lab, 48, 9).await;
        let evil = "=HYPERLINK(\"http://example.com\",\"x\")";
        let mut codes = Vec::new();
        for (name, product) in [("a", evil), ("b", "+1"), ("c", "@SUM(A1)"), ("d", "-2"), ("e", "儿童座椅")] {
            let body = json!({
                "slot_id": slot, "product_name": product,
                "beneficiary": { "name": "欧阳小明", "phone": "13700137000" },
            });
            let post = app.post("/api/v1/bookings").by(&app.resident(name).await).json(body);
            codes.push(post.send().await.expect(201)["public_code"].as_str().unwrap().to_owned());
        }
        confirmed(app, &other, "f", app.slot(&other, 48, 1).await).await;
        let made = create(app, &lab.staff).await.expect(202);
        let export = id(&made);
        assert_eq!([&made["status"], &made["file_path"]], [&json!("pending"), &Value::Null]);
        file(app, &lab.staff, &export).await.problem(409, "export_not_ready");
        create(app, &lab.staff).await.problem(409, "export_running");
        app.drain_jobs().await;
        let ready = state(app, &lab.staff, &export).await;
        assert_eq!([&ready["status"], &ready["rows"]], [&json!("ready"), &json!(5)]);
        let reply = app.get(ready["file_path"].as_str().unwrap()).by(&lab.staff).send().await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-disposition"), format!("attachment; filename=\"bookings-{export}.xlsx\""));
        assert_eq!(ready["sha256"], hex::encode(Sha256::digest(&reply.body)));
        assert_eq!(ready["bytes"], reply.body.len());
        let rows = rows(&reply.body);
        assert_eq!(rows.len(), 6);
        assert_eq!(rows[0][0], Data::String("预约码".to_owned()));
        let mut products: Vec<String> = rows[1..].iter().map(|row| row[5].to_string()).collect();
        products.sort();
        assert_eq!(products, ["+1", "-2", evil, "@SUM(A1)", "儿童座椅"]);
        assert!(rows[1..].iter().all(|row| codes.contains(&row[0].to_string())));
        assert!(rows[1..].iter().all(|row| row[6] == "pending_lab" && row[8] == Data::Float(1.0)));
        let Data::DateTime(begins) = &rows[1][9] else { panic!("{:?}", rows[1][9]) };
        assert_eq!(begins.to_ymd_hms_milli(), (2026, 11, 22, 10, 0, 0, 0));
        assert!(rows.iter().flatten().all(|cell| !cell.to_string().contains("小明") && !cell.to_string().contains("1370")));
        let stored = app.folder().join(format!("storage/booking-exports/{export}/1/0"));
        assert!(!std::fs::read(stored).unwrap().starts_with(b"PK"), "lies there in clear");
        for (action, times) in [("booking_export.create", 1), ("booking_export.download", 1)] {
            let sql = format!("SELECT COUNT(*) FROM audit_entries WHERE action = '{action}'");
            assert_eq!(app.count(&sql).await, times, "{action}");
        }
        // Its requester's, also among colleagues.
        let colleague = desk(app, &lab).await;
        file(app, &colleague, &export).await.problem(404, "not_found");
        app.get(&format!("{EXPORTS}/{export}")).by(&colleague).send().await.problem(404, "not_found");
        assert!(app.walk(EXPORTS, Some(&colleague), 5).await.is_empty());
        assert_eq!(app.walk(EXPORTS, Some(&lab.staff), 5).await.len(), 1);
        app.refuses_bad_pages(EXPORTS, Some(&colleague)).await;
    }

    async fn create_booking_export_goes_page_by_page_in_ones_region(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let there = app.literal(other.id);
        app.execute(&format!("UPDATE labs SET region_code = '310101' WHERE id = {there}")).await;
        let booking = confirmed(app, &lab, "a", app.slot(&lab, 48, 9).await).await;
        confirmed(app, &other, "b", app.slot(&other, 48, 1).await).await;
        // Many, the short way: final ones hold no place.
        let one = app.literal(booking);
        let columns = "account_id, slot_id, lab_id, service_id, product_name, created_at, updated_at, units, channel";
        for n in 0..1_100 {
            let new = app.literal(Uuid::from_u128(n + 1));
            app.execute(&format!(
                "INSERT INTO bookings (id, status, public_code, {columns}) \
                 SELECT {new}, 'expired', 'M{n}', {columns} FROM bookings WHERE id = {one}"
            ))
            .await;
        }
        let beijing = app.staff(Role::ProvinceReporter, "region:11").await;
        let export = id(&create(app, &beijing).await.expect(202));
        app.drain_jobs().await;
        assert_eq!(state(app, &beijing, &export).await["rows"], 1_101);
        let read = rows(&file(app, &beijing, &export).await.body);
        let codes: std::collections::BTreeSet<String> = read[1..].iter().map(|row| row[0].to_string()).collect();
        assert_eq!(codes.len(), 1_101);
        let narrow = json!({ "from": "2026-11-01", "to": "2026-11-30", "status": "confirmed", "lab_id": lab.id });
        let few = app.post(EXPORTS).by(&beijing).json(narrow).send().await.expect(202);
        app.drain_jobs().await;
        assert_eq!(state(app, &beijing, &id(&few)).await["rows"], 1);
        // Who may look no further than Shanghai now does not get what was made before.
        app.execute("UPDATE staff_grants SET scope = 'region:31' WHERE scope = 'region:11'").await;
        let beijing = again(app, &beijing).await;
        file(app, &beijing, &export).await.problem(403, "forbidden");
    }

    async fn a_booking_export_ends_with_its_time(app) {
        let lab = app.lab("甲实验室").await;
        let export = id(&create(app, &lab.staff).await.expect(202));
        app.drain_jobs().await;
        assert_eq!(rows(&file(app, &lab.staff, &export).await.body).len(), 1, "the head alone");
        let folder = app.folder().join(format!("storage/booking-exports/{export}"));
        assert!(folder.join("1/0").exists());
        app.advance(TimeDelta::days(1));
        let token = again(app, &lab.staff).await;
        file(app, &token, &export).await.problem(409, "export_not_ready");
        app.drain_jobs().await;
        assert!(!folder.join("1/0").exists());
        let gone = state(app, &token, &export).await;
        assert_eq!([&gone["status"], &gone["file_path"]], [&json!("expired"), &Value::Null]);
    }

    async fn a_booking_export_that_was_interrupted_is_written_anew(app) {
        let lab = app.lab("甲实验室").await;
        confirmed(app, &lab, "a", app.slot(&lab, 48, 1).await).await;
        let export = id(&create(app, &lab.staff).await.expect(202));
        // A run that died after its first part, while its lease lasts.
        let parts = app.folder().join(format!("storage/booking-exports/{export}/1"));
        std::fs::create_dir_all(&parts).unwrap();
        std::fs::write(parts.join("0"), "half").unwrap();
        app.execute("UPDATE jobs SET attempts = 1 WHERE kind = 'booking_export.write'").await;
        app.drain_jobs().await;
        assert_eq!(rows(&file(app, &lab.staff, &export).await.body).len(), 2);
        // Run once more, it finds nothing to do.
        let before = state(app, &lab.staff, &export).await;
        app.execute("UPDATE jobs SET status = 'ready' WHERE kind = 'booking_export.write'").await;
        app.drain_jobs().await;
        assert_eq!(state(app, &lab.staff, &export).await, before);
    }

    async fn a_booking_export_that_cannot_be_written_fails_and_frees_the_way(app) {
        app.expect_errors();
        app.leave_jobs();
        let lab = app.lab("甲实验室").await;
        let export = id(&create(app, &lab.staff).await.expect(202));
        // A file where the folder should be.
        let folder = app.folder().join("storage/booking-exports");
        std::fs::write(&folder, "x").unwrap();
        for _ in 0..4 {
            app.drain_jobs().await;
            app.advance(TimeDelta::minutes(2));
        }
        assert_eq!(state(app, &lab.staff, &export).await["status"], "failed");
        file(app, &lab.staff, &export).await.problem(409, "export_not_ready");
        std::fs::remove_file(&folder).unwrap();
        create(app, &lab.staff).await.expect(202);
        app.drain_jobs().await;
    }

    async fn create_booking_export_of_a_time_that_cannot_be_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let body = json!({ "from": "2026-11-01", "to": "2026-11-30" });
        app.refuses_each(|| app.post(EXPORTS).by(&lab.staff), &body, [
            ("to", json!("2026-10-31")),
            ("to", json!("2027-11-30")),
            ("to", json!("2026-02-31")),
            ("from", json!("x")),
            ("status", json!("lost")),
            ("name", json!("x")),
        ]).await;
        let handler = app.staff(Role::CaseHandler, "region:11").await;
        create(app, &handler).await.problem(403, "forbidden");
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_exports").await, 0);
    }
}
