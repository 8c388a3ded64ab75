//! How many visits may lie ahead, and who may not book for a while.

use chrono::TimeDelta;
use serde_json::json;
use tests::{Person, TestApp, backends};

use super::{book, cancel, confirm, hold, post};

/// Binds a phone through WeChat.
async fn bind_phone(app: &TestApp, person: &Person, user: &str, phone: &str) {
    let code = app.wechat().mint_phone_code(user, phone, app.app.wechat.appid()).await.unwrap();
    let post = app.post("/api/v1/me/phone").by(person).json(json!({ "code": code }));
    post.send().await.expect(200);
}

backends! {
    async fn create_booking_beyond_the_quota_is_refused_until_one_is_over(
        app, config => { config.appointments.account_quota = 2; }
    ) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let mut slots = Vec::new();
        for hours in 48..52 {
            slots.push(app.slot(&lab, hours, 9).await);
        }
        let first = app.booking(&person, slots[0]).await;
        confirm(app, &lab, first).await.expect(200);
        // A hold counts as well.
        hold(app, &person, slots[1]).await;
        book(app, &person, slots[2]).await.problem(409, "quota_exceeded");
        app.booking(&app.resident("other").await, slots[2]).await;
        cancel(app, &person, first).await.expect(200);
        let third = app.booking(&person, slots[2]).await;
        book(app, &person, slots[3]).await.problem(409, "quota_exceeded");
        app.advance(TimeDelta::seconds(600));
        app.drain_jobs().await;
        app.booking(&person, slots[3]).await;
        book(app, &person, slots[1]).await.problem(409, "quota_exceeded");
        // The sample is at the lab, which may take weeks: the visit is over.
        let id = app.literal(third);
        app.execute(&format!("UPDATE bookings SET status = 'testing' WHERE id = {id}")).await;
        app.execute("UPDATE slots SET held = held - 1, booked = booked + 1 WHERE id IN \
                     (SELECT slot_id FROM bookings WHERE status = 'testing')").await;
        app.booking(&person, slots[1]).await;
    }

    async fn create_booking_counts_a_phone_over_all_accounts_that_have_it(
        app, config => { config.appointments.phone_quota = 2; }
    ) {
        let lab = app.lab("甲实验室").await;
        let (slot, later) = (app.slot(&lab, 48, 9).await, app.slot(&lab, 49, 9).await);
        let mut people = Vec::new();
        for user in ["a", "b"] {
            let person = app.resident(user).await;
            bind_phone(app, &person, user, "13800138021").await;
            people.push(person);
        }
        for person in &people {
            app.booking(person, slot).await;
        }
        for person in &people {
            book(app, person, later).await.problem(409, "quota_exceeded");
        }
        let body = json!({
            "slot_id": later, "product_name": "玩具", "beneficiary": { "name": "奶奶", "phone": "13800138022" },
        });
        post(app, &people[0], "/bookings", body).await.expect(201);
        app.booking(&app.resident("c").await, later).await;
    }

    async fn create_booking_without_a_limit_goes_on(
        app, config => { config.appointments.account_quota = 0; config.appointments.phone_quota = 0; }
    ) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        for hours in 48..56 {
            app.booking(&person, app.slot(&lab, hours, 1).await).await;
        }
    }

    async fn create_booking_by_who_is_paused_is_refused_until_it_ends(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 9).await;
        let person = app.resident("xiaoming").await;
        let until = app.now() + TimeDelta::hours(1);
        let (id, until) = (app.literal(person.id), until.to_rfc3339());
        app.execute(&format!(
            "INSERT INTO booking_pauses (account_id, until, reason_code, created_at) \
             VALUES ({id}, '{until}', 'no_show', '{until}')"
        )).await;
        book(app, &person, slot).await.problem(409, "booking_paused");
        app.booking(&app.resident("other").await, slot).await;
        app.advance(TimeDelta::hours(1));
        app.booking(&app.resident("xiaoming").await, slot).await;
    }
}
