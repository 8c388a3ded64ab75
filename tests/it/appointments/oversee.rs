//! What takes back a confirmed booking: the lab, headquarters, and two people who void it.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{book, cancel, confirm, counters, counters_of, hold, post, read};

async fn staff_post(app: &TestApp, who: &Person, path: &str, body: Value) -> TestResponse {
    app.post(&format!("/api/v1/staff{path}")).by(who).json(body).send().await
}

fn why() -> Value {
    json!({ "reason_code": "equipment_failure", "reason": "设备检修" })
}

backends! {
    async fn cancel_lab_booking_tells_and_gives_priority(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 3, 1).await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, slot).await;
        let path = format!("/bookings/{booking}/cancellation");
        staff_post(app, &lab.staff, &path, why()).await.problem(409, "booking_not_pending");
        confirm(app, &lab, booking).await.expect(200);
        // Past the resident's cut-off.
        app.advance(TimeDelta::minutes(90));
        let lab_staff = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let seen = staff_post(app, &lab_staff, &path, why()).await.expect(200);
        assert_eq!([&seen["status"], &seen["reason_code"]], ["cancelled_by_lab", "equipment_failure"]);
        assert_eq!(seen["priority_until"], "2026-12-20T03:30:00Z");
        assert_eq!(seen["allowed_actions"], json!([]));
        staff_post(app, &lab_staff, &path, why()).await.problem(409, "booking_not_pending");
        assert_eq!(counters(app).await, (0, 0));
        let person = app.resident("xiaoming").await;
        let detail = read(app, &person, booking).await;
        assert_eq!([&detail["reason"], &detail["timeline"][2]["reason"]], ["设备检修", "设备检修"]);
        let kinds: Vec<Value> = app.walk("/api/v1/notifications", Some(&person), 5).await
            .iter().map(|notice| notice["kind"].clone()).collect();
        assert_eq!(kinds, ["booking_cancelled", "booking_confirmed"]);
    }

    async fn cancel_lab_booking_without_a_reason_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, app.slot(&lab, 48, 1).await).await;
        confirm(app, &lab, booking).await.expect(200);
        let path = format!("/api/v1/staff/bookings/{booking}/cancellation");
        app.refuses_each(|| app.post(&path).by(&lab.staff), &why(), [
            ("reason_code", json!(null)), ("reason_code", json!("lazy")), ("reason", json!("无")),
            ("reason", json!("x".repeat(201))), ("refund", json!(1)),
        ]).await;
        let other = app.lab("乙实验室").await;
        let path = format!("/bookings/{booking}/cancellation");
        staff_post(app, &other.staff, &path, why()).await.problem(404, "not_found");
        assert_eq!(counters(app).await, (0, 1));
    }

    async fn withdraw_booking_is_for_headquarters(app) {
        let lab = app.lab("甲实验室").await;
        let booking = app.booking(&app.resident("xiaoming").await, app.slot(&lab, 48, 1).await).await;
        confirm(app, &lab, booking).await.expect(200);
        let path = format!("/supervised-bookings/{booking}/withdrawal");
        staff_post(app, &lab.staff, &path, why()).await.problem(403, "forbidden");
        let admin = app.staff(Role::HqAdmin, "country").await;
        let seen = app.get(&format!("/api/v1/staff/bookings/{booking}")).by(&admin).send().await;
        assert_eq!(seen.expect(200)["allowed_actions"], json!(["cancel", "request_void"]));
        assert_eq!(seen.header("etag"), "\"1\"");
        let withdrawn = staff_post(app, &admin, &path, why()).await.expect(200);
        assert_eq!(withdrawn["status"], "cancelled_by_lab");
        assert_eq!(counters(app).await, (0, 0));
    }

    async fn void_booking_takes_two_people(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 2).await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, slot).await;
        let (first, second) =
            (app.staff(Role::HqAdmin, "country").await, app.staff(Role::HqAdmin, "country").await);
        let path = |step: &str| format!("/supervised-bookings/{booking}/{step}");
        let (ask, agree) = (path("void-request"), path("void-approval"));
        staff_post(app, &second, &agree, json!({})).await.problem(409, "second_person_needed");
        let asked = staff_post(app, &first, &ask, why()).await.expect(200);
        assert_eq!([&asked["status"], &asked["void_request"]["reason"]], ["pending_lab", "设备检修"]);
        assert_eq!(asked["reason"], json!(null));
        assert_eq!(asked["allowed_actions"], json!([]));
        staff_post(app, &first, &agree, json!({})).await.problem(409, "second_person_needed");
        staff_post(app, &second, &ask, why()).await.problem(409, "booking_not_pending");
        assert_eq!(counters(app).await, (1, 0));
        // Whom it concerns learns why when it is so; what happens in between does not change it.
        let own = read(app, &person, booking).await;
        assert_eq!([&own["reason"], &own["void_request"]], [&json!(null), &json!(null)]);
        confirm(app, &lab, booking).await.expect(200);
        app.advance(TimeDelta::seconds(1));
        let seen = app.get(&format!("/api/v1/staff/bookings/{booking}")).by(&second).send().await;
        assert_eq!(seen.expect(200)["allowed_actions"], json!(["cancel", "void"]));
        let voided = staff_post(app, &second, &agree, json!({})).await.expect(200);
        assert_eq!([&voided["status"], &voided["reason"]], ["voided", "设备检修"]);
        assert_eq!(read(app, &person, booking).await["reason"], "设备检修");
        assert_eq!(counters(app).await, (0, 0));
        staff_post(app, &second, &agree, json!({})).await.problem(409, "booking_not_pending");
        let inbox = app.walk("/api/v1/notifications", Some(&person), 5).await;
        assert_eq!(inbox[0]["kind"], "booking_voided");
        let trail = "SELECT COUNT(*) FROM audit_entries WHERE action IN ('booking.request_void', 'booking.void')";
        assert_eq!(app.count(trail).await, 2);
        book(app, &person, slot).await.expect(201);
        for step in ["void-request", "void-approval", "withdrawal"] {
            let path = format!("/supervised-bookings/{}/{step}", Uuid::nil());
            staff_post(app, &first, &path, why_or_nothing(step)).await.problem(404, "not_found");
        }
    }

    async fn confirm_booking_of_another_version_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let held = hold(app, &person, app.slot(&lab, 48, 1).await).await;
        let form = json!({ "product_name": "玩具" });
        post(app, &person, &format!("/bookings/{held}/request"), form).await.expect(200);
        let path = format!("/api/v1/staff/bookings/{held}/confirmation");
        let ask = |version: &str| app.post(&path).by(&lab.staff).header("if-match", version).send();
        for stale in ["\"0\"", "\"2\"", "\"x\"", "*"] {
            ask(stale).await.problem(412, "stale_version");
        }
        assert_eq!(read(app, &person, held).await["status"], "pending_lab");
        assert_eq!(ask("\"1\"").await.expect(200)["version"], 2);
        ask("\"1\"").await.problem(412, "stale_version");
        ask("\"2\"").await.problem(409, "booking_not_pending");
    }

    async fn confirm_bookings_gives_each_its_own_outcome(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let (slot, foreign) = (app.slot(&lab, 48, 9).await, app.slot(&other, 48, 9).await);
        let (a, b) = (app.resident("a").await, app.resident("b").await);
        let (first, second) = (app.booking(&a, slot).await, app.booking(&b, slot).await);
        let elsewhere = app.booking(&a, foreign).await;
        cancel(app, &b, second).await.expect(200);
        let ids = json!([first, second, elsewhere, first, Uuid::nil()]);
        let path = "/booking-confirmations";
        let done = staff_post(app, &lab.staff, path, json!({ "booking_ids": ids })).await.expect(200);
        let codes: Vec<&Value> = done["outcomes"].as_array().unwrap().iter().map(|o| &o["code"]).collect();
        let not_so = "booking_not_pending";
        assert_eq!(json!(codes), json!([null, not_so, "not_found", not_so, "not_found"]));
        assert_eq!(done["outcomes"][0]["booking"]["status"], "confirmed");
        assert_eq!(counters_of(app, slot).await, (0, 1));
        assert_eq!(counters_of(app, foreign).await, (1, 0));
        let post = || app.post("/api/v1/staff/booking-confirmations").by(&lab.staff);
        app.refuses_each(post, &json!({ "booking_ids": [first] }), [
            ("booking_ids", json!([])), ("booking_ids", json!(vec![first; 101])), ("booking_ids[0]", json!("7")),
            ("booking_ids", json!(null)),
        ]).await;
    }
}

fn why_or_nothing(step: &str) -> Value {
    if step == "void-approval" { json!({}) } else { why() }
}
