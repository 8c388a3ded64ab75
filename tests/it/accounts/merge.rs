//! Two accounts become one, and nothing is lost.

use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tests::{Engine, Lab, Person, Role, TestApp, backends, complaint_body, wide_pool};
use uuid::Uuid;

use super::{elder_and_younger, openly, sweep};

async fn complain(app: &TestApp, who: &Person, key: &str) -> Value {
    let post = app.post("/api/v1/complaints").by(who).header("idempotency-key", key);
    post.json(complaint_body()).send().await.expect(201)
}

async fn start(app: &TestApp, who: &Person, quiz: Uuid) -> Value {
    let reply = app.post(&format!("/api/v1/quizzes/{quiz}/attempts")).by(who).send().await;
    assert!(reply.status.is_success(), "{}", reply.text());
    reply.json()
}

async fn answer(app: &TestApp, who: &Person, attempt: &Value, item: usize) {
    let item = &attempt["items"][item];
    let path = format!(
        "/api/v1/attempts/{}/answers/{}",
        attempt["id"].as_str().unwrap(),
        item["id"].as_str().unwrap()
    );
    let body = json!({ "choices": [item["options"][0]["id"]], "seq": 1 });
    app.put(&path).by(who).json(body).send().await.expect(200);
}

async fn submit(app: &TestApp, who: &Person, attempt: &Value) {
    let id = attempt["id"].as_str().unwrap();
    app.post(&format!("/api/v1/attempts/{id}/submission")).by(who).send().await.expect(200);
}

async fn confirm(app: &TestApp, lab: &Lab, booking: Uuid) {
    let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
    app.post(&path).by(&lab.staff).send().await.expect(200);
}

async fn bind(app: &TestApp, who: &Person, user: &str, phone: &str) {
    let appid = app.app.wechat.appid();
    // By H5 there is no identity in the mini-program, so WeChat is not told whose the code is.
    let code = app.wechat().mint_phone_code(user, phone, appid).await.unwrap();
    app.post("/api/v1/me/phone").by(who).json(json!({ "code": code })).send().await.expect(200);
}

async fn me(app: &TestApp, who: &Person) -> Value {
    app.get("/api/v1/me").by(who).send().await.expect(200)
}

/// The status of each of one's bookings.
async fn statuses(app: &TestApp, who: &Person) -> Vec<String> {
    let mut found: Vec<String> = app
        .walk("/api/v1/bookings", Some(who), 10)
        .await
        .iter()
        .map(|booking| booking["status"].as_str().unwrap().to_owned())
        .collect();
    found.sort();
    found
}

/// The tables in which an id stands, whatever its column.
async fn tables_naming(app: &TestApp, id: Uuid) -> Vec<String> {
    let spellings = match app.engine() {
        Engine::Sqlite => [id.simple().to_string().to_uppercase(), id.to_string()],
        Engine::Postgres => [id.to_string(), id.to_string()],
    };
    let mut found = Vec::new();
    for table in entity::all_tables() {
        if table.name == "regions" {
            continue;
        }
        let rows = app.dump(&table.name).await;
        if spellings.iter().any(|spelling| rows.contains(spelling)) {
            found.push(table.name);
        }
    }
    found.sort();
    found
}

backends! {
    async fn everything_of_the_younger_becomes_the_elders(app) {
        let lab = app.lab("实验室").await;
        let (slot, quiz) = (app.slot(&lab, 48, 5).await, app.quiz(|_| ()).await);
        let (elder, younger) = elder_and_younger(app, "xiaoming").await;
        let booking = app.booking(&younger, slot).await;
        confirm(app, &lab, booking).await;
        let filed = complain(app, &younger, "a-key-of-the-younger").await;
        complain(app, &elder, "a-key-of-the-elder").await;
        let attempt = start(app, &younger, quiz).await;
        answer(app, &younger, &attempt, 0).await;
        bind(app, &younger, "xiaoming", "13912345678").await;
        let patch = json!({ "audience": "teacher", "region_code": "110101" });
        app.patch("/api/v1/me").by(&younger).json(patch).send().await.expect(200);
        let school = json!({ "name": "某某小学" });
        app.put("/api/v1/me/school").by(&younger).json(school).send().await.expect(200);
        let real = json!({ "name": "王小明", "id_number": "11010519491231002X", "purpose": "complaint" });
        app.put("/api/v1/me/real-name").by(&younger).json(real).send().await.expect(200);

        app.advance(TimeDelta::seconds(1));
        let joined = openly(app, "xiaoming").await;
        assert_eq!(joined.id, elder.id);
        sweep(app).await;

        let joined = openly(app, "xiaoming").await;
        assert_eq!(statuses(app, &joined).await, ["confirmed"]);
        let path = format!("/api/v1/bookings/{booking}");
        let timeline = app.get(&path).by(&joined).send().await.expect(200);
        assert_eq!(timeline["timeline"].as_array().unwrap().len(), 2);
        assert_eq!(app.walk("/api/v1/complaints", Some(&joined), 10).await.len(), 2);
        let open = start(app, &joined, quiz).await;
        assert_eq!(open["id"], attempt["id"], "the open attempt goes on");
        assert_eq!(open["items"].as_array().unwrap().iter().filter(|item| item["choices"] != json!([])).count(), 1);
        let inbox = app.walk("/api/v1/notifications", Some(&joined), 10).await;
        let kinds: Vec<_> = inbox.iter().map(|notice| notice["kind"].clone()).collect();
        assert_eq!(kinds, ["account_merged", "booking_confirmed"]);
        let account = me(app, &joined).await;
        assert_eq!(account["phone"], "139****5678");
        assert_eq!([&account["audience"], &account["region_code"], &account["school_name"]], ["teacher", "110101", "某某小学"]);
        let real = app.get("/api/v1/me/real-name").by(&joined).send().await.expect(200);
        assert_eq!(real["name"], "王**");
        // The answer under the younger one's key is the elder's to ask for again.
        assert_eq!(complain(app, &joined, "a-key-of-the-younger").await, filed);
        // What still names the younger tells of then, and of what it became.
        assert_eq!(tables_naming(app, younger.id).await, [
            "accounts", "audit_entries", "booking_events", "complaint_events", "consents", "jobs",
        ]);
        let empty = "SELECT COUNT(*) FROM accounts WHERE status = 'merged' AND phone_cipher IS NULL \
                     AND phone_index IS NULL AND school_name_cipher IS NULL AND region_code IS NULL";
        assert_eq!(app.count(empty).await, 1);
    }

    async fn the_better_of_two_bookings_of_a_slot_stays_and_the_other_gives_its_place_back(app) {
        let lab = app.lab("实验室").await;
        let (elder, younger) = elder_and_younger(app, "xiaoming").await;
        let (first, second, third) =
            (app.slot(&lab, 48, 5).await, app.slot(&lab, 49, 5).await, app.slot(&lab, 50, 5).await);
        // Both wait: the earlier one stays.
        let kept = app.booking(&elder, first).await;
        app.advance(TimeDelta::seconds(1));
        let given_up = app.booking(&younger, first).await;
        // One is confirmed: it stays.
        app.booking(&elder, second).await;
        let confirmed = app.booking(&younger, second).await;
        confirm(app, &lab, confirmed).await;
        // Both are confirmed.
        for who in [&elder, &younger] {
            confirm(app, &lab, app.booking(who, third).await).await;
        }
        app.advance(TimeDelta::seconds(1));
        let joined = openly(app, "xiaoming").await;
        assert_eq!(statuses(app, &joined).await, [
            "cancelled_by_user", "cancelled_by_user", "cancelled_by_user", "confirmed", "confirmed",
            "pending_lab",
        ]);
        let get = async |id: Uuid| {
            app.get(&format!("/api/v1/bookings/{id}")).by(&joined).send().await.expect(200)
        };
        assert_eq!(get(kept).await["status"], "pending_lab");
        assert_eq!(get(confirmed).await["status"], "confirmed");
        let gone = get(given_up).await;
        assert!(gone["timeline"][1]["reason"].as_str().unwrap().contains("账号合并"), "{gone}");
        assert_eq!(app.count("SELECT SUM(held) FROM slots").await, 1);
        assert_eq!(app.count("SELECT SUM(booked) FROM slots").await, 2);
        sweep(app).await;
    }

    async fn attempts_at_one_quiz_all_stay_and_one_goes_on(app) {
        let quiz = app.quiz(|quiz| quiz["attempts_allowed"] = json!(4)).await;
        let (elder, younger) = elder_and_younger(app, "xiaoming").await;
        let mine = start(app, &elder, quiz).await;
        submit(app, &elder, &mine).await;
        app.advance(TimeDelta::seconds(1));
        let fuller = start(app, &elder, quiz).await;
        answer(app, &elder, &fuller, 0).await;
        app.advance(TimeDelta::seconds(1));
        let emptier = start(app, &younger, quiz).await;
        let joined = openly(app, "xiaoming").await;
        let open = start(app, &joined, quiz).await;
        assert_eq!(open["id"], fuller["id"]);
        let path = format!("/api/v1/attempts/{}", emptier["id"].as_str().unwrap());
        let closed = app.get(&path).by(&joined).send().await.expect(200);
        assert_eq!((&closed["status"], &closed["result"]["points"]), (&json!("expired"), &json!(0)));
        let numbers = "SELECT COUNT(DISTINCT attempt_no) FROM quiz_attempts WHERE attempt_no BETWEEN 1 AND 3";
        assert_eq!(app.count(numbers).await, 3);
        // Three of four are used.
        submit(app, &joined, &open).await;
        let last = start(app, &joined, quiz).await;
        submit(app, &joined, &last).await;
        let again = app.post(&format!("/api/v1/quizzes/{quiz}/attempts")).by(&joined).send().await;
        again.problem(409, "attempt_limit_reached");
        sweep(app).await;
    }

    async fn of_two_phones_the_one_bound_last_stays_and_the_owner_is_told(app) {
        let (elder, younger) = elder_and_younger(app, "xiaoming").await;
        bind(app, &younger, "xiaoming", "13800000001").await;
        app.advance(TimeDelta::seconds(1));
        bind(app, &elder, "xiaoming", "13900000002").await;
        let joined = openly(app, "xiaoming").await;
        assert_eq!(me(app, &joined).await["phone"], "139****0002");
        let inbox = app.walk("/api/v1/notifications", Some(&joined), 10).await;
        assert_eq!(inbox[0]["kind"], "account_merged_phone");
        sweep(app).await;
    }

    async fn of_two_real_names_the_one_given_last_stays_and_an_operator_is_told(app) {
        let (elder, younger) = elder_and_younger(app, "xiaoming").await;
        let give = async |who: &Person, number: &str| {
            let body = json!({ "name": "王小明", "id_number": number, "purpose": "complaint" });
            app.put("/api/v1/me/real-name").by(who).json(body).send().await.expect(200)
        };
        give(&elder, "11010519491231002X").await;
        app.advance(TimeDelta::seconds(1));
        give(&younger, "110105199001011232").await;
        let joined = openly(app, "xiaoming").await;
        let kept = app.get("/api/v1/me/real-name").by(&joined).send().await.expect(200);
        assert_eq!(kept["id_number"], "1****************2");
        let admin = app.staff(Role::SecurityAdmin, "country").await;
        let conflicts = app.walk("/api/v1/staff/account-conflicts", Some(&admin), 10).await;
        assert_eq!(conflicts[0]["kind"], "real_names_differ");
        let path = format!("/api/v1/staff/account-conflicts/{}/decision", conflicts[0]["id"].as_str().unwrap());
        let decide = |word: &str| app.post(&path).by(&admin).json(json!({ "decision": word })).send();
        decide("adopt").await.invalid("decision");
        decide("keep").await.expect(200);
        sweep(app).await;
    }

    async fn one_key_of_both_keeps_the_elders_answer(app) {
        let (elder, younger) = elder_and_younger(app, "xiaoming").await;
        let own = complain(app, &elder, "the-same-key").await;
        complain(app, &younger, "the-same-key").await;
        let joined = openly(app, "xiaoming").await;
        assert_eq!(complain(app, &joined, "the-same-key").await, own);
        assert_eq!(app.walk("/api/v1/complaints", Some(&joined), 10).await.len(), 2);
        sweep(app).await;
    }

    async fn what_a_late_request_writes_for_the_younger_is_swept_up(app) {
        let lab = app.lab("实验室").await;
        let (shared, own) = (app.slot(&lab, 48, 5).await, app.slot(&lab, 49, 5).await);
        let (elder, younger) = elder_and_younger(app, "xiaoming").await;
        let both = [app.booking(&younger, shared).await, app.booking(&younger, own).await];
        let joined = openly(app, "xiaoming").await;
        // As if the two had been written a moment after the merge.
        let back = format!(
            "UPDATE bookings SET account_id = {} WHERE id IN ({}, {})",
            app.literal(younger.id), app.literal(both[0]), app.literal(both[1])
        );
        app.execute(&back).await;
        app.booking(&joined, shared).await;
        assert_eq!(statuses(app, &joined).await.len(), 1);
        sweep(app).await;
        let joined = openly(app, "xiaoming").await;
        assert_eq!(statuses(app, &joined).await, ["cancelled_by_user", "pending_lab", "pending_lab"]);
        assert_eq!(app.count("SELECT SUM(held) FROM slots").await, 2);
        assert_eq!(joined.id, elder.id);
    }

    async fn a_merge_amid_bookings_loses_none(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let mut slots = Vec::new();
        for hour in 0..12 {
            slots.push(app.slot(&lab, 48 + hour, 5).await);
        }
        let (elder, younger) = elder_and_younger(app, "xiaoming").await;
        let book = |who: Person, slot: Uuid| async move {
            let body = json!({ "slot_id": slot, "product_name": "玩具" });
            let reply = app.post("/api/v1/bookings").by(&who).json(body).send().await;
            assert!(matches!(reply.status.as_u16(), 201 | 401 | 409), "{}", reply.text());
            i64::from(reply.status.as_u16() == 201)
        };
        let asks = slots
            .iter()
            .flat_map(|slot| [book(younger.clone(), *slot), book(elder.clone(), *slot)]);
        let joins = join_all((0..3).map(|_| openly(app, "xiaoming")));
        let (booked, joined) = join(join_all(asks), joins).await;
        sweep(app).await;
        let total: i64 = booked.iter().sum();
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, total);
        let theirs = format!(
            "SELECT COUNT(*) FROM bookings WHERE account_id = {}", app.literal(elder.id)
        );
        assert_eq!(app.count(&theirs).await, total, "every booking is the elder's");
        let active = "SELECT COUNT(*) FROM bookings WHERE status = 'pending_lab'";
        let slots_taken = "SELECT COUNT(DISTINCT slot_id) FROM bookings WHERE status = 'pending_lab'";
        assert_eq!(app.count(active).await, app.count(slots_taken).await, "one of each slot");
        assert!(joined.iter().all(|person| person.id == elder.id));
    }
}
