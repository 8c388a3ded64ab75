//! What a resident asks.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use tests::{backends, limit, wide_pool, with};
use uuid::Uuid;

use super::{
    ANSWER, ATTACKS, OWN, TEXT, answered, ask, asked, asker, follow_up, handler, own,
    question_body, rate, seen,
};

backends! {
    async fn ask_question_is_kept_encrypted_and_shown_to_its_asker(app) {
        let person = asker(app, "xiaoming").await;
        let question = ask(app, &person, question_body()).await.expect(201);
        assert_eq!([&question["status"], &question["title"], &question["text"]], ["asked", "安全座椅怎么选", TEXT]);
        // Five working days after a Friday.
        assert_eq!(question["due_on"], "2026-11-27");
        assert_eq!(question["allowed_actions"], json!([]));
        let id = question["id"].as_str().unwrap();
        assert_eq!(own(app, &person, id).await.expect(200), question);
        for words in [TEXT, "安全座椅怎么选"] {
            assert_eq!(app.tables_with(words).await, Vec::<String>::new());
        }
        let stranger = asker(app, "xiaohong").await;
        own(app, &stranger, id).await.problem(404, "not_found");
        own(app, &person, &Uuid::nil().to_string()).await.problem(404, "not_found");
        assert_eq!(app.count("SELECT COUNT(*) FROM text_reviews WHERE kind = 'question_content'").await, 1);
    }

    async fn ask_question_with_mistakes_is_refused(app) {
        let person = asker(app, "xiaoming").await;
        app.refuses_each(|| app.post(OWN).by(&person), &question_body(), [
            ("title", json!("短")), ("title", json!("字".repeat(61))), ("title", json!("两行\n的标题")),
            ("text", json!("太短")), ("text", json!("字".repeat(2_001))), ("text", json!("看\u{202e}这里的字有问题吗")),
            ("text", json!(null)), ("product_class", json!("toys")), ("region_code", json!("1".repeat(10))),
            ("name", json!("王小明")),
        ]).await;
        let nowhere = with(&question_body(), "region_code", json!("999999"));
        ask(app, &person, nowhere).await.problem(422, "unknown_region");
        let anywhere = with(&question_body(), "region_code", json!(null));
        ask(app, &person, anywhere).await.expect(201);
        assert_eq!(app.count("SELECT COUNT(*) FROM questions").await, 1);
    }

    async fn only_adults_ask(app) {
        let undeclared = app.resident("xiaoming").await;
        ask(app, &undeclared, question_body()).await.problem(403, "age_required");
        let teacher = app.teacher("laoshi").await;
        let class = app.class(&teacher, 1).await;
        for minor in [
            app.teen("teen").await, app.child("child").await, app.ward("ward", &teacher).await, app.seat(&class).await,
        ] {
            ask(app, &minor, question_body()).await.problem(403, "not_for_children");
            app.get(OWN).by(&minor).send().await.problem(403, "not_for_children");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM questions").await, 0);
        ask(app, &teacher, question_body()).await.expect(201);
    }

    async fn a_key_asks_once(app, config => { wide_pool(config); }) {
        let person = asker(app, "xiaoming").await;
        let send = |key: &str, text: &str| {
            let body = with(&question_body(), "text", json!(text));
            app.post(OWN).by(&person).header("idempotency-key", key).json(body).send()
        };
        let replies = join_all((0..8).map(|_| send("one-question", TEXT))).await;
        let first = replies[0].expect(201);
        assert!(replies.iter().all(|reply| reply.expect(201) == first));
        assert_eq!(app.count("SELECT COUNT(*) FROM questions").await, 1);
        send("one-question", "完全不同的另一个问题。").await.problem(422, "idempotency_key_reused");
        send("another-question", TEXT).await.expect(201);
    }

    async fn so_many_questions_a_day(app, config => { limit(config, "account_questions", 2); }) {
        let (person, other) = (asker(app, "xiaoming").await, asker(app, "xiaohong").await);
        for _ in 0..2 {
            ask(app, &person, question_body()).await.expect(201);
        }
        ask(app, &person, question_body()).await.problem(429, "rate_limited");
        ask(app, &other, question_body()).await.expect(201);
        app.get(OWN).by(&person).send().await.expect(200);
    }

    async fn list_questions_shows_ones_own_newest_first(app) {
        let person = asker(app, "xiaoming").await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.insert(0, json!(asked(app, &person).await));
            app.advance(TimeDelta::seconds(1));
        }
        asked(app, &asker(app, "xiaohong").await).await;
        for limit in [1, 2, 10] {
            let all = app.walk(OWN, Some(&person), limit).await;
            assert_eq!(all.iter().map(|item| item["id"].clone()).collect::<Vec<_>>(), ids);
            assert!(all.iter().all(|item| item.get("text").is_none()));
        }
        assert!(app.walk(&format!("{OWN}?status=answered"), Some(&person), 10).await.is_empty());
        app.refuses_bad_pages(OWN, Some(&person)).await;
        let of = async |limit: u32| {
            let path = format!("{OWN}?limit={limit}");
            app.statements_of(|| app.get(&path).by(&person)).await
        };
        assert_eq!(of(1).await, of(3).await);
    }

    async fn what_was_written_comes_back_as_it_was_written(app) {
        let (person, expert) = (asker(app, "xiaoming").await, handler(app).await);
        for attack in ATTACKS {
            let mut body = with(&question_body(), "text", json!(format!("请问这是什么意思：{attack}")));
            body["title"] = json!(format!("问题 {attack}"));
            let question = ask(app, &person, body.clone()).await.expect(201);
            assert_eq!([&question["title"], &question["text"]], [&body["title"], &body["text"]]);
            let view = seen(app, &expert, question["id"].as_str().unwrap()).await;
            assert_eq!([&view.expect(200)["title"], &view.json()["text"]], [&body["title"], &body["text"]]);
            assert_eq!(view.header("content-type"), "application/json");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM questions").await, 4);
    }

    async fn follow_up_question_is_asked_once_and_of_an_answer(app) {
        let (person, expert) = (asker(app, "xiaoming").await, handler(app).await);
        let early = asked(app, &person).await;
        follow_up(app, &person, &early).await.problem(409, "question_decided");
        let id = answered(app, &person, &expert).await;
        let before = own(app, &person, &id).await.expect(200);
        assert_eq!([&before["answer"], &before["allowed_actions"]], [&json!(ANSWER), &json!(["follow_up", "rate"])]);
        follow_up(app, &asker(app, "xiaohong").await, &id).await.problem(404, "not_found");
        app.advance(TimeDelta::days(3));
        let person = app.logged_in_again(&[person]).await.remove(0);
        let path = format!("{OWN}/{id}/follow-up");
        app.refuses_each(|| app.post(&path).by(&person), &json!({ "text": "还有一点不明白。" }), [
            ("text", json!("?")), ("text", json!("字".repeat(1_001))), ("more", json!(true)),
        ]).await;
        let after = follow_up(app, &person, &id).await.expect(200);
        assert_eq!([&after["status"], &after["due_on"]], ["triaged", "2026-11-30"]);
        follow_up(app, &person, &id).await.problem(409, "question_followed_up");
        assert_eq!(app.count("SELECT COUNT(*) FROM text_reviews WHERE kind = 'question_follow_up'").await, 1);
    }

    async fn rate_answer_takes_one_to_five_of_an_answer(app) {
        let (person, expert) = (asker(app, "xiaoming").await, handler(app).await);
        let early = asked(app, &person).await;
        rate(app, &person, &early, 5).await.problem(409, "question_decided");
        let id = answered(app, &person, &expert).await;
        for wrong in [0, 6, -1] {
            rate(app, &person, &id, wrong).await.invalid("rating");
        }
        rate(app, &asker(app, "xiaohong").await, &id, 1).await.problem(404, "not_found");
        for rating in [5, 2] {
            assert_eq!(rate(app, &person, &id, rating).await.expect(200)["rating"], rating);
        }
    }
}
