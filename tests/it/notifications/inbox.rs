//! One's own inbox.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends, complaint_body};
use uuid::Uuid;

const INBOX: &str = "/api/v1/notifications";

/// Files complaints and has them accepted: one notice each.
async fn told(app: &TestApp, person: &Person, times: usize) {
    let handler = app.staff(Role::CaseHandler, "country").await;
    for _ in 0..times {
        let post = app.post("/api/v1/complaints").by(person).json(complaint_body());
        let id = post.send().await.expect(201)["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/staff/complaints/{id}/acceptance");
        app.post(&path).by(&handler).json(json!({})).send().await.expect(200);
    }
}

async fn read(app: &TestApp, person: &Person, id: &Value) -> tests::TestResponse {
    let path = format!("{INBOX}/{}/reading", id.as_str().unwrap());
    app.post(&path).by(person).send().await
}

backends! {
    async fn list_notifications_walks_ones_own_newest_first(app) {
        let (person, other) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        for _ in 0..2 {
            told(app, &person, 2).await;
            told(app, &other, 1).await;
            app.advance(TimeDelta::seconds(1));
        }
        for limit in [1, 2, 3, 100] {
            let all = app.walk(INBOX, Some(&person), limit).await;
            let times: Vec<&str> = all.iter().filter_map(|n| n["created_at"].as_str()).collect();
            assert_eq!(times.len(), 4);
            assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
        }
        let notice = &app.walk(INBOX, Some(&person), 1).await[0];
        assert_eq!([&notice["title"], &notice["is_read"]], [&json!("投诉已受理"), &json!(false)]);
        app.refuses_bad_pages(INBOX, Some(&person)).await;
        app.get(INBOX).send().await.problem(401, "unauthenticated");
    }

    async fn read_notification_marks_it_and_may_be_repeated(app) {
        let person = app.resident("xiaoming").await;
        told(app, &person, 2).await;
        let all = app.walk(INBOX, Some(&person), 10).await;
        read(app, &person, &all[0]["id"]).await.expect(204);
        app.advance(TimeDelta::seconds(5));
        read(app, &person, &all[0]["id"]).await.expect(204);
        let after = app.walk(INBOX, Some(&person), 10).await;
        let is_read: Vec<&Value> = after.iter().map(|notice| &notice["is_read"]).collect();
        assert_eq!(is_read, [true, false]);
        // The first time counts.
        let times = "SELECT COUNT(*) FROM notifications WHERE read_at = created_at";
        assert_eq!(app.count(times).await, 1);
    }

    async fn read_notification_of_somebody_else_is_refused(app) {
        let (person, thief) = (app.resident("xiaoming").await, app.resident("dahei").await);
        told(app, &person, 1).await;
        let id = app.walk(INBOX, Some(&person), 1).await[0]["id"].clone();
        for id in [id, json!(Uuid::nil()), json!("7")] {
            read(app, &thief, &id).await.problem(404, "not_found");
        }
        let unread = "SELECT COUNT(*) FROM notifications WHERE read_at IS NULL";
        assert_eq!(app.count(unread).await, 1);
    }

    async fn notify_without_a_template_stays_in_the_inbox(app) {
        let person = app.resident("xiaoming").await;
        told(app, &person, 1).await;
        let skipped = "SELECT COUNT(*) FROM notifications WHERE delivery = 'skipped'";
        assert_eq!(app.count(skipped).await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM jobs").await, 0);
        assert_eq!(app.walk(INBOX, Some(&person), 1).await.len(), 1);
    }
}
