//! Opening, closing and listing slots.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Lab, Role, TestApp, backends};
use uuid::Uuid;

const SLOTS: &str = "/api/v1/slots";
const STAFF_SLOTS: &str = "/api/v1/staff/slots";

/// A slot from `from` to `to`, in seconds from now.
fn slot_body(app: &TestApp, lab: &Lab, from: i64, to: i64) -> Value {
    let at = |seconds| app.now() + TimeDelta::seconds(seconds);
    json!({ "service_id": lab.service_id, "capacity": 3, "starts_at": at(from), "ends_at": at(to) })
}

backends! {
    async fn create_slot_opens_it_to_everybody(app) {
        let lab = app.lab("甲实验室").await;
        // 00:30 in China is another day than in UTC.
        let body = slot_body(app, &lab, 14 * 3600 + 1800, 15 * 3600);
        let slot = app.post(STAFF_SLOTS).by(&lab.staff).json(body).send().await.expect(201);
        assert_eq!([&slot["starts_on"], &slot["starts_at"]], ["2026-11-21", "2026-11-20T16:30:00Z"]);
        assert_eq!([&slot["capacity"], &slot["available"]], [3, 3]);
        assert_eq!(slot["lab_id"], lab.id.to_string());
        assert_eq!(app.walk(&format!("{SLOTS}?on=2026-11-21"), None, 5).await, [slot]);
        assert!(app.walk(&format!("{SLOTS}?on=2026-11-20"), None, 5).await.is_empty());
    }

    async fn create_slot_with_a_wrong_field_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let body = slot_body(app, &lab, 3600, 7200);
        app.refuses_each(|| app.post(STAFF_SLOTS).by(&lab.staff), &body, [
            ("capacity", json!(0)),
            ("capacity", json!(-5)),
            ("capacity", json!(10_001)),
            ("capacity", json!(1e30)),
            ("capacity", json!(1.5)),
            ("capacity", json!("3")),
            ("service_id", json!("x")),
            ("starts_at", json!("2026-02-31T10:00:00Z")),
            ("starts_at", json!("2026-11-21")),
            ("starts_at", json!("2026-11-20T02:00:00Z")),
            ("starts_at", json!("1969-01-01T00:00:00Z")),
            ("starts_at", json!(1_790_000_000)),
            ("ends_at", json!("2026-11-20T03:00:00Z")),
            ("ends_at", json!("2026-11-20T02:30:00Z")),
            ("ends_at", json!("2026-11-21T03:00:01Z")),
            ("ends_at", json!("+262142-12-31T23:59:59Z")),
            ("price", json!(1)),
        ]).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM slots").await, 0);
    }

    async fn create_slot_at_the_same_time_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let post = |from| {
            app.post(STAFF_SLOTS).by(&lab.staff).json(slot_body(app, &lab, from, 7200)).send()
        };
        post(3600).await.expect(201);
        post(3600).await.problem(409, "slot_exists");
        post(3601).await.expect(201);
    }

    async fn create_slot_of_another_lab_is_refused(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let body = slot_body(app, &lab, 3600, 7200);
        let post = app.post(STAFF_SLOTS).by(&other.staff).json(body.clone());
        post.send().await.problem(404, "not_found");
        let mut nowhere = body;
        nowhere["service_id"] = json!(Uuid::nil());
        let post = app.post(STAFF_SLOTS).by(&lab.staff).json(nowhere);
        post.send().await.problem(404, "not_found");
        let slot = app.slot(&lab, 5, 1).await;
        for (staff, slot) in [(&other.staff, slot), (&lab.staff, Uuid::nil())] {
            let path = format!("{STAFF_SLOTS}/{slot}/closure");
            app.post(&path).by(staff).send().await.problem(404, "not_found");
        }
        let admin = app.staff(Role::HqAdmin, "country").await;
        let body = slot_body(app, &lab, 9000, 9600);
        app.post(STAFF_SLOTS).by(&admin).json(body).send().await.problem(403, "forbidden");
    }

    async fn close_slot_takes_it_from_the_list_and_may_be_repeated(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 5, 1).await;
        let path = format!("{STAFF_SLOTS}/{slot}/closure");
        for _ in 0..2 {
            let closed = app.post(&path).by(&lab.staff).send().await.expect(200);
            assert_eq!(closed["status"], "closed");
        }
        assert!(app.walk(SLOTS, None, 5).await.is_empty());
        // What a plan withdrew is for the plan to settle.
        app.execute("UPDATE slots SET status = 'withdrawn'").await;
        assert_eq!(app.post(&path).by(&lab.staff).send().await.expect(200)["status"], "withdrawn");
    }

    async fn list_slots_shows_what_can_be_booked_next_first(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let day = 24;
        for hours in [60 * day + 1, 50, 1, 30, 40] {
            app.slot(&lab, hours, 1).await;
        }
        app.slot(&other, 30, 1).await;
        let times = async |query: String, limit| -> Vec<Value> {
            let all = app.walk(&format!("{SLOTS}{query}"), None, limit).await;
            all.iter().map(|slot| slot["starts_at"].clone()).collect()
        };
        // Too soon and too far ahead are left out.
        let (first, second, third) =
            ("2026-11-21T08:00:00Z", "2026-11-21T18:00:00Z", "2026-11-22T04:00:00Z");
        for limit in [1, 2, 3, 100] {
            assert_eq!(times(String::new(), limit).await, [first, first, second, third]);
            assert_eq!(times(format!("?lab_id={}", lab.id), limit).await, [first, second, third]);
        }
        assert_eq!(times(format!("?service_id={}", other.service_id), 5).await, [first]);
        let both = format!("?lab_id={}&service_id={}", lab.id, other.service_id);
        assert!(times(both, 5).await.is_empty());
        assert!(times(format!("?lab_id={}", Uuid::nil()), 5).await.is_empty());
        // 18:00 UTC is the next day in China.
        assert_eq!(times("?on=2026-11-22".to_owned(), 5).await, [second, third]);
        app.refuses_bad_pages(SLOTS, None).await;
        for query in ["on=2026-02-31", "on=tomorrow", "lab_id=7", "service_id=", "price=0"] {
            let get = app.get(&format!("{SLOTS}?{query}")).send().await;
            get.problem(422, "validation_failed");
        }
    }

    async fn list_slots_of_a_suspended_lab_is_empty(app) {
        let lab = app.lab("甲实验室").await;
        app.slot(&lab, 30, 1).await;
        let admin = app.staff(Role::HqAdmin, "country").await;
        let path = format!("/api/v1/staff/labs/{}/status", lab.id);
        for (status, shown) in [("suspended", 0), ("active", 1)] {
            app.put(&path).by(&admin).json(json!({ "status": status })).send().await.expect(200);
            assert_eq!(app.walk(SLOTS, None, 5).await.len(), shown);
        }
    }

    async fn list_slots_that_are_full_shows_them_without_a_place(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 30, 1).await;
        app.booking(&app.resident("xiaoming").await, slot).await;
        assert_eq!(app.walk(SLOTS, None, 5).await[0]["available"], 0);
    }
}
