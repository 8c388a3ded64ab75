//! Bookings counted by place, service and outcome.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Lab, Person, Role, TestApp, backends};
use uuid::Uuid;

use super::{confirmed, desk};

const STATISTICS: &str = "/api/v1/staff/booking-statistics";
const SAMPLES: &str = "/api/v1/staff/sample-statistics";

async fn samples(app: &TestApp, who: &Person, query: &str) -> Vec<Value> {
    let path = format!("{SAMPLES}?from=2026-11-01&to=2026-11-30{query}");
    app.get(&path).by(who).send().await.expect(200)["groups"].as_array().unwrap().clone()
}

/// A sample with the results of its report: whether each passed, and whether it is about safety.
async fn tested(
    app: &TestApp,
    lab: &Lab,
    name: &str,
    slot: Uuid,
    class: &str,
    found: &[(&str, bool)],
) -> Uuid {
    let booking = confirmed(app, lab, name, slot).await;
    if found.is_empty() {
        app.planted_sample(booking, lab.staff.id).await;
    } else {
        app.planted_results(booking, lab.staff.id).await;
    }
    let id = app.literal(booking);
    app.execute(&format!("UPDATE samples SET product_class = '{class}' WHERE booking_id = {id}"))
        .await;
    let of_it = format!("report_id IN (SELECT id FROM lab_reports WHERE booking_id = {id})");
    for (position, (verdict, is_safety)) in (1_i32..).zip(found) {
        if position > 1 {
            let (new, columns) = (
                app.literal(app.app.ids.id()),
                "report_id, sample_id, item_name, standard, value_text",
            );
            app.execute(&format!(
                "INSERT INTO lab_results (id, position, verdict, is_safety, {columns}) \
                 SELECT {new}, {position}, 'pass', TRUE, {columns} FROM lab_results WHERE {of_it} AND position = 1"
            )).await;
        }
        app.execute(&format!(
            "UPDATE lab_results SET verdict = '{verdict}', is_safety = {is_safety} WHERE {of_it} AND position = {position}"
        )).await;
    }
    booking
}

async fn groups(app: &TestApp, who: &Person, query: &str) -> Vec<Value> {
    let path = format!("{STATISTICS}?from=2026-11-01&to=2026-11-30{query}");
    app.get(&path).by(who).send().await.expect(200)["groups"].as_array().unwrap().clone()
}

backends! {
    async fn get_booking_statistics_counts_states_and_units(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let id = app.literal(other.id);
        app.execute(&format!("UPDATE labs SET region_code = '310101' WHERE id = {id}")).await;
        let slot = app.slot(&lab, 48, 20).await;
        confirmed(app, &lab, "a", slot).await;
        let came = confirmed(app, &lab, "b", slot).await;
        let body = json!({ "slot_id": slot, "product_name": "玩具", "units": 3 });
        app.post("/api/v1/bookings").by(&app.resident("c").await).json(body).send().await.expect(201);
        confirmed(app, &other, "d", app.slot(&other, 48, 1).await).await;
        // A slot of next month counts there.
        confirmed(app, &lab, "e", app.slot(&lab, 24 * 20, 1).await).await;
        let id = app.literal(came);
        app.execute(&format!("UPDATE bookings SET status = 'checked_in' WHERE id = {id}")).await;
        app.advance(TimeDelta::hours(50));
        app.drain_jobs().await;
        let hq = app.staff(Role::HqAdmin, "country").await;
        let by_lab = groups(app, &hq, "").await;
        let first = by_lab.iter().find(|group| group["id"] == json!(lab.id)).unwrap();
        assert_eq!(*first, json!({
            "id": lab.id, "code": null, "name": "甲实验室", "bookings": 3, "units": 5,
            "came": 1, "units_served": 1, "no_shows": 1, "no_show_per_mille": 500,
            "states": [
                { "status": "checked_in", "bookings": 1, "units": 1 },
                { "status": "expired", "bookings": 1, "units": 3 },
                { "status": "no_show", "bookings": 1, "units": 1 },
            ],
        }));
        assert_eq!(by_lab.len(), 2);
        for (by, wanted) in [
            ("province", json!(["11", "31"])),
            ("city", json!(["1101", "3101"])),
            ("district", json!(["110108", "310101"])),
            ("kind", json!(["free_testing"])),
        ] {
            let codes: Vec<Value> =
                groups(app, &hq, &format!("&by={by}")).await.iter().map(|g| g["code"].clone()).collect();
            assert_eq!(json!(codes), wanted, "{by}");
        }
        let provinces = groups(app, &hq, "&by=province").await;
        assert_eq!([&provinces[0]["name"], &provinces[1]["bookings"]], [&json!("北京市"), &json!(1)]);
        let stops = groups(app, &hq, "&by=stop").await;
        assert_eq!([&stops[0]["id"], &stops[0]["bookings"]], [&Value::Null, &json!(4)]);
        assert_eq!(groups(app, &hq, "&by=service").await.len(), 2);
        assert_eq!(groups(app, &hq, "&kind=open_day").await.len(), 0);
        assert_eq!(groups(app, &hq, "&region=31").await.len(), 1);
        // Everybody within their scope.
        let lab_desk = desk(app, &lab).await;
        assert_eq!(groups(app, &lab_desk, "").await.len(), 1);
        assert!(groups(app, &lab_desk, &format!("&lab_id={}", other.id)).await.is_empty());
        let shanghai = app.staff(Role::ProvinceReporter, "region:31").await;
        assert_eq!(groups(app, &shanghai, "").await[0]["name"], "乙实验室");
        assert_eq!(groups(app, &shanghai, "&by=kind").await[0]["bookings"], 1);
    }

    async fn get_sample_statistics_counts_a_sample_once_by_the_worst(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let id = app.literal(other.id);
        app.execute(&format!("UPDATE labs SET region_code = '310101' WHERE id = {id}")).await;
        let slot = app.slot(&lab, 48, 20).await;
        let toys = "culture_education_sports";
        tested(app, &lab, "a", slot, toys, &[("pass", true), ("not_judged", false)]).await;
        tested(app, &lab, "b", slot, toys, &[("pass", true), ("fail", false)]).await;
        tested(app, &lab, "c", slot, toys, &[("fail", true), ("fail", false), ("pass", true)]).await;
        tested(app, &lab, "d", slot, toys, &[("not_judged", false)]).await;
        tested(app, &lab, "e", slot, toys, &[]).await;
        // A report that holds no more says nothing.
        let gone = tested(app, &lab, "f", slot, toys, &[("fail", true)]).await;
        let gone = app.literal(gone);
        app.execute(&format!("UPDATE lab_reports SET status = 'withdrawn' WHERE booking_id = {gone}")).await;
        tested(app, &other, "g", app.slot(&other, 48, 1).await, "clothing", &[("pass", false)]).await;
        tested(app, &lab, "h", app.slot(&lab, 24 * 20, 1).await, toys, &[("fail", true)]).await;
        let hq = app.staff(Role::HqAdmin, "country").await;
        let by_class = samples(app, &hq, "").await;
        assert_eq!(by_class[1], json!({
            "id": null, "code": toys, "name": "文教体育休闲用品", "samples": 6, "tested": 4, "passed": 1,
            "failed": 2, "unsafe_samples": 1, "not_judged": 1, "failed_per_mille": 666,
        }));
        assert_eq!([&by_class[0]["code"], &by_class[0]["passed"]], [&json!("clothing"), &json!(1)]);
        assert_eq!(by_class.len(), 2);
        for (query, wanted) in [
            ("&by=province", json!([["11", 6], ["31", 1]])),
            ("&by=kind", json!([["free_testing", 7]])),
            ("&by=district&product_class=clothing", json!([["310101", 1]])),
            ("&by=city&region=11", json!([["1101", 6]])),
            ("&kind=open_day", json!([])),
        ] {
            let found: Vec<Value> =
                samples(app, &hq, query).await.iter().map(|g| json!([g["code"], g["samples"]])).collect();
            assert_eq!(json!(found), wanted, "{query}");
        }
        assert_eq!(samples(app, &hq, "&by=stop").await[0]["samples"], 7);
        assert_eq!(samples(app, &hq, "&by=service").await.len(), 2);
        assert_eq!(samples(app, &hq, &format!("&by=lab&lab_id={}", other.id)).await[0]["name"], "乙实验室");
        // Everybody within their scope.
        let lab_desk = desk(app, &lab).await;
        assert_eq!(samples(app, &lab_desk, "&by=lab").await.len(), 1);
        let shanghai = app.staff(Role::ProvinceReporter, "region:31").await;
        assert_eq!(samples(app, &shanghai, "").await[0]["code"], "clothing");
        for days in ["from=2026-11-30&to=2026-11-01", "from=2025-01-01&to=2026-01-02"] {
            app.get(&format!("{SAMPLES}?{days}")).by(&hq).send().await.invalid("to");
        }
        let wrong = format!("{SAMPLES}?from=2026-11-01&to=2026-11-02&product_class=x");
        app.get(&wrong).by(&hq).send().await.problem(422, "validation_failed");
        let handler = app.staff(Role::CaseHandler, "region:11").await;
        app.get(&format!("{SAMPLES}?from=2026-11-01&to=2026-11-02")).by(&handler).send().await.problem(403, "forbidden");
    }

    async fn get_booking_statistics_of_a_time_that_cannot_be_is_refused(app) {
        let hq = app.staff(Role::HqAdmin, "country").await;
        for days in [
            "from=2026-11-30&to=2026-11-01", "from=2025-01-01&to=2026-01-02",
            "from=-262143-01-01&to=-262143-01-01", "from=0000-01-01&to=9999-12-31",
        ] {
            app.get(&format!("{STATISTICS}?{days}")).by(&hq).send().await.invalid("to");
        }
        for wrong in [
            "", "from=2026-11-01", "from=2026-02-31&to=2026-03-01", "from=2026-11-01&to=2026-11-02&by=person",
            "from=2026-11-01&to=2026-11-02&kind=x", "from=2026-11-01&to=2026-11-02&name=x",
        ] {
            app.get(&format!("{STATISTICS}?{wrong}")).by(&hq).send().await.problem(422, "validation_failed");
        }
        let unknown = "from=2026-11-01&to=2026-11-02&region=99";
        app.get(&format!("{STATISTICS}?{unknown}")).by(&hq).send().await.problem(422, "unknown_region");
        let handler = app.staff(Role::CaseHandler, "region:11").await;
        app.get(&format!("{STATISTICS}?from=2026-11-01&to=2026-11-02")).by(&handler).send().await.problem(403, "forbidden");
    }
}
