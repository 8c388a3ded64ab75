//! Bookings for a class, a community, or somebody of the family.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Lab, backends, plant};

use super::{confirm, counters, hold, id, post, read};

fn of_group(slot: uuid::Uuid, units: i64, roster: Value) -> Value {
    json!({ "slot_id": slot, "product_name": "文具", "units": units, "roster": roster })
}

backends! {
    async fn create_booking_for_a_class_takes_a_place_for_each(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 40).await;
        let person = app.resident("teacher").await;
        plant("李小花的名字");
        let roster = json!([{ "label": "二班 1 号" }, { "label": "二班 2 号", "name": "李小花的名字" }, {}]);
        let booked = post(app, &person, "/bookings", of_group(slot, 30, roster)).await.expect(201);
        assert_eq!(booked["units"], 30);
        assert_eq!(counters(app).await, (30, 0));
        let other = app.resident("other").await;
        let more = post(app, &other, "/bookings", of_group(slot, 11, json!([]))).await;
        more.problem(409, "slot_held");
        post(app, &other, "/bookings", of_group(slot, 10, json!([]))).await.expect(201);
        confirm(app, &lab, id(&booked)).await.expect(200);
        assert_eq!(counters(app).await, (10, 30));
        let seats = json!([
            { "position": 1, "label": "二班 1 号", "name": null, "arrived_at": null },
            { "position": 2, "label": "二班 2 号", "name": "李***", "arrived_at": null },
            { "position": 3, "label": null, "name": null, "arrived_at": null },
        ]);
        assert_eq!(read(app, &person, id(&booked)).await["roster"], seats);
        let path = format!("/api/v1/staff/bookings/{}", id(&booked));
        assert_eq!(app.get(&path).by(&lab.staff).send().await.expect(200)["roster"], seats);
        assert!(app.tables_with("李小花的名字").await.is_empty(), "a name is stored in clear");
        let more = post(app, &app.resident("third").await, "/bookings", of_group(slot, 41, json!([]))).await;
        more.problem(409, "slot_full");
    }

    async fn set_attendance_says_who_of_a_class_came(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 4, 40).await;
        let roster = json!([{ "label": "1 号" }, { "label": "2 号" }, { "label": "3 号" }]);
        let teacher = app.resident("teacher").await;
        let booked = id(&post(app, &teacher, "/bookings", of_group(slot, 4, roster)).await.expect(201));
        confirm(app, &lab, booked).await.expect(200);
        let path = format!("/api/v1/staff/bookings/{booked}/attendance");
        let put = async |version: i64, absent: Value| {
            let put = app.put(&path).by(&lab.staff).header("if-match", &format!("\"{version}\""));
            put.json(json!({ "absent": absent })).send().await
        };
        put(1, json!([1])).await.problem(409, "booking_not_pending");
        app.advance(TimeDelta::minutes(220));
        let teacher = app.resident("teacher").await;
        let code = app.get(&format!("/api/v1/bookings/{booked}/check-in-code")).by(&teacher);
        let code = code.send().await.expect(200)["code"].clone();
        let lab = Lab { staff: app.staff_again(&lab.staff).await, ..lab };
        let check_in = app.post("/api/v1/staff/check-ins").by(&lab.staff);
        let view = check_in.json(json!({ "code": code })).send().await.expect(200);
        let version = view["version"].as_i64().unwrap();
        let came_at = app.now();
        app.advance(TimeDelta::minutes(5));
        let put = async |version: i64, absent: Value| {
            let put = app.put(&path).by(&lab.staff).header("if-match", &format!("\"{version}\""));
            put.json(json!({ "absent": absent })).send().await
        };
        let arrivals = |view: &Value| -> Vec<Value> {
            view["roster"].as_array().unwrap().iter().map(|seat| seat["arrived_at"].clone()).collect()
        };
        let served = async || {
            let day = "from=2026-11-20&to=2026-11-20";
            let get = app.get(&format!("/api/v1/staff/booking-statistics?{day}")).by(&lab.staff);
            get.send().await.expect(200)["groups"][0]["units_served"].clone()
        };
        let read = app.get(&format!("/api/v1/staff/bookings/{booked}")).by(&lab.staff);
        let all = [json!(came_at), json!(came_at), json!(came_at)];
        assert_eq!(arrivals(&read.send().await.expect(200)), all, "who is let in is there");
        assert_eq!(served().await, 4);
        let seen = put(version, json!([2, 3])).await.expect(200);
        assert_eq!(arrivals(&seen), [json!(came_at), Value::Null, Value::Null]);
        assert_eq!(served().await, 2, "one who is on no list, and one who is");
        // Another door looked at it before.
        put(version, json!([3])).await.problem(412, "stale_version");
        app.put(&path).by(&lab.staff).json(json!({ "absent": [] })).send().await
            .problem(428, "precondition_required");
        // The third came late.
        let seen = put(version + 1, json!([2])).await;
        assert_eq!(seen.header("etag"), format!("\"{}\"", version + 2));
        assert_eq!(arrivals(&seen.expect(200)), [json!(came_at), Value::Null, json!(app.now())]);
        assert_eq!(served().await, 3);
        for (absent, field) in [
            (json!([1, 4]), "absent[1]"), (json!([0]), "absent[0]"), (json!(["1"]), "absent[0]"),
            (json!(vec![1; 501]), "absent"), (json!(null), "absent"),
        ] {
            put(version + 2, absent).await.invalid(field);
        }
        let other = app.lab("乙实验室").await;
        let foreign = app.put(&path).by(&other.staff).header("if-match", "\"3\"");
        foreign.json(json!({ "absent": [] })).send().await.problem(404, "not_found");
        // Days later it is a mistake that is put right, and nobody came that late.
        app.advance(TimeDelta::days(3));
        let lab = Lab { staff: app.staff_again(&lab.staff).await, ..lab };
        let put = async |version: i64, absent: Value| {
            let put = app.put(&path).by(&lab.staff).header("if-match", &format!("\"{version}\""));
            put.json(json!({ "absent": absent })).send().await
        };
        let seen = put(version + 2, json!([1])).await.expect(200);
        assert_eq!(arrivals(&seen)[..2], [Value::Null, json!(came_at)]);
        let served = async || {
            let day = "from=2026-11-20&to=2026-11-20";
            let get = app.get(&format!("/api/v1/staff/booking-statistics?{day}")).by(&lab.staff);
            get.send().await.expect(200)["groups"][0]["units_served"].clone()
        };
        assert_eq!(served().await, 3);
        // The list goes with its owner's account, and what was counted stays.
        app.execute("DELETE FROM booking_rosters").await;
        assert_eq!(served().await, 3);
        app.advance(TimeDelta::days(5));
        let lab = Lab { staff: app.staff_again(&lab.staff).await, ..lab };
        let late = app.put(&path).by(&lab.staff).header("if-match", &format!("\"{}\"", version + 3));
        late.json(json!({ "absent": [] })).send().await.problem(409, "attendance_settled");
        let trail = "SELECT COUNT(*) FROM audit_entries WHERE action = 'booking.set_attendance'";
        assert_eq!(app.count(trail).await, 3);
        app.drain_jobs().await;
    }

    async fn set_attendance_of_nobody_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 4, 40).await;
        let teacher = app.resident("teacher").await;
        let pair = of_group(slot, 2, json!([{}, {}]));
        let booked = id(&post(app, &teacher, "/bookings", pair).await.expect(201));
        confirm(app, &lab, booked).await.expect(200);
        let row = app.literal(booked);
        let now = app.now().to_rfc3339();
        let came = format!("status = 'checked_in', checked_in_at = '{now}' WHERE id = {row}");
        app.execute(&format!("UPDATE bookings SET {came}")).await;
        let put = app.put(&format!("/api/v1/staff/bookings/{booked}/attendance")).by(&lab.staff);
        put.header("if-match", "\"1\"").json(json!({ "absent": [1, 2] })).send().await.invalid("absent");
    }

    async fn create_booking_for_a_group_with_a_wrong_field_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 100).await;
        let person = app.resident("teacher").await;
        let body = of_group(slot, 2, json!([{}, {}]));
        app.refuses_each(|| app.post("/api/v1/bookings").by(&person), &body, [
            ("units", json!(0)),
            ("units", json!(-3)),
            ("units", json!(61)),
            ("units", json!(1.5)),
            ("roster", json!([{}, {}, {}])),
            ("roster", json!(vec![json!({}); 10_000])),
            ("roster[1].name", json!("名".repeat(41))),
            ("roster[0].label", json!("两\n行")),
            ("roster[0].id_number", json!("110101199001011234")),
            ("roster[1]", json!("一")),
        ]).await;
        assert_eq!(counters(app).await, (0, 0));
    }

    async fn create_booking_for_the_family_is_for_each_of_them_once(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 5).await;
        let person = app.resident("xiaoming").await;
        plant("王小明的奶奶");
        let book_for = |beneficiary: Value| {
            let body = json!({ "slot_id": slot, "product_name": "药枕", "beneficiary": beneficiary });
            post(app, &person, "/bookings", body)
        };
        let own = book_for(json!(null)).await.expect(201);
        assert_eq!(own["beneficiary"], Value::Null);
        let granny = json!({ "name": " 王小明的奶奶 ", "phone": "+86 138-0013-8001" });
        let hers = book_for(granny.clone()).await.expect(201);
        let shown = json!({ "name": "王***", "phone": "138****8001" });
        assert_eq!(hers["beneficiary"], shown);
        book_for(granny).await.problem(409, "already_booked");
        book_for(json!(null)).await.problem(409, "already_booked");
        assert_eq!(counters(app).await, (2, 0));
        let list = app.walk("/api/v1/staff/bookings", Some(&lab.staff), 5).await;
        assert!(list.iter().any(|booking| booking["beneficiary"] == shown));
        for secret in ["王小明的奶奶", "13800138001"] {
            assert!(app.tables_with(secret).await.is_empty(), "{secret} is stored in clear");
        }
        // The form of a hold can name her too, but not twice.
        let held = hold(app, &app.resident("xiaohong").await, slot).await;
        let form = json!({ "product_name": "药枕", "beneficiary": { "name": "王小明的奶奶" } });
        let path = format!("/bookings/{held}/request");
        post(app, &app.resident("xiaohong").await, &path, form).await.expect(200);
    }

    async fn request_booking_for_somebody_who_has_a_place_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 5).await;
        let person = app.resident("xiaoming").await;
        let form = json!({ "product_name": "药枕", "beneficiary": { "name": "奶奶" } });
        let mut body = form.clone();
        body["slot_id"] = json!(slot);
        post(app, &person, "/bookings", body).await.expect(201);
        let held = hold(app, &person, slot).await;
        let path = format!("/bookings/{held}/request");
        post(app, &person, &path, form).await.problem(409, "already_booked");
        let after = read(app, &person, held).await;
        assert_eq!([&after["status"], &after["product_name"]], ["held", ""]);
    }
}
