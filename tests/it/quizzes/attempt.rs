//! When an attempt begins, how often, and how long it lasts.

use std::collections::HashSet;

use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tests::{Role, backends};
use uuid::Uuid;

use super::{Sheet, start};

backends! {
    async fn start_attempt_again_gives_the_open_one_back(app) {
        let quiz_id = app.quiz(|_| ()).await;
        let sheet = Sheet::start(app, "xiaoming", quiz_id).await;
        sheet.answer("单选", &["错一"], 1).await.expect(200);
        let again = start(app, &sheet.person, quiz_id).await.expect(200);
        assert_eq!(again["id"], sheet.attempt["id"]);
        assert_eq!(again, sheet.read().await.expect(200));
        let other = Sheet::start(app, "xiaohong", quiz_id).await;
        assert_ne!(other.attempt["id"], sheet.attempt["id"]);
    }

    async fn start_attempt_twice_at_once_is_one_attempt(app) {
        let quiz_id = app.quiz(|quiz| quiz["attempts_allowed"] = json!(1)).await;
        let person = app.resident("xiaoming").await;
        let (a, b) = join(start(app, &person, quiz_id), start(app, &person, quiz_id)).await;
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201]);
        assert_eq!(a.json(), b.json());
        let many = join_all((0..6).map(|_| start(app, &person, quiz_id))).await;
        assert!(many.iter().all(|reply| reply.status == 200));
        assert_eq!(app.count("SELECT COUNT(*) FROM quiz_attempts").await, 1);
    }

    async fn start_attempt_beyond_the_number_allowed_is_refused(app) {
        let quiz_id = app.quiz(|quiz| quiz["attempts_allowed"] = json!(2)).await;
        for _ in 0..2 {
            let sheet = Sheet::start(app, "xiaoming", quiz_id).await;
            sheet.submit().await.expect(200);
        }
        let person = app.resident("xiaoming").await;
        start(app, &person, quiz_id).await.problem(409, "attempt_limit_reached");
        assert_eq!(app.count("SELECT COUNT(*) FROM quiz_attempts").await, 2);
        // Another person has attempts of their own.
        Sheet::start(app, "xiaohong", quiz_id).await;
    }

    async fn start_attempt_draws_other_option_ids_every_time(app) {
        let quiz_id = app.quiz(|_| ()).await;
        let mut papers = HashSet::new();
        for name in ["a", "b", "c", "d"] {
            let sheet = Sheet::start(app, name, quiz_id).await;
            let ids = ["单选", "多选", "判断"].map(|stem| {
                let options = sheet.item(stem)["options"].as_array().unwrap();
                options.iter().map(|option| option["id"].to_string()).collect::<Vec<_>>()
            });
            papers.insert(ids);
        }
        assert_eq!(papers.len(), 4);
    }

    async fn start_attempt_of_what_is_not_published_is_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let post = app.post("/api/v1/staff/quizzes").by(&editor).json(tests::quiz_body());
        let draft = post.send().await.expect(201)["id"].as_str().unwrap().parse().unwrap();
        let closed = app.quiz(|_| ()).await;
        let path = format!("/api/v1/staff/quizzes/{closed}/closure");
        app.post(&path).by(&editor).send().await.expect(200);
        let person = app.resident("xiaoming").await;
        for quiz_id in [draft, closed, Uuid::nil()] {
            start(app, &person, quiz_id).await.problem(404, "not_found");
        }
        let bad = app.post("/api/v1/quizzes/7/attempts").by(&person).send().await;
        bad.problem(404, "not_found");
    }

    async fn start_attempt_before_the_quiz_is_closed_can_be_finished(app) {
        let quiz_id = app.quiz(|_| ()).await;
        let sheet = Sheet::start(app, "xiaoming", quiz_id).await;
        let editor = app.staff(Role::Editor, "country").await;
        let path = format!("/api/v1/staff/quizzes/{quiz_id}/closure");
        app.post(&path).by(&editor).send().await.expect(200);
        sheet.answer("判断", &["对"], 1).await.expect(200);
        assert_eq!(sheet.submit().await.expect(200)["result"]["points"], 3);
    }

    async fn answer_item_after_the_time_limit_is_refused_and_the_rest_counts(app) {
        let quiz_id = app.quiz(|quiz| quiz["time_limit_secs"] = json!(60)).await;
        let sheet = Sheet::start(app, "xiaoming", quiz_id).await;
        assert_eq!(sheet.attempt["deadline_at"], "2026-11-20T02:01:00Z");
        sheet.answer("单选", &["对的"], 1).await.expect(200);
        // What was on its way when the time was up still counts.
        app.advance(TimeDelta::seconds(65));
        sheet.answer("判断", &["对"], 1).await.expect(200);
        app.advance(TimeDelta::seconds(1));
        sheet.answer("多选", &["对甲", "对乙"], 1).await.problem(409, "attempt_closed");
        let closed = sheet.submit().await.expect(200);
        assert_eq!(closed["status"], "expired");
        assert_eq!(closed["result"]["points"], 4);
    }

    async fn get_attempt_after_the_time_limit_closes_it(app) {
        let quiz_id = app.quiz(|quiz| quiz["time_limit_secs"] = json!(60)).await;
        let sheet = Sheet::start(app, "xiaoming", quiz_id).await;
        sheet.answer("单选", &["对的"], 1).await.expect(200);
        app.advance(TimeDelta::seconds(66));
        let read = sheet.read().await.expect(200);
        assert_eq!([&read["status"], &read["result"]["points"]], [&json!("expired"), &json!(1)]);
        assert_eq!(sheet.submit().await.expect(200), read);
    }

    async fn start_attempt_after_the_time_limit_is_a_new_one_and_the_old_is_scored(app) {
        let quiz_id = app
            .quiz(|quiz| {
                quiz["time_limit_secs"] = json!(60);
                quiz["attempts_allowed"] = json!(2);
            })
            .await;
        let first = Sheet::start(app, "xiaoming", quiz_id).await;
        first.answer("单选", &["对的"], 1).await.expect(200);
        app.advance(TimeDelta::seconds(66));
        let second = start(app, &first.person, quiz_id).await.expect(201);
        assert_ne!(second["id"], first.attempt["id"]);
        assert_eq!(first.read().await.expect(200)["result"]["points"], 1);
        // The last one ran out too: the refusal must not leave it open.
        app.advance(TimeDelta::seconds(66));
        start(app, &first.person, quiz_id).await.problem(409, "attempt_limit_reached");
        let open = "SELECT COUNT(*) FROM quiz_attempts WHERE status = 'in_progress'";
        assert_eq!(app.count(open).await, 0);
    }

    async fn list_quizzes_walks_what_is_published(app) {
        let mut published: Vec<Value> = Vec::new();
        for _ in 0..3 {
            app.advance(TimeDelta::seconds(1));
            published.insert(0, json!(app.quiz(|_| ()).await));
        }
        let editor = app.staff(Role::Editor, "country").await;
        let post = app.post("/api/v1/staff/quizzes").by(&editor).json(tests::quiz_body());
        post.send().await.expect(201);
        for limit in [1, 2, 3] {
            let all = app.walk("/api/v1/quizzes", None, limit).await;
            let ids: Vec<Value> = all.iter().map(|quiz| quiz["id"].clone()).collect();
            assert_eq!(ids, published);
        }
        app.refuses_bad_pages("/api/v1/quizzes", None).await;
        for limit in [1, 2, 4] {
            assert_eq!(app.walk("/api/v1/staff/quizzes", Some(&editor), limit).await.len(), 4);
        }
        app.refuses_bad_pages("/api/v1/staff/quizzes", Some(&editor)).await;
    }
}
