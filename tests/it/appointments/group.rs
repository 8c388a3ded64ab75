//! Bookings for a class, a community, or somebody of the family.

use serde_json::{Value, json};
use tests::{backends, plant};

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
            { "position": 1, "label": "二班 1 号", "name": null },
            { "position": 2, "label": "二班 2 号", "name": "李***" },
            { "position": 3, "label": null, "name": null },
        ]);
        assert_eq!(read(app, &person, id(&booked)).await["roster"], seats);
        let path = format!("/api/v1/staff/bookings/{}", id(&booked));
        assert_eq!(app.get(&path).by(&lab.staff).send().await.expect(200)["roster"], seats);
        assert!(app.tables_with("李小花的名字").await.is_empty(), "a name is stored in clear");
        let more = post(app, &app.resident("third").await, "/bookings", of_group(slot, 41, json!([]))).await;
        more.problem(409, "slot_full");
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
