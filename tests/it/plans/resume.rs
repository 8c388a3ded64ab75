//! A change that is carried out while its process dies, while others carry it out too, and while
//! residents book, move and cancel.

use std::pin::pin;

use chrono::TimeDelta;
use futures_util::future::{Either, join_all, select};
use sanjin::features;
use sanjin::platform::jobs::Worker;
use serde_json::json;
use tests::{Lab, Person, Role, TestApp, backends, plan_rule, wide_pool, with};
use uuid::Uuid;

use super::{changed_to, confirm, id, plan, put, read, slots, thursdays};

/// Bookings of people, one each, on the Tuesdays of a plan.
async fn crowd(app: &TestApp, lab: &Lab, count: usize) -> Vec<(Person, Uuid)> {
    let all = slots(app).await;
    let tuesdays: Vec<Uuid> = all
        .iter()
        .filter(|slot| ["2026-11-24", "2026-12-01"].contains(&slot["starts_on"].as_str().unwrap()))
        .map(id)
        .collect();
    let mut crowd = Vec::new();
    for (n, person) in app.residents(count).await.into_iter().enumerate() {
        let booking = app.booking(&person, tuesdays[n % tuesdays.len()]).await;
        if n % 2 == 0 {
            confirm(app, &lab.staff, booking).await;
        }
        crowd.push((person, booking));
    }
    crowd
}

/// Open bookings that are still where the plan is not.
async fn stranded(app: &TestApp) -> i64 {
    app.count(
        "SELECT COUNT(*) FROM bookings b JOIN slots s ON s.id = b.slot_id \
         WHERE s.status = 'withdrawn' AND b.status IN \
         ('held', 'pending_lab', 'confirmed', 'waitlisted', 'offered')",
    )
    .await
}

/// Works until the plan has moved so many, and dies in the midst of it.
async fn die_after(app: &TestApp, moved: i64) {
    let worker = Worker::new(app.app.clone(), features::jobs());
    let watch = async {
        while app.count("SELECT bookings_moved FROM plans").await < moved {
            tokio::task::yield_now().await;
        }
    };
    let is_dead = matches!(select(pin!(worker.drain()), pin!(watch)).await, Either::Right(_));
    assert!(is_dead, "it was over before {moved} were moved");
}

backends! {
    async fn a_process_that_dies_in_the_middle_loses_nobody(app, config => { wide_pool(config); }) {
        let lab = app.lab("甲实验室").await;
        let plan = plan(app, &lab, with(&plan_rule(), "capacity", json!(8))).await;
        let crowd = crowd(app, &lab, 30).await;
        let rule = with(&thursdays(), "capacity", json!(8));
        put(app, &lab.staff, plan, 0, changed_to(rule, "move")).await.expect(200);
        for moved in [3, 11, 24] {
            die_after(app, moved).await;
            assert_eq!(app.broken_slots().await, 0);
            let left = stranded(app).await;
            assert!(left > 0 && left <= 30 - moved, "{left} are left after {moved}");
            // The dead one's lease runs out.
            app.advance(TimeDelta::seconds(31));
        }
        app.drain_jobs().await;
        assert_eq!(stranded(app).await, 0);
        let view = read(app, &lab.staff, plan).await;
        assert_eq!([&view["change"]["bookings_moved"], &view["change"]["bookings_cancelled"]], [30, 0]);
        for (n, (person, old)) in crowd.iter().enumerate() {
            let mine = app.walk("/api/v1/bookings", Some(person), 5).await;
            assert_eq!(mine.len(), 2);
            let status = if n % 2 == 0 { "confirmed" } else { "pending_lab" };
            let new = mine.iter().find(|one| one["rescheduled_from"] == json!(old)).unwrap();
            assert_eq!(new["status"], status);
        }
    }

    async fn two_workers_and_busy_residents_strand_nobody(app, config => { wide_pool(config); }) {
        let lab = app.lab("甲实验室").await;
        let plan = plan(app, &lab, with(&plan_rule(), "capacity", json!(8))).await;
        let crowd = crowd(app, &lab, 24).await;
        // Less room than there are people to move.
        let thursdays = with(&thursdays(), "capacity", json!(2));
        let targets: Vec<Uuid> = slots(app).await.iter().map(id).collect();
        put(app, &lab.staff, plan, 0, changed_to(thursdays, "move")).await.expect(200);
        let people = crowd.iter().enumerate().map(async |(n, (person, booking))| {
            let target = targets[n % targets.len()];
            let post = |path: String, body| app.post(&path).by(person).json(body).send();
            let reply = match n % 3 {
                0 => post(format!("/api/v1/bookings/{booking}/cancellation"), json!({})).await,
                1 => {
                    let path = format!("/api/v1/bookings/{booking}/reschedule");
                    post(path, json!({ "slot_id": target })).await
                }
                _ => {
                    let body = json!({ "slot_id": target, "product_name": "文具" });
                    post("/api/v1/bookings".to_owned(), body).await
                }
            };
            let is_fine = matches!(reply.status.as_u16(), 200 | 201 | 404 | 409);
            assert!(is_fine, "{}", reply.text());
        });
        let workers = [(); 2].map(|()| Worker::new(app.app.clone(), features::jobs()));
        let (_, ran) = tokio::join!(join_all(people), join_all(workers.iter().map(Worker::drain)));
        for ran in ran {
            ran.unwrap();
        }
        app.drain_jobs().await;
        assert_eq!((stranded(app).await, app.broken_slots().await), (0, 0));
        let staff = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let view = read(app, &staff, plan).await;
        assert_eq!(view["change"]["is_running"], false);
        assert_eq!(view["change"]["slots_done"], view["change"]["slots_total"]);
        let over = "SELECT COUNT(*) FROM slots WHERE held + booked > capacity";
        assert_eq!(app.count(over).await, 0);
    }
}
