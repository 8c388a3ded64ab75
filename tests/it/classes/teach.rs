//! What a teacher does.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::sit;

const CLASSES: &str = "/api/v1/classes";

async fn open(app: &TestApp, teacher: &Person) -> TestResponse {
    let body = json!({ "grade": 3, "number": 2, "size": 50, "region_code": "110101" });
    app.post(CLASSES).by(teacher).json(body).send().await
}

/// Answers a quiz from a seat, right or wrong throughout.
async fn answer(app: &TestApp, seat: &Person, quiz: Uuid, is_right: bool) {
    let path = format!("/api/v1/quizzes/{quiz}/attempts");
    let paper = app.post(&path).by(seat).send().await.expect(201);
    let attempt = format!("/api/v1/attempts/{}", paper["id"].as_str().unwrap());
    for item in paper["items"].as_array().unwrap() {
        let options = item["options"].as_array().unwrap().iter();
        let fits = |option: &&Value| option["text"].as_str().unwrap().starts_with('对') == is_right;
        let mut choices: Vec<&Value> = options.filter(fits).map(|option| &option["id"]).collect();
        if item["kind"] != "multiple" {
            choices.truncate(1);
        }
        let path = format!("{attempt}/answers/{}", item["id"].as_str().unwrap());
        let body = json!({ "choices": choices, "seq": 1 });
        app.put(&path).by(seat).json(body).send().await.expect(200);
    }
    app.post(&format!("{attempt}/submission")).by(seat).send().await.expect(200);
}

backends! {
    async fn open_class_names_no_school_and_ends_with_the_school_year(app) {
        let teacher = app.teacher("laoshi").await;
        let class = open(app, &teacher).await.expect(201);
        assert_eq!([&class["label"], &class["expires_on"]], ["三年级2班", "2027-08-31"]);
        assert_eq!([&class["status"], &class["seats"]], [&json!("open"), &json!([])]);
        let code = class["code"].as_str().unwrap();
        assert!(code.len() == 8 && !code.contains(['0', 'O', '1', 'I', 'L', 'U']));
        assert_eq!(app.tables_with(code).await, Vec::<String>::new());
        let path = format!("{CLASSES}/{}", class["id"].as_str().unwrap());
        assert_eq!(app.get(&path).by(&teacher).send().await.expect(200), class);
    }

    async fn open_class_is_for_teachers_with_a_phone(app) {
        let person = app.resident("xiaoming").await;
        open(app, &person).await.problem(403, "age_required");
        app.declare(&person, json!({ "band": "adult" })).await;
        open(app, &person).await.problem(403, "teacher_required");
        let teacher = json!({ "audience": "teacher" });
        app.patch("/api/v1/me").by(&person).json(teacher).send().await.expect(200);
        open(app, &person).await.problem(403, "phone_required");
        app.bind_phone(&person, "xiaoming").await;
        open(app, &person).await.expect(201);
        open(app, &app.teen("xiaohong").await).await.problem(403, "not_for_children");
        assert_eq!(app.count("SELECT COUNT(*) FROM classes").await, 1);
    }

    async fn open_class_with_a_wrong_field_is_refused(app) {
        let teacher = app.teacher("laoshi").await;
        let body = json!({ "grade": 3, "number": 2, "size": 50, "region_code": "110101" });
        app.refuses_each(|| app.post(CLASSES).by(&teacher), &body, [
            ("grade", json!(0)), ("grade", json!(13)), ("number", json!(0)), ("number", json!(41)),
            ("size", json!(0)), ("size", json!(61)), ("size", json!(70_000)), ("size", json!("50")),
            ("expires_on", json!("2026-11-19")), ("expires_on", json!("2027-09-01")),
            ("school", json!("第一小学")), ("label", json!("小华的班")),
        ]).await;
        let nowhere = tests::with(&body, "region_code", json!("999999"));
        let post = app.post(CLASSES).by(&teacher).json(nowhere).send().await;
        post.problem(422, "unknown_region");
        assert_eq!(app.count("SELECT COUNT(*) FROM classes").await, 0);
    }

    async fn open_class_has_a_bound_for_each_teacher(app) {
        let teacher = app.teacher("laoshi").await;
        let mut ids = Vec::new();
        for _ in 0..20 {
            ids.push(app.class(&teacher, 1).await.id);
        }
        open(app, &teacher).await.problem(409, "class_limit_reached");
        let close = format!("{CLASSES}/{}/closure", ids[0]);
        app.post(&close).by(&teacher).send().await.expect(204);
        open(app, &teacher).await.expect(201);
        app.drain_jobs().await;
        open(app, &app.teacher("other").await).await.expect(201);
    }

    async fn list_classes_walks_ones_own_newest_first(app) {
        let (teacher, other) = (app.teacher("laoshi").await, app.teacher("other").await);
        for _ in 0..3 {
            app.class(&teacher, 1).await;
            app.advance(TimeDelta::seconds(1));
        }
        for limit in [1, 2, 3] {
            assert_eq!(app.walk(CLASSES, Some(&teacher), limit).await.len(), 3);
        }
        assert!(app.walk(CLASSES, Some(&other), 5).await.is_empty());
        app.refuses_bad_pages(CLASSES, Some(&teacher)).await;
    }

    async fn a_class_of_another_teacher_does_not_exist(app) {
        let (teacher, other) = (app.teacher("laoshi").await, app.teacher("other").await);
        let class = app.class(&teacher, 5).await;
        app.seat(&class).await;
        for id in [class.id, Uuid::nil()] {
            let path = format!("{CLASSES}/{id}");
            app.get(&path).by(&other).send().await.problem(404, "not_found");
            let results = format!("{path}/results?quiz_id={}", Uuid::nil());
            app.get(&results).by(&other).send().await.problem(404, "not_found");
            for what in ["code", "closure", "seats/1/card"] {
                let post = app.post(&format!("{path}/{what}")).by(&other).send().await;
                post.problem(404, "not_found");
            }
            app.delete(&format!("{path}/seats/1")).by(&other).send().await.problem(404, "not_found");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM class_seats").await, 1);
    }

    async fn get_class_results_shows_the_best_of_each_seat_as_numbers(app) {
        let teacher = app.teacher("laoshi").await;
        let (class, other) = (app.class(&teacher, 5).await, app.class(&teacher, 5).await);
        let quiz = app.quiz(|_| ()).await;
        let (first, second) = (app.seat(&class).await, app.seat(&class).await);
        let open = app.seat(&class).await;
        let elsewhere = app.seat(&other).await;
        answer(app, &first, quiz, false).await;
        answer(app, &first, quiz, true).await;
        answer(app, &second, quiz, false).await;
        answer(app, &elsewhere, quiz, true).await;
        app.post(&format!("/api/v1/quizzes/{quiz}/attempts")).by(&open).send().await.expect(201);
        let path = format!("{CLASSES}/{}/results", class.id);
        let results = app.get(&format!("{path}?quiz_id={quiz}")).by(&teacher).send().await.expect(200);
        assert_eq!(results, json!({ "items": [
            { "seat_number": 1, "points": 6, "max_points": 6 },
            { "seat_number": 2, "points": 0, "max_points": 6 },
        ] }));
        app.get(&path).by(&teacher).send().await.invalid("quiz_id");
        let none = format!("{path}?quiz_id={}", Uuid::nil());
        assert_eq!(app.get(&none).by(&teacher).send().await.expect(200)["items"], json!([]));
    }

    async fn renew_class_code_lets_nobody_in_by_the_old_one(app) {
        let teacher = app.teacher("laoshi").await;
        let class = app.class(&teacher, 5).await;
        let seat = app.seat(&class).await;
        let path = format!("{CLASSES}/{}/code", class.id);
        let renewed = app.post(&path).by(&teacher).send().await.expect(200);
        sit(app, json!({ "class_code": class.code })).await.problem(422, "class_code_invalid");
        let code = renewed["code"].as_str().unwrap();
        assert_eq!(sit(app, json!({ "class_code": code })).await.expect(200)["seat_number"], 2);
        // Whoever sits stays.
        app.get("/api/v1/me").by(&seat).send().await.expect(200);
    }

    async fn renew_seat_card_ends_the_sessions_of_that_seat(app) {
        let teacher = app.teacher("laoshi").await;
        let class = app.class(&teacher, 5).await;
        let (seat, neighbour) = (app.seat(&class).await, app.seat(&class).await);
        let path = format!("{CLASSES}/{}/seats/1/card", class.id);
        let card = app.post(&path).by(&teacher).send().await.expect(200);
        app.get("/api/v1/me").by(&seat).send().await.problem(401, "token_invalid");
        app.get("/api/v1/me").by(&neighbour).send().await.expect(200);
        let back = json!({ "class_code": class.code, "seat_number": 1, "pin": card["pin"] });
        let back = sit(app, back).await.expect(200);
        let me = app.get("/api/v1/me").bearer(back["access_token"].as_str().unwrap()).send().await;
        assert_eq!(me.expect(200)["id"], json!(seat.id));
        let free = format!("{CLASSES}/{}/seats/4/card", class.id);
        app.post(&free).by(&teacher).send().await.problem(404, "not_found");
    }
}
