//! A township without network: the list, and what is told afterwards.

use chrono::TimeDelta;
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tests::{TestApp, backends, plant, wide_pool};
use uuid::Uuid;

use super::{SYNCS, code, confirm, confirmed, desk, outcomes, scan, status, sync};

const LISTS: &str = "/api/v1/staff/check-in-lists";

/// As a scanner does it, by `docs/CHECK-IN.md`.
fn mac(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&hex::decode(key).unwrap()).unwrap();
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn verifies(keys: &Value, code: &Value) -> bool {
    let (content, signature) = code.as_str().unwrap().rsplit_once('.').unwrap();
    let mut keys = keys.as_array().unwrap().iter();
    keys.any(|key| mac(key.as_str().unwrap(), content) == signature)
}

/// The only row's text.
async fn one(app: &TestApp, column: &str) -> Option<String> {
    app.text(&format!("SELECT {column} FROM bookings WHERE checked_in_at IS NOT NULL")).await
}

backends! {
    async fn issue_check_in_list_is_enough_to_know_a_visitor(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 20, 3).await;
        let booking = confirmed(app, &lab, "xiaoming", slot).await;
        app.booking(&app.resident("waits").await, slot).await;
        let on = "2026-11-21";
        let path = format!("{LISTS}?lab_id={}&on={on}", lab.id);
        let list = app.get(&path).by(&lab.staff).send().await.expect(200);
        list["keys"].as_array().unwrap().iter().for_each(|key| plant(key.as_str().unwrap()));
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "who is not confirmed is not let in");
        let item = &list["items"][0];
        assert_eq!(item["booking_id"], json!(booking));
        let shown = code(app, &app.resident("xiaoming").await, booking).await;
        assert!(verifies(&list["keys"], &shown["code"]));
        let pin = shown["pin"].as_str().unwrap();
        let said = |pin: &str| mac(item["pin_salt"].as_str().unwrap(), &format!("{}.{pin}", booking.simple()));
        assert_eq!(said(pin), item["pin_hash"].as_str().unwrap());
        assert_ne!(said("abcdef"), item["pin_hash"].as_str().unwrap());
        assert!(!list.to_string().contains(&format!("\"{pin}\"")));
        let again = app.get(&path).by(&lab.staff).send().await.expect(200);
        assert_eq!(again["keys"], list["keys"]);
        assert_ne!(again["items"][0]["pin_salt"], item["pin_salt"]);
        // Another day's key, and another lab's, opens nothing here.
        let other = app.lab("乙实验室").await;
        for (lab, on) in [(&lab, "2026-11-22"), (&other, on)] {
            let path = format!("{LISTS}?lab_id={}&on={on}", lab.id);
            let list = app.get(&path).by(&lab.staff).send().await.expect(200);
            assert!(!verifies(&list["keys"], &shown["code"]), "{on}");
        }
        app.get(&path).by(&other.staff).send().await.problem(404, "not_found");
        for (query, field) in [("on=2026-11-19", "on"), ("on=2026-11-24", "on"), ("limit=0", "limit")] {
            let path = format!("{LISTS}?lab_id={}&{query}", lab.id);
            app.get(&path).by(&lab.staff).send().await.invalid(field);
        }
        app.get(LISTS).by(&lab.staff).send().await.problem(422, "validation_failed");
        let entries = "SELECT COUNT(*) FROM audit_entries WHERE action = 'check_in_list.issue'";
        assert_eq!(app.count(entries).await, 4);
    }

    async fn sync_check_ins_lets_in_who_came_hours_ago(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let slot = app.slot(&lab, 4, 9).await;
        let by_code = confirmed(app, &lab, "a", slot).await;
        let by_pin = confirmed(app, &lab, "b", slot).await;
        let stranger = confirmed(app, &other, "c", app.slot(&other, 4, 1).await).await;
        let waiting = app.booking(&app.resident("d").await, slot).await;
        let asked = app.booking(&app.resident("g").await, app.slot(&lab, 48, 1).await).await;
        let gone = confirmed(app, &lab, "e", app.slot(&lab, 5, 1).await).await;
        let tomorrow = confirmed(app, &lab, "f", app.slot(&lab, 24, 1).await).await;
        app.advance(TimeDelta::hours(4));
        let (first, lab_desk) = (app.resident("a").await, desk(app, &lab).await);
        let shown = code(app, &first, by_code).await["code"].clone();
        let path = format!("/api/v1/staff/bookings/{gone}/cancellation");
        let reason = json!({ "reason_code": "site_closed", "reason": "停电" });
        app.post(&path).by(&lab_desk).json(reason).send().await.expect(200);
        let scanned_at = app.now();
        // Everybody is long gone, and counts as one who did not come.
        app.advance(TimeDelta::hours(3));
        app.drain_jobs().await;
        assert_eq!(status(app, by_pin).await, "no_show");
        let lab_desk = desk(app, &lab).await;
        let with = |mut scan: Value, change: &dyn Fn(&mut Value)| { change(&mut scan); scan };
        let at = async |booking| with(scan(app, booking, 0).await, &|scan| scan["scanned_at"] = json!(scanned_at));
        let of_code = async |text: &Value| with(at(by_code).await, &|scan| {
            scan["booking_id"] = Value::Null;
            scan["pin"] = Value::Null;
            scan["code"] = text.clone();
            scan["place"] = json!("村口");
        });
        let (content, _) = shown.as_str().unwrap().rsplit_once('.').unwrap();
        let forged = json!(format!("{content}.{}", "0".repeat(64)));
        let scans = [
            of_code(&forged).await,
            of_code(&json!("https://example.com")).await,
            with(of_code(&shown).await, &|scan| scan["scanned_at"] = json!(scanned_at + TimeDelta::hours(1))),
            with(at(by_pin).await, &|scan| scan["pin"] = json!("x12345")),
            with(at(by_pin).await, &|scan| scan["pin"] = Value::Null),
            of_code(&shown).await,
            at(by_pin).await,
            at(stranger).await,
            at(waiting).await,
            at(asked).await,
            at(gone).await,
            at(tomorrow).await,
            at(Uuid::nil()).await,
            scan(app, tomorrow, -16).await,
            scan(app, tomorrow, 3 * 24 * 60 + 1).await,
            at(by_pin).await,
        ];
        let wanted = [
            "code_invalid", "code_invalid", "code_expired", "code_invalid", "code_invalid", "checked_in", "checked_in", "wrong_lab",
            "cancelled_meanwhile", "not_confirmed", "cancelled_meanwhile", "wrong_day", "unknown",
            "future_clock", "too_old", "already_checked_in",
        ];
        assert_eq!(outcomes(app, &lab, &lab_desk, &scans).await, wanted);
        assert_eq!(status(app, by_code).await, "checked_in");
        assert_eq!(status(app, by_pin).await, "checked_in");
        assert_eq!(status(app, tomorrow).await, "confirmed");
        assert_eq!(one(app, "MAX(checked_in_place)").await.as_deref(), Some("村口"));
        // Told again, as after a broken connection, nothing changes and nothing new is said.
        let events = app.count("SELECT COUNT(*) FROM booking_events").await;
        let later = desk(app, &lab).await;
        assert_eq!(outcomes(app, &lab, &later, &scans).await, wanted);
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_events").await, events);
        let reply = sync(app, &lab, &later, &scans[6..7]).await.expect(200);
        assert_eq!(reply["outcomes"][0]["checked_in_by"], json!(lab_desk.id));
        assert_eq!(reply["outcomes"][0]["checked_in_at"], json!(scanned_at));
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'booking.check_in'";
        assert_eq!(app.count(audited).await, 2);
        app.drain_jobs().await;
    }

    async fn a_group_came_when_it_was_let_in(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 4, 9).await;
        let mut groups = Vec::new();
        for name in ["a", "b"] {
            let body = json!({
                "slot_id": slot, "product_name": "文具", "units": 2, "roster": [{ "label": "1" }, {}],
            });
            let post = app.post("/api/v1/bookings").by(&app.resident(name).await).json(body);
            let group: Uuid = post.send().await.expect(201)["id"].as_str().unwrap().parse().unwrap();
            confirm(app, &lab.staff, group).await;
            groups.push(group);
        }
        app.advance(TimeDelta::hours(8));
        app.drain_jobs().await;
        let lab_desk = desk(app, &lab).await;
        let arrivals = async |group: Uuid| {
            let get = app.get(&format!("/api/v1/staff/bookings/{group}")).by(&lab_desk);
            let seats = get.send().await.expect(200)["roster"].clone();
            [seats[0]["arrived_at"].clone(), seats[1]["arrived_at"].clone()]
        };
        assert_eq!(arrivals(groups[0]).await, [Value::Null, Value::Null]);
        let scans = [scan(app, groups[0], 230).await];
        assert_eq!(outcomes(app, &lab, &lab_desk, &scans).await, ["checked_in"]);
        assert_eq!(arrivals(groups[0]).await, [scans[0]["scanned_at"].clone(), scans[0]["scanned_at"].clone()]);
        let path = format!("/api/v1/staff/bookings/{}/no-show-correction", groups[1]);
        let undo = app.post(&path).by(&lab_desk).json(json!({ "reason": "签到表上有签名" }));
        undo.send().await.expect(200);
        let began = json!(app.now() - TimeDelta::hours(4));
        assert_eq!(arrivals(groups[1]).await, [began.clone(), began]);
    }

    async fn sync_check_ins_of_what_was_scanned_twice_says_who_was_first(app) {
        let lab = app.lab("甲实验室").await;
        let booking = confirmed(app, &lab, "a", app.slot(&lab, 3, 1).await).await;
        app.advance(TimeDelta::minutes(150));
        let online = desk(app, &lab).await;
        let shown = code(app, &app.resident("a").await, booking).await["code"].clone();
        let input = json!({ "code": shown, "place": "东门" });
        app.post("/api/v1/staff/check-ins").by(&online).json(input).send().await.expect(200);
        let second = desk(app, &lab).await;
        let reply = sync(app, &lab, &second, &[scan(app, booking, 5).await]).await.expect(200);
        let report = &reply["outcomes"][0];
        assert_eq!(report["outcome"], "already_checked_in");
        assert_eq!([&report["checked_in_by"], &report["checked_in_place"]], [&json!(online.id), &json!("东门")]);
        assert_eq!(report["checked_in_at"], json!(app.now()));
    }

    async fn sync_check_ins_that_cannot_be_is_refused(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let booking = confirmed(app, &lab, "a", app.slot(&lab, 3, 1).await).await;
        let good = scan(app, booking, 0).await;
        sync(app, &lab, &other.staff, std::slice::from_ref(&good)).await.problem(404, "not_found");
        sync(app, &lab, &lab.staff, &[]).await.invalid("scans");
        sync(app, &lab, &lab.staff, &vec![good.clone(); 501]).await.invalid("scans");
        for half in [
            json!({ "code": "v1", "booking_id": booking, "pin": "123456" }),
            json!({}),
        ] {
            let mut wrong = json!({ "scan_id": app.app.ids.id(), "scanned_at": app.now() });
            wrong.as_object_mut().unwrap().extend(half.as_object().unwrap().clone());
            sync(app, &lab, &lab.staff, &[good.clone(), wrong]).await.invalid("scans[1].code");
        }
        let body = json!({ "lab_id": lab.id, "device": "一号机", "scans": [good] });
        app.refuses_each(|| app.post(SYNCS).by(&lab.staff), &body, [
            ("device", json!("")),
            ("device", json!("甲".repeat(41))),
            ("scans[0].scan_id", json!("x")),
            ("scans[0].scanned_at", json!("yesterday")),
            ("scans[0].place", json!("a\nb")),
            ("scans[0].pin", json!("12345")),
        ]).await;
        assert_eq!(status(app, booking).await, "confirmed");
        assert_eq!(app.count("SELECT COUNT(*) FROM check_in_scans").await, 0);
    }

    async fn sync_check_ins_at_midnight_goes_by_the_day_of_china(app) {
        let lab = app.lab("甲实验室").await;
        // From 23:00 to 24:00 in China: 13 hours from now.
        let booking = confirmed(app, &lab, "a", app.slot(&lab, 13, 1).await).await;
        app.advance(TimeDelta::hours(14) + TimeDelta::minutes(30));
        app.drain_jobs().await;
        assert_eq!(status(app, booking).await, "no_show");
        let lab_desk = desk(app, &lab).await;
        // It ends as the next day begins, which counts to the tolerance after that one.
        let said = outcomes(app, &lab, &lab_desk, &[scan(app, booking, 14 * 60 + 46 + 10 * 60).await]).await;
        assert_eq!(said, ["wrong_day"], "15 minutes and one before the day");
        let said = outcomes(app, &lab, &lab_desk, &[scan(app, booking, 29).await]).await;
        assert_eq!(said, ["checked_in"]);
    }

    async fn sync_check_ins_in_a_storm_lets_each_in_once(app, config => { wide_pool(config); }) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 4, 20).await;
        let people = app.residents(20).await;
        let mut bookings = Vec::new();
        for person in &people {
            let booking = app.booking(person, slot).await;
            confirm(app, &lab.staff, booking).await;
            bookings.push(booking);
        }
        app.advance(TimeDelta::hours(4));
        let lab_desk = desk(app, &lab).await;
        // Two scanners saw everybody, and each tells it four times at once.
        let mut batches = vec![Vec::new(); 2];
        for booking in &bookings {
            for batch in &mut batches {
                batch.push(scan(app, *booking, 1).await);
            }
        }
        let tellings = (0..8).map(|n| outcomes(app, &lab, &lab_desk, &batches[n % 2]));
        let told = join_all(tellings).await;
        for n in 0..20 {
            let entered = [&told[0][n], &told[1][n]].into_iter().filter(|said| *said == "checked_in");
            assert_eq!(entered.count(), 1, "booking {n}");
            for round in &told {
                let same = [&told[0][n], &told[1][n]];
                assert!(same.contains(&&round[n]));
            }
        }
        for telling in 2..8 {
            assert_eq!(told[telling], told[telling % 2], "told again, another answer");
        }
        let entered = "SELECT COUNT(*) FROM booking_events WHERE to_status = 'checked_in'";
        assert_eq!(app.count(entered).await, 20);
        assert_eq!(app.count("SELECT COUNT(*) FROM check_in_scans").await, 40);
        app.drain_jobs().await;
    }
}
