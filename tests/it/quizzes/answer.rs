//! Answers, the key that must not leak, and the score.

use serde_json::{Value, json};
use tests::{TestResponse, backends};
use uuid::Uuid;

use super::{Sheet, start};

/// The texts chosen in the single, the multiple and the true-or-false item.
type Chosen = [&'static [&'static str]; 3];

/// Nothing in an open attempt may tell which option is right.
fn holds_no_key(reply: &TestResponse) {
    fn walk(value: &Value, at: &str) {
        match value {
            Value::Object(fields) => {
                for (name, inner) in fields {
                    let tells = ["correct", "explanation", "key", "result", "position", "score"];
                    assert!(!tells.iter().any(|word| name.contains(word)), "{at} has {name}");
                    walk(inner, &format!("{at}.{name}"));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, at)),
            _ => {}
        }
    }
    walk(&reply.json(), "the reply");
    assert!(!reply.text().contains("解析"), "an explanation leaks: {}", reply.text());
}

backends! {
    async fn answer_item_and_every_reply_before_the_end_hold_no_key(app) {
        let quiz_id = app.quiz(|_| ()).await;
        for path in ["/api/v1/quizzes".to_owned(), format!("/api/v1/quizzes/{quiz_id}")] {
            let reply = app.get(&path).send().await;
            reply.expect(200);
            holds_no_key(&reply);
            assert!(!reply.text().contains("对"), "options leak: {}", reply.text());
        }
        let person = app.resident("xiaoming").await;
        let started = start(app, &person, quiz_id).await;
        holds_no_key(&started);
        let sheet = Sheet { app, person, attempt: started.expect(201) };
        for (stem, texts) in [("单选", &["对的"][..]), ("多选", &["错丙"]), ("判断", &["对"])] {
            let reply = sheet.answer(stem, texts, 1).await;
            reply.expect(200);
            holds_no_key(&reply);
        }
        for reply in [sheet.read().await, start(app, &sheet.person, quiz_id).await] {
            reply.expect(200);
            holds_no_key(&reply);
        }
        // Afterwards it is there to learn from.
        let result = sheet.submit().await.expect(200)["result"].clone();
        let items = result["items"].as_array().unwrap();
        assert!(items.iter().all(|item| item["explanation"].as_str().unwrap().starts_with("解析")));
    }

    async fn submit_attempt_scores_exactly(app) {
        let quiz_id = app.quiz(|_| ()).await;
        // (single, multiple, true or false) and the points of each.
        let cases: [(&str, Chosen, [i64; 3]); 6] = [
            ("all", [&["对的"], &["对甲", "对乙"], &["对"]], [1, 2, 3]),
            ("none", [&["错一"], &["错丙"], &["错"]], [0, 0, 0]),
            ("half", [&["对的"], &["对甲"], &["错"]], [1, 0, 0]),
            ("more", [&["对的"], &["对甲", "对乙", "错丙"], &["对"]], [1, 0, 3]),
            ("order", [&["错二"], &["对乙", "对甲"], &["对"]], [0, 2, 3]),
            ("skip", [&[], &["对甲", "对乙"], &[]], [0, 2, 0]),
        ];
        for (name, answers, points) in cases {
            let sheet = Sheet::start(app, name, quiz_id).await;
            for (stem, texts) in ["单选", "多选", "判断"].into_iter().zip(answers) {
                if !texts.is_empty() {
                    sheet.answer(stem, texts, 1).await.expect(200);
                }
            }
            let closed = sheet.submit().await.expect(200);
            assert_eq!(closed["status"], "submitted");
            let result = &closed["result"];
            assert_eq!(result["points"], points.iter().sum::<i64>(), "{name}");
            assert_eq!(result["max_points"], 6);
            for (stem, expected) in ["单选", "多选", "判断"].into_iter().zip(points) {
                let id = &sheet.item(stem)["id"];
                let items = result["items"].as_array().unwrap();
                let item = items.iter().find(|item| item["id"] == *id).unwrap();
                assert_eq!(item["points"], expected, "{name}: {stem}");
                assert_eq!(item["is_correct"], expected > 0, "{name}: {stem}");
            }
        }
        let stored = "SELECT COUNT(*) FROM quiz_attempts WHERE points = max_points";
        assert_eq!(app.count(stored).await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM attempt_answers WHERE is_correct IS NULL").await, 0);
    }

    async fn submit_attempt_shows_the_key_by_the_ids_of_this_attempt(app) {
        let sheet = Sheet::start(app, "xiaoming", app.quiz(|_| ()).await).await;
        let result = sheet.submit().await.expect(200)["result"].clone();
        let items = result["items"].as_array().unwrap();
        for (stem, right) in
            [("单选", &["对的"][..]), ("多选", &["对甲", "对乙"]), ("判断", &["对"])]
        {
            let id = &sheet.item(stem)["id"];
            let item = items.iter().find(|item| item["id"] == *id).unwrap();
            let mut key: Vec<Value> = item["correct"].as_array().unwrap().clone();
            let mut expected = sheet.options(stem, right);
            key.sort_by_key(ToString::to_string);
            expected.sort_by_key(ToString::to_string);
            assert_eq!(key, expected, "{stem}");
        }
    }

    async fn answer_item_again_takes_the_higher_seq(app) {
        let sheet = Sheet::start(app, "xiaoming", app.quiz(|_| ()).await).await;
        sheet.answer("单选", &["错一"], 5).await.expect(200);
        for old in [1, 4, 5] {
            sheet.answer("单选", &["错二"], old).await.problem(409, "answer_outdated");
        }
        let stored = sheet.answer("单选", &["对的"], 6).await.expect(200);
        assert_eq!(stored["seq"], 6);
        let item = |attempt: &Value| {
            let items = attempt["items"].as_array().unwrap().clone();
            items.into_iter().find(|item| item["stem"] == "单选").unwrap()["choices"].clone()
        };
        assert_eq!(item(&sheet.read().await.expect(200)), json!(sheet.options("单选", &["对的"])));
        // Another item counts for itself.
        sheet.answer("判断", &["对"], 1).await.expect(200);
        assert_eq!(sheet.submit().await.expect(200)["result"]["points"], 4);
    }

    async fn answer_item_with_what_cannot_be_chosen_is_refused(app) {
        let sheet = Sheet::start(app, "xiaoming", app.quiz(|_| ()).await).await;
        let single = sheet.item("单选")["id"].as_str().unwrap();
        let choose = |choices: Value| sheet.put(single, json!({ "choices": choices, "seq": 1 }));
        let two = sheet.options("单选", &["对的", "错一"]);
        let foreign = sheet.options("判断", &["对"]);
        let one = &two[0];
        for choices in [
            json!([]),
            json!(two),
            json!([one, one]),
            json!(foreign),
            json!(["zzzz"]),
            json!(["x".repeat(17)]),
            json!(["中文"]),
            json!([one, one, one, one, one, one, one, one, one]),
            json!("x"),
            json!([1]),
        ] {
            choose(choices).await.problem(422, "validation_failed");
        }
        let body = json!({ "choices": [one], "seq": 1 });
        let path = format!("{}/answers/{single}", sheet.path());
        app.refuses_each(|| app.put(&path).by(&sheet.person), &body, [
            ("seq", json!(0)), ("seq", json!(-1)), ("seq", json!(1_000_001)), ("seq", json!(1.5)),
            ("seq", json!("1")), ("seq", json!(99_999_999_999_i64)), ("is_correct", json!(true)),
        ]).await;
        let double = sheet.options("多选", &["对甲", "对甲"]);
        let multiple = sheet.item("多选")["id"].as_str().unwrap();
        sheet.put(multiple, json!({ "choices": double, "seq": 1 })).await.invalid("choices");
        assert_eq!(app.count("SELECT COUNT(*) FROM attempt_answers").await, 0);
    }

    async fn answer_item_of_another_quiz_is_refused(app) {
        let sheet = Sheet::start(app, "xiaoming", app.quiz(|_| ()).await).await;
        let other = Sheet::start(app, "xiaoming", app.quiz(|_| ()).await).await;
        let body = json!({ "choices": other.options("单选", &["对的"]), "seq": 1 });
        let foreign = other.item("单选")["id"].as_str().unwrap();
        sheet.put(foreign, body.clone()).await.problem(404, "not_found");
        sheet.put(&Uuid::nil().to_string(), body.clone()).await.problem(404, "not_found");
        sheet.put("7", body).await.problem(404, "not_found");
    }

    async fn answer_item_after_the_end_is_refused(app) {
        let sheet = Sheet::start(app, "xiaoming", app.quiz(|_| ()).await).await;
        sheet.answer("单选", &["对的"], 1).await.expect(200);
        let first = sheet.submit().await.expect(200);
        sheet.answer("单选", &["错一"], 2).await.problem(409, "attempt_closed");
        sheet.answer("判断", &["对"], 1).await.problem(409, "attempt_closed");
        // Submitting again tells the same; so does looking.
        app.advance(chrono::TimeDelta::hours(1));
        let person = app.resident("xiaoming").await;
        let sheet = Sheet { app, person, attempt: sheet.attempt };
        assert_eq!(sheet.submit().await.expect(200), first);
        assert_eq!(sheet.read().await.expect(200), first);
    }

    async fn get_attempt_of_somebody_else_is_refused(app) {
        let sheet = Sheet::start(app, "xiaoming", app.quiz(|_| ()).await).await;
        let thief = Sheet { app, person: app.resident("dahei").await, attempt: sheet.attempt.clone() };
        thief.read().await.problem(404, "not_found");
        thief.answer("单选", &["对的"], 1).await.problem(404, "not_found");
        thief.submit().await.problem(404, "not_found");
        assert_eq!(sheet.read().await.expect(200)["status"], "in_progress");
        for id in [Uuid::nil().to_string(), "7".to_owned()] {
            let get = app.get(&format!("/api/v1/attempts/{id}")).by(&sheet.person).send().await;
            get.problem(404, "not_found");
        }
    }
}
