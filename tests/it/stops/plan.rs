//! Planning, changing, listing and completing stops.

use chrono::TimeDelta;
use serde_json::json;
use tests::{Lab, Role, backends, with};
use uuid::Uuid;

use super::{STAFF_STOPS, STOPS, create, edit, end, id, names, stop, stop_body, update};

backends! {
    async fn create_stop_shows_it_to_everybody(app) {
        let lab = app.lab("甲实验室").await;
        let body = with(&stop_body(&lab, "甲社区", 2), "location", json!({ "latitude": 39.9, "longitude": 116.4 }));
        let created = create(app, &lab, body.clone()).await;
        assert_eq!(created.header("etag"), "\"0\"");
        let created = created.expect(201);
        let seen = app.get(&format!("{STOPS}/{}", id(&created))).send().await.expect(200);
        assert_eq!(seen, created);
        for field in ["lab_id", "kind", "name", "region_code", "address", "location", "note"] {
            assert_eq!(seen[field], body[field], "{field}");
        }
        assert_eq!([&seen["held_on"], &seen["status"]], ["2026-11-22", "planned"]);
        assert_eq!(seen["terms"], "免费、自愿");
        assert_eq!(app.walk(STOPS, None, 5).await, [seen]);
        let trail = "SELECT COUNT(*) FROM audit_entries WHERE action = 'stop.create'";
        assert_eq!(app.count(trail).await, 1);
    }

    async fn create_stop_with_a_wrong_field_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let body = with(&stop_body(&lab, "甲社区", 2), "location", json!({ "latitude": 39.9, "longitude": 116.4 }));
        app.refuses_each(|| app.post(STAFF_STOPS).by(&lab.staff), &body, [
            ("lab_id", json!("7")),
            ("kind", json!("market")),
            ("name", json!("甲")),
            ("name", json!("两\n行")),
            ("name", json!("x".repeat(81))),
            ("region_code", json!("1101011234")),
            ("address", json!("短")),
            ("location.latitude", json!(91)),
            ("location.longitude", json!(-181)),
            ("note", json!("x".repeat(501))),
            ("starts_at", json!("2026-02-31T02:00:00Z")),
            ("starts_at", json!("2026-11-20T02:00:00Z")),
            ("starts_at", json!("2027-12-20T02:00:00Z")),
            ("starts_at", json!("2026-11-22")),
            ("ends_at", json!("2026-11-22T02:00:00Z")),
            // One microsecond into the next day in China.
            ("ends_at", json!("2026-11-22T16:00:00.000001Z")),
            ("ends_at", json!("+262142-12-31T23:59:59Z")),
            ("status", json!("done")),
            ("fee", json!(0)),
        ]).await;
        let unknown = with(&body, "region_code", json!("99"));
        create(app, &lab, unknown).await.problem(422, "unknown_region");
        assert_eq!(app.count("SELECT COUNT(*) FROM stops").await, 0);
    }

    async fn create_stop_of_another_lab_is_refused(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        create(app, &other, stop_body(&lab, "甲社区", 2)).await.problem(404, "not_found");
        let nowhere = with(&stop_body(&lab, "甲社区", 2), "lab_id", json!(Uuid::nil()));
        create(app, &lab, nowhere.clone()).await.problem(404, "not_found");
        let admin = app.staff(Role::HqAdmin, "country").await;
        let post = |body| app.post(STAFF_STOPS).by(&admin).json(body).send();
        post(nowhere).await.problem(404, "not_found");
        let by_headquarters = id(&post(stop_body(&lab, "甲社区", 2)).await.expect(201));
        for stop in [by_headquarters, Uuid::nil()] {
            let get = app.get(&format!("{STAFF_STOPS}/{stop}")).by(&other.staff).send().await;
            get.problem(404, "not_found");
            for step in ["cancellation", "completion"] {
                end(app, &other, stop, step).await.problem(404, "not_found");
            }
            let body = edit(&stop_body(&lab, "乙社区", 2));
            update(app, &other, stop, "\"0\"", body).await.problem(404, "not_found");
        }
    }

    async fn update_stop_needs_the_version_it_started_from(app) {
        let lab = app.lab("甲实验室").await;
        let stop = stop(app, &lab, "甲社区", 2).await;
        let body = edit(&stop_body(&lab, "乙小学", 3));
        let body = with(&body, "kind", json!("campus"));
        for stale in ["\"1\"", "\"x\""] {
            update(app, &lab, stop, stale, body.clone()).await.problem(412, "stale_version");
        }
        let without = app.put(&format!("{STAFF_STOPS}/{stop}")).by(&lab.staff).json(body.clone());
        without.send().await.problem(428, "precondition_required");
        let seen = update(app, &lab, stop, "\"0\"", body.clone()).await.expect(200);
        assert_eq!([&seen["name"], &seen["kind"], &seen["held_on"]], ["乙小学", "campus", "2026-11-23"]);
        update(app, &lab, stop, "\"0\"", body.clone()).await.problem(412, "stale_version");
        let with_lab = with(&body, "lab_id", json!(lab.id));
        update(app, &lab, stop, "\"1\"", with_lab).await.invalid("lab_id");
        let get = app.get(&format!("{STAFF_STOPS}/{stop}")).by(&lab.staff).send().await;
        assert_eq!(get.header("etag"), "\"1\"");
        app.drain_jobs().await;
    }

    async fn complete_stop_says_that_it_took_place(app) {
        let lab = app.lab("甲实验室").await;
        let stop = stop(app, &lab, "甲社区", 2).await;
        end(app, &lab, stop, "completion").await.problem(409, "stop_not_begun");
        app.advance(TimeDelta::hours(48));
        let lab = Lab { staff: app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await, ..lab };
        let path = format!("{STAFF_STOPS}/{stop}/completion");
        let stale = app.post(&path).by(&lab.staff).header("if-match", "\"3\"").send().await;
        stale.problem(412, "stale_version");
        assert_eq!(end(app, &lab, stop, "completion").await.expect(200)["status"], "done");
        for step in ["completion", "cancellation"] {
            end(app, &lab, stop, step).await.problem(409, "stop_not_planned");
        }
        let body = edit(&stop_body(&lab, "甲社区", 4));
        update(app, &lab, stop, "\"1\"", body).await.problem(409, "stop_not_planned");
        assert!(app.walk(STOPS, None, 5).await.is_empty());
    }

    async fn list_stops_shows_what_lies_ahead_next_first(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        for (name, days) in [("丙村", 4), ("甲村", 2), ("乙村", 3)] {
            stop(app, &lab, name, days).await;
        }
        let campus = with(&stop_body(&other, "丁村", 2), "kind", json!("campus"));
        create(app, &other, with(&campus, "region_code", json!("310101"))).await.expect(201);
        let cancelled = stop(app, &lab, "戊村", 2).await;
        end(app, &lab, cancelled, "cancellation").await.expect(200);
        app.drain_jobs().await;
        let found = async |query: &str| app.walk(&format!("{STOPS}?{query}"), None, 2).await;
        let seen = found("").await;
        assert_eq!(names(&seen)[2..], ["乙村", "丙村"]);
        assert_eq!(names(&found("region=31").await), ["丁村"]);
        assert_eq!(names(&found("kind=campus").await), ["丁村"]);
        assert_eq!(names(&found("on=2026-11-23").await), ["乙村"]);
        assert_eq!(names(&found(&format!("lab_id={}", lab.id)).await), ["甲村", "乙村", "丙村"]);
        let called_off = app.get(&format!("{STOPS}/{cancelled}")).send().await.expect(200);
        assert_eq!([&called_off["status"], &called_off["cancel_reason"]], ["cancelled", "社区场地停用"]);
        for query in ["on=2026-02-31", "on=tomorrow", "kind=market", "lab_id=7", "near=91,1", "price=0"] {
            app.get(&format!("{STOPS}?{query}")).send().await.problem(422, "validation_failed");
        }
        app.get(&format!("{STOPS}?region=99")).send().await.problem(422, "unknown_region");
        app.refuses_bad_pages(STOPS, None).await;
        let admin = app.staff(Role::HqAdmin, "country").await;
        let staff = async |who, query: &str| app.walk(&format!("{STAFF_STOPS}?{query}"), Some(who), 2).await;
        assert_eq!(names(&staff(&lab.staff, "").await)[..2], ["丙村", "乙村"]);
        assert_eq!(names(&staff(&lab.staff, "status=cancelled").await), ["戊村"]);
        assert_eq!(names(&staff(&other.staff, "").await), ["丁村"]);
        assert_eq!(staff(&admin, "").await.len(), 5);
        assert_eq!(names(&staff(&admin, "kind=campus&on=2026-11-22").await), ["丁村"]);
        app.refuses_bad_pages(STAFF_STOPS, Some(&admin)).await;
        // Over is over; and a suspended lab comes nowhere.
        let path = format!("/api/v1/staff/labs/{}/status", other.id);
        let suspended = json!({ "status": "suspended" });
        app.put(&path).by(&admin).json(suspended).send().await.expect(200);
        app.advance(TimeDelta::hours(48 + 6));
        assert_eq!(names(&found("").await), ["乙村", "丙村"]);
    }
}
