//! Announcing, taking part, and calling off.

use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Role, backends};
use uuid::Uuid;

use super::{enter, entries, id, lottery, lottery_body, own, post, seen};

backends! {
    async fn create_lottery_shows_what_the_seed_will_have_been_and_keeps_the_places(app) {
        let lab = app.lab("甲实验室").await;
        let starts_at = app.now() + TimeDelta::hours(48);
        let body = json!({
            "service_id": lab.service_id, "capacity": 4, "reserved_units": 1,
            "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(1),
        });
        let slot = id(&post(app, &lab.staff, "/staff/slots", body).await.expect(201));
        let made = post(app, &lab.staff, "/staff/lotteries", lottery_body(app, &[slot])).await.expect(201);
        assert_eq!([&made["status"], &made["seed"], &made["entries"]], [&json!("open"), &Value::Null, &Value::Null]);
        assert_eq!(made["commitment"].as_str().unwrap().len(), 64);
        assert_eq!([&made["slots"][0]["slot_id"], &made["slots"][0]["places"]], [&json!(slot), &json!(3)]);
        let lottery = id(&made);
        assert_eq!(seen(app, lottery).await, made);
        assert_eq!(app.walk("/api/v1/lotteries", None, 5).await, std::slice::from_ref(&made));
        let path = format!("/api/v1/lotteries?lab_id={}", lab.id);
        assert_eq!(app.walk(&path, None, 5).await.len(), 1);
        assert!(app.walk(&format!("/api/v1/lotteries?lab_id={}", Uuid::nil()), None, 5).await.is_empty());
        // The seed is sealed: the commitment is not of anything that is stored.
        let stored = app.dump("lotteries").await;
        assert!(!stored.contains("\"seed\": \""), "{stored}");
        let shown = app.walk("/api/v1/slots", None, 5).await;
        assert_eq!([&shown[0]["lottery_id"], &shown[0]["available"]], [&json!(lottery), &json!(0)]);
        let person = app.resident("xiaoming").await;
        let form = json!({ "slot_id": slot, "product_name": "玩具" });
        for path in ["/bookings", "/waitlist-entries"] {
            post(app, &person, path, form.clone()).await.problem(409, "slot_drawn");
        }
        // The place that is kept for callers is theirs, the others are for the draw.
        let call = |name: &str| json!({
            "slot_id": slot, "product_name": "电热毯", "channel": "phone", "beneficiary": { "name": name },
        });
        post(app, &lab.staff, "/staff/bookings", call("张大爷")).await.expect(201);
        post(app, &lab.staff, "/staff/bookings", call("李大爷")).await.problem(409, "slot_drawn");
        app.refuses_bad_pages("/api/v1/lotteries", None).await;
        app.refuses_bad_pages(&format!("/api/v1/lotteries/{lottery}/entries"), None).await;
        for path in ["", "/entries"] {
            let path = format!("/api/v1/lotteries/{}{path}", Uuid::nil());
            app.get(&path).send().await.problem(404, "not_found");
        }
    }

    async fn create_lottery_of_what_cannot_be_drawn_is_refused(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let (slot, soon) = (app.slot(&lab, 48, 3).await, app.slot(&lab, 3, 3).await);
        let foreign = app.slot(&other, 48, 3).await;
        let make = async |body: Value| post(app, &lab.staff, "/staff/lotteries", body).await;
        for slots in [vec![foreign], vec![slot, foreign], vec![Uuid::nil()], vec![slot, Uuid::nil()]] {
            make(lottery_body(app, &slots)).await.problem(404, "not_found");
        }
        let body = lottery_body(app, &[slot, slot]);
        let at = |minutes| json!(app.now() + TimeDelta::minutes(minutes));
        app.refuses_each(|| app.post("/api/v1/staff/lotteries").by(&lab.staff), &body, [
            ("title", json!("x")),
            ("title", json!("两\n行")),
            ("slot_ids", json!([])),
            ("slot_ids", json!(vec![Uuid::nil(); 51])),
            ("slot_ids[0]", json!("7")),
            ("closes_at", at(0)),
            ("closes_at", at(46 * 60)),
            ("closes_at", json!("2026-02-31T10:00:00Z")),
            ("opens_at", json!("now")),
            ("needs_confirmation", json!("yes")),
            ("seed", json!("00")),
            ("price", json!(1)),
        ]).await;
        let mut late = body.clone();
        late["opens_at"] = at(10);
        make(late).await.invalid("closes_at");
        let mut early = lottery_body(app, &[slot, soon]);
        early["closes_at"] = at(60);
        make(early).await.invalid("closes_at");
        let booked = app.slot(&lab, 50, 3).await;
        app.booking(&app.resident("xiaoming").await, booked).await;
        let closed = app.slot(&lab, 51, 3).await;
        post(app, &lab.staff, &format!("/staff/slots/{closed}/closure"), json!({})).await.expect(200);
        for slots in [vec![booked], vec![slot, closed]] {
            make(lottery_body(app, &slots)).await.problem(409, "slot_not_drawable");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM lotteries").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM slots WHERE lottery_id IS NOT NULL").await, 0);
        make(body.clone()).await.expect(201);
        make(body).await.problem(409, "slot_not_drawable");
        let admin = app.staff(Role::HqAdmin, "country").await;
        let body = lottery_body(app, &[soon]);
        post(app, &admin, "/staff/lotteries", body).await.problem(403, "forbidden");
    }

    async fn create_lottery_entry_is_for_once_and_between_two_instants(app) {
        let lab = app.lab("甲实验室").await;
        let (one, two) = (app.slot(&lab, 48, 1).await, app.slot(&lab, 50, 1).await);
        let elsewhere = app.slot(&lab, 52, 1).await;
        let mut body = lottery_body(app, &[one, two]);
        body["opens_at"] = json!(app.now() + TimeDelta::minutes(4));
        let lottery = id(&post(app, &lab.staff, "/staff/lotteries", body).await.expect(201));
        let (person, other) = (app.resident("a").await, app.resident("b").await);
        let early = enter(app, &person, lottery, one).await;
        early.problem(409, "lottery_not_open");
        assert_eq!(early.header("retry-after"), "240");
        app.advance(TimeDelta::minutes(4));
        enter(app, &person, lottery, elsewhere).await.invalid("slot_id");
        enter(app, &person, Uuid::nil(), one).await.problem(404, "not_found");
        let entry = enter(app, &person, lottery, one).await.expect(201);
        assert_eq!([&entry["status"], &entry["slot_id"]], ["entered", &one.to_string()]);
        enter(app, &person, lottery, two).await.problem(409, "already_entered");
        assert_eq!(own(app, &person).await, entry);
        // It stands in the public list from now on, and nothing tells whose it is.
        let public = json!({ "id": entry["id"], "slot_id": one, "status": "entered", "rank": null });
        assert_eq!(entries(app, lottery).await, [public]);
        assert_eq!(id(&entry).get_version_num(), 4);
        let path = format!("/api/v1/lottery-entries/{}", id(&entry));
        app.delete(&path).by(&other).send().await.problem(404, "not_found");
        app.delete(&path).by(&person).send().await.expect(204);
        app.delete(&path).by(&person).send().await.problem(404, "not_found");
        let again = || {
            let body = json!({ "lottery_id": lottery, "slot_id": two, "product_name": "玩具" });
            let post = app.post("/api/v1/lottery-entries").by(&person).json(body);
            post.header("idempotency-key", "lottery-entry-1").send()
        };
        let (first, replayed) = (again().await, again().await);
        first.expect(201);
        assert_eq!(first.body, replayed.body);
        let body = json!({ "lottery_id": lottery, "slot_id": one, "product_name": "玩具" });
        app.refuses_each(|| app.post("/api/v1/lottery-entries").by(&other), &body, [
            ("lottery_id", json!("7")), ("slot_id", json!(null)), ("product_name", json!("")),
            ("product_name", json!("x".repeat(61))), ("units", json!(2)),
        ]).await;
        app.advance(TimeDelta::minutes(6) - TimeDelta::microseconds(1));
        enter(app, &other, lottery, one).await.expect(201);
        app.advance(TimeDelta::microseconds(1));
        enter(app, &app.resident("c").await, lottery, one).await.problem(409, "lottery_closed");
        let path = format!("/api/v1/lottery-entries/{}", id(&first.json()));
        app.delete(&path).by(&person).send().await.problem(409, "lottery_closed");
        app.drain_jobs().await;
        assert_eq!(seen(app, lottery).await["entries"], 2);
    }

    async fn cancel_lottery_frees_the_slots_tells_everybody_and_shows_the_seed(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let slot = app.slot(&lab, 48, 1).await;
        let drawn = lottery(app, &lab, &[slot]).await;
        let people = app.residents(3).await;
        for person in &people {
            enter(app, person, drawn, slot).await.expect(201);
        }
        let cancel = format!("/staff/lotteries/{drawn}/cancellation");
        post(app, &other.staff, &cancel, json!({})).await.problem(404, "not_found");
        let cancelled = post(app, &lab.staff, &cancel, json!({})).await.expect(200);
        assert_eq!(cancelled["status"], "cancelled");
        let seed = hex::decode(cancelled["seed"].as_str().unwrap()).unwrap();
        assert_eq!(hex::encode(Sha256::digest(seed)), cancelled["commitment"].as_str().unwrap());
        post(app, &lab.staff, &cancel, json!({})).await.problem(409, "lottery_closed");
        enter(app, &app.resident("late").await, drawn, slot).await.problem(409, "lottery_closed");
        app.drain_jobs().await;
        for person in &people {
            assert_eq!(own(app, person).await["status"], "lost");
            let inbox = app.walk("/api/v1/notifications", Some(person), 5).await;
            assert_eq!([&inbox[0]["kind"], &inbox[0]["subject_id"]], ["lottery_cancelled", &drawn.to_string()]);
        }
        app.booking(&people[0], slot).await;
        // The draw that was planned finds nothing to do.
        app.advance(TimeDelta::minutes(10));
        app.drain_jobs().await;
        assert_eq!(seen(app, drawn).await["status"], "cancelled");
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, 1);
        let free = app.slot(&lab, 60, 1).await;
        let again = lottery(app, &lab, &[free]).await;
        app.advance(TimeDelta::minutes(10));
        let staff = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let cancel = format!("/staff/lotteries/{again}/cancellation");
        post(app, &staff, &cancel, json!({})).await.problem(409, "lottery_closed");
        app.drain_jobs().await;
    }
}
