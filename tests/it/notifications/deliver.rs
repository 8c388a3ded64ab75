//! The WeChat message of a notice.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use tests::{Config, Person, TestApp, backends};
use wechat::client::paths::{STABLE_TOKEN, SUBSCRIBE_SEND};
use wechat::simulator::Fault;

const TEMPLATE: &str = "TPL-booking-confirmed";

fn configure(config: &mut Config) {
    TEMPLATE.clone_into(&mut config.wechat.templates.booking_confirmed);
}

/// A confirmed booking of somebody who granted `grants` messages.
async fn confirmed(app: &TestApp, grants: u32) -> Person {
    app.wechat().register_template(TEMPLATE, &["thing1", "time2"]);
    app.wechat().grant_subscribe("xiaoming", TEMPLATE, grants).await.unwrap();
    let lab = app.lab("甲实验室").await;
    let person = app.resident("xiaoming").await;
    let booking = app.booking(&person, app.slot(&lab, 48, 1).await).await;
    let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
    app.post(&path).by(&lab.staff).send().await.expect(200);
    person
}

/// The state of the only delivery, and how often WeChat was asked to send.
async fn delivery(app: &TestApp) -> (String, usize) {
    let state = app.text("SELECT delivery FROM notifications").await.unwrap();
    (state, app.wechat().call_count(SUBSCRIBE_SEND))
}

async fn code(app: &TestApp) -> i64 {
    app.count("SELECT COALESCE(delivery_code, 0) FROM notifications").await
}

/// Lets `seconds` pass and runs what became due.
async fn later(app: &TestApp, seconds: i64) {
    app.advance(TimeDelta::seconds(seconds));
    app.drain_jobs().await;
}

backends! {
    async fn deliver_notification_sends_the_message_once(app, config => { configure(config); }) {
        confirmed(app, 2).await;
        assert_eq!(delivery(app).await, ("pending".to_owned(), 0));
        app.drain_jobs().await;
        assert_eq!(delivery(app).await, ("sent".to_owned(), 1));
        let call = &app.wechat().calls(SUBSCRIBE_SEND)[0];
        let openid = app.wechat().openid("xiaoming", app.app.wechat.appid());
        assert_eq!(call.body["touser"], openid.as_str());
        assert_eq!(call.body["data"], json!({
            "thing1": { "value": "预约成功" }, "time2": { "value": "2026-11-20 10:00" },
        }));
        later(app, 3600).await;
        // As after a worker that died between sending and its note of it.
        let again = "UPDATE jobs SET status = 'ready', finished_at = NULL \
                     WHERE kind = 'notification.deliver'";
        app.execute(again).await;
        app.drain_jobs().await;
        assert_eq!(delivery(app).await, ("sent".to_owned(), 1));
    }

    async fn deliver_notification_without_a_grant_is_dropped(app, config => { configure(config); }) {
        let person = confirmed(app, 0).await;
        app.drain_jobs().await;
        assert_eq!(delivery(app).await, ("dropped".to_owned(), 1));
        assert_eq!(code(app).await, 43101);
        assert_eq!(app.walk("/api/v1/notifications", Some(&person), 10).await.len(), 1);
        later(app, 3600).await;
        assert_eq!(delivery(app).await, ("dropped".to_owned(), 1));
    }

    async fn deliver_notification_with_a_template_that_is_gone_fails_and_keeps_the_inbox(
        app, config => { configure(config); }
    ) {
        let person = confirmed(app, 1).await;
        app.wechat().inject(SUBSCRIBE_SEND, Fault::Errcode(40037), 1);
        app.drain_jobs().await;
        assert_eq!(delivery(app).await, ("failed".to_owned(), 1));
        assert_eq!(code(app).await, 40037);
        assert_eq!(app.walk("/api/v1/notifications", Some(&person), 10).await.len(), 1);
    }

    async fn deliver_notification_while_wechat_limits_us_is_tried_again_later_and_later(
        app, config => { configure(config); }
    ) {
        confirmed(app, 1).await;
        app.wechat().inject(SUBSCRIBE_SEND, Fault::Errcode(45011), 2);
        app.drain_jobs().await;
        assert_eq!(delivery(app).await, ("pending".to_owned(), 1));
        later(app, 4).await;
        assert_eq!(delivery(app).await, ("pending".to_owned(), 1));
        later(app, 1).await;
        assert_eq!(delivery(app).await, ("pending".to_owned(), 2));
        later(app, 9).await;
        assert_eq!(delivery(app).await, ("pending".to_owned(), 2));
        later(app, 1).await;
        assert_eq!(delivery(app).await, ("sent".to_owned(), 3));
    }

    async fn deliver_notification_without_an_access_token_is_tried_again(
        app, config => { configure(config); }
    ) {
        confirmed(app, 1).await;
        app.wechat().inject(STABLE_TOKEN, Fault::Errcode(45011), 1);
        app.drain_jobs().await;
        assert_eq!(delivery(app).await, ("pending".to_owned(), 0));
        later(app, 5).await;
        assert_eq!(delivery(app).await, ("sent".to_owned(), 1));
    }

    async fn deliver_notification_while_wechat_is_busy_is_tried_again(
        app, config => { configure(config); }
    ) {
        confirmed(app, 1).await;
        app.wechat().inject(SUBSCRIBE_SEND, Fault::Errcode(-1), 1);
        app.drain_jobs().await;
        assert_eq!(delivery(app).await, ("pending".to_owned(), 1));
        later(app, 5).await;
        assert_eq!(delivery(app).await, ("sent".to_owned(), 2));
    }

    async fn deliver_notification_that_perhaps_arrived_is_not_sent_twice(
        app, config => { configure(config); config.wechat.request_timeout_ms = 300; }
    ) {
        confirmed(app, 2).await;
        let slow = Fault::Latency(Duration::from_millis(800));
        app.wechat().inject(SUBSCRIBE_SEND, slow, 1);
        app.drain_jobs().await;
        assert_eq!(app.text("SELECT delivery FROM notifications").await.as_deref(), Some("failed"));
        later(app, 3600).await;
        assert!(delivery(app).await.1 <= 1, "the message went out twice");
        let person = app.resident("xiaoming").await;
        assert_eq!(app.walk("/api/v1/notifications", Some(&person), 10).await.len(), 1);
    }

    async fn deliver_notification_whose_answer_broke_off_is_not_sent_twice(
        app, config => { configure(config); }
    ) {
        for (n, fault) in [Fault::Closed, Fault::Truncated, Fault::Status(502)].into_iter().enumerate() {
            app.wechat().inject(SUBSCRIBE_SEND, fault, 1);
            if n == 0 {
                confirmed(app, 5).await;
            } else {
                let again = "UPDATE notifications SET delivery = 'pending'";
                app.execute(again).await;
                app.execute(
                    "UPDATE jobs SET status = 'ready', finished_at = NULL \
                     WHERE kind = 'notification.deliver'",
                )
                .await;
            }
            app.drain_jobs().await;
            assert_eq!(delivery(app).await, ("failed".to_owned(), n + 1), "{fault:?}");
            later(app, 60).await;
            assert_eq!(delivery(app).await, ("failed".to_owned(), n + 1), "{fault:?}");
        }
    }
}
