//! Taking a seat.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures_util::future::join_all;
use sanjin::platform::config::{Key, Secret};
use sanjin::platform::crypto::rotate;
use serde_json::{Value, json};
use tests::{backends, limit, wide_pool};

use super::sit;

backends! {
    async fn take_class_seat_gives_an_account_without_a_person(app) {
        let class = app.class(&app.teacher("laoshi").await, 5).await;
        let before = app.count("SELECT COUNT(*) FROM wechat_identities").await;
        let reply = sit(app, json!({ "class_code": class.code.to_lowercase() })).await;
        let seat = reply.expect(200);
        assert_eq!([&seat["class_label"], &seat["seat_number"]], [&json!("三年级2班"), &json!(1)]);
        assert_eq!(seat["pin"].as_str().unwrap().len(), 6);
        assert_eq!(reply.header("cache-control"), "no-store");
        let me = app.get("/api/v1/me").bearer(seat["access_token"].as_str().unwrap());
        let me = me.send().await.expect(200);
        assert_eq!(me["standing"], "seat");
        assert_eq!([&me["phone"], &me["audience"], &me["region_code"]], [&Value::Null; 3]);
        assert_eq!(app.count("SELECT COUNT(*) FROM wechat_identities").await, before);
        let refresh = json!({ "refresh_token": seat["refresh_token"] });
        app.post("/api/v1/auth/refresh").json(refresh).send().await.expect(200);
    }

    async fn take_class_seat_by_number_and_come_back_with_the_card(app) {
        let class = app.class(&app.teacher("laoshi").await, 3).await;
        let with = |more: Value| {
            let mut body = json!({ "class_code": class.code });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            sit(app, body)
        };
        let first = with(json!({ "seat_number": 2 })).await.expect(200);
        with(json!({ "seat_number": 2 })).await.problem(409, "seat_taken");
        with(json!({ "seat_number": 4 })).await.problem(404, "not_found");
        let back = with(json!({ "seat_number": 2, "pin": first["pin"] })).await.expect(200);
        assert_eq!([&back["seat_number"], &back["pin"]], [&json!(2), &Value::Null]);
        // The next free ones, round the one that is taken.
        assert_eq!(with(json!({})).await.expect(200)["seat_number"], 1);
        assert_eq!(with(json!({})).await.expect(200)["seat_number"], 3);
        with(json!({})).await.problem(409, "class_full");
        assert_eq!(app.count("SELECT COUNT(*) FROM accounts WHERE kind = 'seat'").await, 3);
    }

    async fn take_class_seat_with_wrong_digits_locks_the_seat_until_another_card(app) {
        let teacher = app.teacher("laoshi").await;
        let class = app.class(&teacher, 3).await;
        let pin = sit(app, json!({ "class_code": class.code })).await.expect(200)["pin"].clone();
        let other = if pin == "000000" { "000001" } else { "000000" };
        let back = |pin: Value| {
            sit(app, json!({ "class_code": class.code, "seat_number": 1, "pin": pin }))
        };
        for _ in 0..4 {
            back(json!(other)).await.problem(401, "seat_pin_invalid");
        }
        // Right in between starts anew.
        back(pin.clone()).await.expect(200);
        for _ in 0..5 {
            back(json!(other)).await.problem(401, "seat_pin_invalid");
        }
        back(pin).await.problem(409, "seat_locked");
        let path = format!("/api/v1/classes/{}", class.id);
        let seats = app.get(&path).by(&teacher).send().await.expect(200)["seats"].clone();
        assert_eq!(seats[0]["is_locked"], true);
        let card = app.post(&format!("{path}/seats/1/card")).by(&teacher).send().await.expect(200);
        back(card["pin"].clone()).await.expect(200);
    }

    async fn take_class_seat_with_a_wrong_body_is_refused(app) {
        let class = app.class(&app.teacher("laoshi").await, 3).await;
        let body = json!({ "class_code": class.code });
        app.refuses_each(|| app.post("/api/v1/auth/class-seat"), &body, [
            ("class_code", json!("")), ("class_code", json!("x".repeat(17))), ("class_code", Value::Null),
            ("seat_number", json!(0)), ("seat_number", json!(61)), ("seat_number", json!(-1)),
            ("pin", json!("12345")), ("pin", json!(123_456)), ("name", json!("小华")),
            ("phone", json!("13800138000")),
        ]).await;
        for code in ["ABCDEFGH", "小华的班", "' OR 1=1 --"] {
            sit(app, json!({ "class_code": code })).await.problem(422, "class_code_invalid");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM class_seats").await, 0);
    }

    async fn take_class_seat_by_an_old_code_is_refused(app) {
        let class = app.class(&app.teacher("laoshi").await, 3).await;
        let join = || sit(app, json!({ "class_code": class.code }));
        app.advance(TimeDelta::days(14) - TimeDelta::seconds(1));
        join().await.expect(200);
        app.advance(TimeDelta::seconds(1));
        join().await.problem(422, "class_code_invalid");
    }

    async fn a_class_code_and_a_card_in_use_outlive_a_change_of_keys(app) {
        let key = || Key { id: "new".to_owned(), secret: Secret::new("6".repeat(64)) };
        let class = app.class(&app.teacher("laoshi").await, 3).await;
        let pin = sit(app, json!({ "class_code": class.code })).await.expect(200)["pin"].clone();
        let back = json!({ "class_code": class.code, "seat_number": 1, "pin": pin });
        let next = app.replica_with(|config| config.crypto.index_keys.insert(0, key())).await;
        sit(&next, back.clone()).await.expect(200);
        assert!(rotate(&next.app, usize::MAX, |_| {}).await.unwrap());
        next.stop().await;
        let alone = app.replica_with(|config| config.crypto.index_keys = vec![key()]).await;
        sit(&alone, back).await.expect(200);
        assert_eq!(sit(&alone, json!({ "class_code": class.code })).await.expect(200)["seat_number"], 2);
        alone.stop().await;
    }

    async fn guessing_class_codes_is_limited_by_address(
        app, config => { limit(config, "class_joins", 3); }
    ) {
        for _ in 0..3 {
            sit(app, json!({ "class_code": "ABCDEFGH" })).await.problem(422, "class_code_invalid");
        }
        let limited = sit(app, json!({ "class_code": "ABCDEFGH" })).await;
        limited.problem(429, "rate_limited");
        assert!(!limited.header("retry-after").is_empty());
    }

    async fn guessing_class_codes_is_limited_for_all_together(
        app, config => { limit(config, "all_class_joins", 2); }
    ) {
        for _ in 0..2 {
            sit(app, json!({ "class_code": "ABCDEFGH" })).await.problem(422, "class_code_invalid");
        }
        sit(app, json!({ "class_code": "ABCDEFGH" })).await.problem(429, "rate_limited");
    }

    async fn sixty_pupils_at_once_fill_fifty_seats(app, config => { wide_pool(config); }) {
        let class = app.class(&app.teacher("laoshi").await, 50).await;
        let replies = join_all((0..60).map(|_| sit(app, json!({ "class_code": class.code })))).await;
        let mut numbers = BTreeSet::new();
        for reply in &replies {
            match reply.status.as_u16() {
                200 => assert!(numbers.insert(reply.json()["seat_number"].as_i64().unwrap())),
                _ => drop(reply.problem(409, "class_full")),
            }
        }
        assert_eq!(numbers, (1..=50).collect());
        assert_eq!(app.count("SELECT COUNT(*) FROM class_seats").await, 50);
        assert_eq!(app.count("SELECT COUNT(*) FROM accounts WHERE kind = 'seat'").await, 50);
    }

    async fn one_seat_wanted_by_many_at_once_is_given_once(app, config => { wide_pool(config); }) {
        let class = app.class(&app.teacher("laoshi").await, 50).await;
        let asks = (0..10).map(|_| sit(app, json!({ "class_code": class.code, "seat_number": 7 })));
        let replies = join_all(asks).await;
        let given = replies.iter().filter(|reply| reply.status.as_u16() == 200).count();
        assert_eq!(given, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM accounts WHERE kind = 'seat'").await, 1);
    }

    async fn digits_guessed_by_many_at_once_are_counted(app, config => { wide_pool(config); }) {
        let class = app.class(&app.teacher("laoshi").await, 1).await;
        let pin = sit(app, json!({ "class_code": class.code })).await.expect(200)["pin"].clone();
        let wrong = if pin == "000000" { "000001" } else { "000000" };
        let body = json!({ "class_code": class.code, "seat_number": 1, "pin": wrong });
        let replies = join_all((0..12).map(|_| sit(app, body.clone()))).await;
        let tried = replies.iter().filter(|reply| reply.status.as_u16() == 401).count();
        assert_eq!(tried, 5, "the rest found the seat locked");
    }
}
