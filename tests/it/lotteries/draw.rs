//! The draw: whose turn it is, and what they get.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends};
use uuid::Uuid;

use super::{draw, enter, id, lottery, lottery_body, own, post, seen, verify};

async fn booking(app: &TestApp, person: &Person, entry: &Value) -> Value {
    let path = format!("/api/v1/bookings/{}", entry["booking_id"].as_str().unwrap());
    app.get(&path).by(person).send().await.expect(200)
}

/// What each of them got, by the id of the entry.
fn got(order: &[Value], slot: Uuid) -> Vec<&str> {
    let of_slot = order.iter().filter(|entry| entry["slot_id"] == slot.to_string());
    of_slot.map(|entry| entry["status"].as_str().unwrap()).collect()
}

backends! {
    async fn a_lottery_gives_places_in_the_order_that_anybody_can_draw_again(app) {
        let lab = app.lab("甲实验室").await;
        let (wanted, spare) = (app.slot(&lab, 48, 3).await, app.slot(&lab, 50, 2).await);
        let drawn = lottery(app, &lab, &[wanted, spare]).await;
        let people = app.residents(9).await;
        for (n, person) in people.iter().enumerate() {
            enter(app, person, drawn, if n == 4 { spare } else { wanted }).await.expect(201);
        }
        let shown = draw(app, drawn).await;
        assert_eq!(shown["status"], "settled");
        assert_eq!(shown["drawn_at"], shown["closes_at"]);
        let places: Vec<&Value> = shown["slots"].as_array().unwrap().iter().map(|s| &s["places"]).collect();
        assert_eq!(places, [3, 2]);
        let order = verify(app, drawn).await;
        assert_eq!(got(&order, spare), ["won"]);
        assert_eq!(got(&order, wanted), ["won", "won", "won", "waiting", "waiting", "waiting", "waiting", "waiting"]);
        let people = app.logged_in_again(&people).await;
        let mut line = Vec::new();
        for person in &people {
            let entry = own(app, person).await;
            let got = booking(app, person, &entry).await;
            let inbox = app.walk("/api/v1/notifications", Some(person), 5).await;
            assert_eq!(inbox[0]["subject_id"], entry["booking_id"]);
            assert_eq!(got["product_name"], "儿童安全座椅");
            if entry["status"] == "won" {
                assert_eq!([&got["status"], &inbox[0]["kind"]], ["pending_lab", "lottery_won"]);
            } else {
                assert_eq!([&got["status"], &inbox[0]["kind"]], ["waitlisted", "lottery_waiting"]);
                line.push((entry["rank"].as_u64().unwrap(), got["waitlist_position"].as_u64().unwrap()));
            }
        }
        // The line stands in the order drawn.
        line.sort_unstable();
        let positions: Vec<u64> = line.iter().map(|(_, position)| *position).collect();
        assert_eq!(positions, [1, 2, 3, 4, 5]);
        // What nobody wanted is for whoever comes first; what was wanted goes down the line.
        let walker = app.resident("walker").await;
        app.booking(&walker, spare).await;
        let form = json!({ "slot_id": wanted, "product_name": "玩具" });
        post(app, &walker, "/bookings", form).await.problem(409, "slot_held");
        let mut winner = None;
        for person in &people {
            let entry = own(app, person).await;
            if entry["status"] == "won" && entry["slot_id"] == wanted.to_string() {
                winner = Some((person, entry));
            }
        }
        let (winner, entry) = winner.unwrap();
        let path = format!("/bookings/{}/cancellation", entry["booking_id"].as_str().unwrap());
        post(app, winner, &path, json!({})).await.expect(200);
        let next = "SELECT COUNT(*) FROM lottery_entries e JOIN bookings b ON b.id = e.booking_id \
                    WHERE b.status = 'offered' AND e.rank = (SELECT MIN(rank) FROM lottery_entries WHERE status = 'waiting')";
        assert_eq!(app.count(next).await, 1);
        let trail = "SELECT COUNT(*) FROM audit_entries WHERE action IN ('lottery.create', 'lottery.draw')";
        assert_eq!(app.count(trail).await, 2);
    }

    async fn a_lottery_without_confirmation_confirms_who_won(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 1).await;
        let mut body = lottery_body(app, &[slot]);
        body["needs_confirmation"] = json!(false);
        let drawn = id(&post(app, &lab.staff, "/staff/lotteries", body).await.expect(201));
        let person = app.resident("xiaoming").await;
        enter(app, &person, drawn, slot).await.expect(201);
        draw(app, drawn).await;
        let entry = own(app, &person).await;
        assert_eq!([&entry["status"], &entry["rank"]], [&json!("won"), &json!(1)]);
        let got = booking(app, &person, &entry).await;
        assert_eq!(got["status"], "confirmed");
        assert_eq!(got["allowed_actions"], json!(["cancel", "reschedule"]));
        verify(app, drawn).await;
    }

    async fn a_lottery_that_nobody_entered_frees_its_slots(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 1).await;
        let drawn = lottery(app, &lab, &[slot]).await;
        assert_eq!(draw(app, drawn).await["status"], "settled");
        assert!(verify(app, drawn).await.is_empty());
        app.booking(&app.resident("xiaoming").await, slot).await;
    }

    async fn a_draw_passes_over_who_cannot_book_and_the_next_one_gets_the_place(
        app, config => { config.appointments.account_quota = 1; config.appointments.waitlist_per_slot = 1; }
    ) {
        let lab = app.lab("甲实验室").await;
        let (slot, other) = (app.slot(&lab, 24 * 30, 1).await, app.slot(&lab, 24 * 31, 5).await);
        let mut body = lottery_body(app, &[slot]);
        body["closes_at"] = json!(app.now() + TimeDelta::days(16));
        let drawn = id(&post(app, &lab.staff, "/staff/lotteries", body).await.expect(201));
        let busy = app.resident("busy").await;
        enter(app, &busy, drawn, slot).await.expect(201);
        let paused = app.resident("paused").await;
        enter(app, &paused, drawn, slot).await.expect(201);
        let (id, until) = (app.literal(paused.id), (app.now() + TimeDelta::days(90)).to_rfc3339());
        app.execute(&format!(
            "INSERT INTO booking_pauses (account_id, until, reason_code, created_at) \
             VALUES ({id}, '{until}', 'no_show', '{until}')"
        )).await;
        let (gone, closing) = (app.resident("gone").await, app.resident("closing").await);
        enter(app, &gone, drawn, slot).await.expect(201);
        enter(app, &closing, drawn, slot).await.expect(201);
        let close = async |who: &Person| {
            let body = json!({ "confirmation": "注销账号" });
            app.post("/api/v1/me/deletion").by(who).json(body).send().await.expect(201);
        };
        close(&gone).await;
        let good = app.residents(3).await;
        for person in &good {
            enter(app, person, drawn, slot).await.expect(201);
        }
        app.advance(TimeDelta::days(15));
        app.drain_jobs().await;
        // Whose account is gone is in the draw still, as nobody.
        assert_eq!(app.count("SELECT COUNT(*) FROM lottery_entries WHERE account_id IS NULL AND product_name IS NULL").await, 1);
        let staff = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let visit = app.booking(&app.resident("busy").await, other).await;
        post(app, &staff, &format!("/staff/bookings/{visit}/confirmation"), json!({})).await.expect(200);
        close(&app.resident("closing").await).await;
        assert_eq!(draw(app, drawn).await["entries"], 7);
        let order = verify(app, drawn).await;
        let mut statuses: Vec<&str> = order.iter().map(|entry| entry["status"].as_str().unwrap()).collect();
        statuses.sort_unstable();
        // One of the good ones stands in the line, which has one place.
        assert_eq!(statuses, ["lost", "lost", "lost", "lost", "lost", "waiting", "won"]);
        let good = app.logged_in_again(&good).await;
        let mut ranks = Vec::new();
        for person in &good {
            let entry = own(app, person).await;
            ranks.push((entry["rank"].as_i64().unwrap(), entry["status"].as_str().unwrap().to_owned()));
        }
        ranks.sort_unstable();
        let statuses: Vec<&str> = ranks.iter().map(|(_, status)| status.as_str()).collect();
        assert_eq!(statuses, ["won", "waiting", "lost"]);
        let inbox = app.walk("/api/v1/notifications", Some(&app.resident("paused").await), 5).await;
        assert_eq!([&inbox[0]["kind"], &inbox[0]["subject_id"]], ["lottery_lost", &drawn.to_string()]);
    }

    async fn a_slot_that_closed_before_the_draw_gives_nothing(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 5).await;
        let drawn = lottery(app, &lab, &[slot]).await;
        let person = app.resident("xiaoming").await;
        enter(app, &person, drawn, slot).await.expect(201);
        post(app, &lab.staff, &format!("/staff/slots/{slot}/closure"), json!({})).await.expect(200);
        assert_eq!(draw(app, drawn).await["status"], "settled");
        assert_eq!(own(app, &person).await["status"], "lost");
        assert_eq!(seen(app, drawn).await["entries"], 1);
        verify(app, drawn).await;
    }
}
