//! Results that do not come.

use chrono::TimeDelta;
use entity::lab_capability::ProductClass;
use futures_util::future::join_all;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends, wide_pool};

use super::{id, passed, simple_visit, visit};

const ALARMS: &str = "SELECT COUNT(*) FROM late_results";
const NOTICES: &str = "SELECT COUNT(*) FROM notifications WHERE kind = 'result_late'";

async fn late_list(app: &TestApp, who: &Person) -> Vec<Value> {
    app.walk("/api/v1/staff/late-results", Some(who), 5).await
}

backends! {
    async fn a_late_result_raises_one_alarm(app) {
        let visit = simple_visit(app).await;
        let sample = visit.sample(app).await;
        // Ten working days after Sunday, 22 November: the last is Friday, 4 December.
        app.advance("2026-12-04T15:59:59Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap() - app.now());
        app.drain_jobs().await;
        assert_eq!((app.count(ALARMS).await, app.count(NOTICES).await), (0, 0));
        let visit = visit.again(app).await;
        assert!(app.walk("/api/v1/staff/samples?late=true", Some(&visit.staff), 5).await.is_empty());
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
        assert_eq!((app.count(ALARMS).await, app.count(NOTICES).await), (1, 1));
        app.advance(TimeDelta::days(2));
        app.drain_jobs().await;
        assert_eq!((app.count(ALARMS).await, app.count(NOTICES).await), (1, 1), "once");

        let visit = visit.again(app).await;
        let hq = app.staff(Role::HqAdmin, "country").await;
        let other = app.lab("乙实验室").await.staff;
        for who in [&visit.staff, &hq] {
            let late = app.walk("/api/v1/staff/samples?late=true", Some(who), 5).await;
            assert_eq!(late.iter().map(|row| id(&row["id"])).collect::<Vec<_>>(), [sample]);
            let alarms = late_list(app, who).await;
            assert_eq!((id(&alarms[0]["booking_id"]), &alarms[0]["due_on"]), (visit.booking, &json!("2026-12-04")));
        }
        assert!(late_list(app, &other).await.is_empty());
        assert!(app.walk("/api/v1/staff/samples?late=true", Some(&other), 5).await.is_empty());

        visit.start(app).await.expect(200);
        let document = visit.document(app, "").await;
        visit.publish(app, &document, vec![passed(sample)]).await.expect(201);
        assert!(late_list(app, &hq).await.is_empty(), "it came");
        assert!(app.walk("/api/v1/staff/samples?late=true", Some(&hq), 5).await.is_empty());
        app.drain_jobs().await;
    }

    async fn what_came_in_time_and_what_has_no_result_raises_none(app) {
        let lab = app.lab("甲实验室").await;
        let done = visit(app, lab.clone(), "xiaoming", 1).await;
        done.finish(app, |sample| vec![passed(sample)]).await;
        // Nobody has even registered what this one brought.
        let forgotten = visit(app, done.again(app).await.into_lab(), "xiaohong", 1).await;
        let asked = visit(app, forgotten.again(app).await.into_lab(), "dahei", 1).await;
        let service = entity::lab_service::Entity::find().one(&app.app.db).await.unwrap().unwrap();
        let (talk, lab_id) = (app.app.ids.id(), app.literal(lab.id));
        app.execute(&format!(
            "INSERT INTO lab_services (id, lab_id, kind, name, description, created_at) VALUES \
             ({}, {lab_id}, 'consultation', '咨询', '', '2026-11-20 00:00:00+00:00')", app.literal(talk)
        )).await;
        assert_ne!(service.id, talk);
        app.execute(&format!(
            "UPDATE bookings SET service_id = {} WHERE id = {}", app.literal(talk), app.literal(asked.booking)
        )).await;
        app.advance(TimeDelta::days(30));
        app.drain_jobs().await;
        let alarmed = app.text("SELECT COUNT(*) || '' FROM late_results").await;
        assert_eq!(alarmed.as_deref(), Some("1"));
        let of_forgotten = format!("{ALARMS} WHERE booking_id = {}", app.literal(forgotten.booking));
        assert_eq!(app.count(&of_forgotten).await, 1);
    }

    async fn a_lab_says_how_long_a_class_takes(app) {
        let lab = app.lab("甲实验室").await;
        app.capable(&lab, ProductClass::MaternalElderlyDisabled).await;
        let visit = visit(app, lab, "xiaoming", 1).await;
        visit.sample(app).await;
        // Five working days after Sunday, 22 November, rather than ten.
        app.advance("2026-11-27T15:59:59Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap() - app.now());
        app.drain_jobs().await;
        assert_eq!(app.count(ALARMS).await, 0);
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
        assert_eq!(app.count(ALARMS).await, 1);
        let alarms = late_list(app, &visit.again(app).await.staff).await;
        assert_eq!(alarms[0]["due_on"], "2026-11-27");
    }

    async fn two_workers_raise_one_alarm(app, config => { wide_pool(config); }) {
        let visit = simple_visit(app).await;
        visit.sample(app).await;
        let other = app.replica().await;
        app.advance(TimeDelta::days(30));
        let drains = [app, &other].map(|app| app.drain_jobs());
        join_all(drains).await;
        assert_eq!((app.count(ALARMS).await, app.count(NOTICES).await), (1, 1));
        other.stop().await;
    }
}
