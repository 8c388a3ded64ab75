//! What editors do with a quiz.

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestRequest, TestResponse, backends, quiz_body, with};
use uuid::Uuid;

const STAFF: &str = "/api/v1/staff/quizzes";

/// An editor with a draft, and its path.
async fn draft(app: &TestApp) -> (Person, Value, String) {
    let editor = app.staff(Role::Editor, "country").await;
    let quiz = app.post(STAFF).by(&editor).json(quiz_body()).send().await.expect(201);
    let path = format!("{STAFF}/{}", quiz["id"].as_str().unwrap());
    (editor, quiz, path)
}

async fn turn(app: &TestApp, editor: &Person, path: &str, action: &str) -> TestResponse {
    app.post(&format!("{path}/{action}")).by(editor).send().await
}

fn put(app: &TestApp, editor: &Person, path: &str, version: i32) -> TestRequest {
    app.put(path).by(editor).header("if-match", &format!("\"{version}\""))
}

backends! {
    async fn create_quiz_keeps_its_questions_in_their_order(app) {
        let (editor, quiz, path) = draft(app).await;
        assert_eq!([&quiz["status"], &quiz["version"]], [&json!("draft"), &json!(0)]);
        let stems: Vec<&Value> =
            quiz["items"].as_array().unwrap().iter().map(|item| &item["stem"]).collect();
        assert_eq!(stems, ["单选", "多选", "判断"]);
        assert_eq!(quiz["items"][0]["options"][0], json!({ "text": "对的", "is_correct": true }));
        let read = app.get(&path).by(&editor).send().await;
        assert_eq!((read.expect(200), read.header("etag")), (quiz, "\"0\""));
    }

    async fn create_quiz_with_a_wrong_field_is_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let (item, option) = (quiz_body()["items"][0].clone(), json!({ "text": "又一个" }));
        let eight = |text: &str| (0..9).map(|n| json!({ "text": format!("{text}{n}") })).collect();
        app.refuses_each(|| app.post(STAFF).by(&editor), &quiz_body(), [
            ("title", json!("")),
            ("title", json!("题".repeat(81))),
            ("description", json!("x".repeat(501))),
            ("attempts_allowed", json!(0)),
            ("attempts_allowed", json!(1001)),
            ("attempts_allowed", json!("1")),
            ("time_limit_secs", json!(29)),
            ("time_limit_secs", json!(14401)),
            ("items", json!([])),
            ("items", json!(vec![item; 101])),
            ("items[0].kind", json!("essay")),
            ("items[0].stem", json!("  ")),
            ("items[0].stem", json!("x".repeat(501))),
            ("items[0].explanation", json!("x".repeat(1001))),
            ("items[0].points", json!(0)),
            ("items[0].points", json!(101)),
            ("items[0].points", json!(-1)),
            ("items[0].options", json!([option])),
            ("items[0].options", eight("选")),
            ("items[0].options[1].text", json!("")),
            ("items[0].options[1].text", json!("x".repeat(201))),
            ("items[0].options[1].is_correct", json!("yes")),
            ("items[0].options[1].hint", json!("x")),
            ("items[0].image", json!("x")),
            ("status", json!("published")),
        ]).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM quizzes").await, 0);
    }

    async fn create_quiz_that_cannot_be_scored_is_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let options = |pairs: &[(&str, bool)]| -> Value {
            pairs.iter().map(|(text, right)| json!({ "text": text, "is_correct": right })).collect()
        };
        for (item, wrong) in [
            (0, options(&[("a", false), ("b", false)])),
            (0, options(&[("a", true), ("b", true)])),
            (0, options(&[("a", true), ("a", false)])),
            (1, options(&[("a", false), ("b", false)])),
            (2, options(&[("a", true), ("b", false), ("c", false)])),
            (2, options(&[("a", true), ("b", true)])),
        ] {
            let field = format!("items[{item}].options");
            let body = with(&quiz_body(), &field, wrong);
            app.post(STAFF).by(&editor).json(body).send().await.invalid(&field);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM quizzes").await, 0);
    }

    async fn update_quiz_replaces_a_draft_of_its_version(app) {
        let (editor, _, path) = draft(app).await;
        let mut body = with(&quiz_body(), "title", json!("新题目"));
        body["items"].as_array_mut().unwrap().remove(0);
        let bare = app.put(&path).by(&editor).json(body.clone()).send().await;
        bare.problem(428, "precondition_required");
        put(app, &editor, &path, 1).json(body.clone()).send().await.problem(412, "stale_version");
        let done = put(app, &editor, &path, 0).json(body.clone()).send().await;
        assert_eq!(done.header("etag"), "\"1\"");
        let quiz = done.expect(200);
        assert_eq!((&quiz["title"], quiz["items"].as_array().unwrap().len()), (&json!("新题目"), 2));
        put(app, &editor, &path, 0).json(body).send().await.problem(412, "stale_version");
        let wrong = with(&quiz_body(), "items", json!([]));
        put(app, &editor, &path, 1).json(wrong).send().await.invalid("items");
        assert_eq!(app.get(&path).by(&editor).send().await.expect(200), quiz);
        assert_eq!(app.count("SELECT COUNT(*) FROM quiz_items").await, 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM quiz_options").await, 5);
    }

    async fn update_quiz_that_is_published_is_refused(app) {
        let (editor, _, path) = draft(app).await;
        let published = turn(app, &editor, &path, "publication").await.expect(200);
        let update = put(app, &editor, &path, 1).json(quiz_body()).send().await;
        update.problem(409, "quiz_not_editable");
        assert_eq!(app.get(&path).by(&editor).send().await.expect(200), published);
    }

    async fn publish_quiz_and_close_quiz_happen_once_each_and_in_order(app) {
        let (editor, quiz, path) = draft(app).await;
        let public = format!("/api/v1/quizzes/{}", quiz["id"].as_str().unwrap());
        app.get(&public).send().await.problem(404, "not_found");
        turn(app, &editor, &path, "closure").await.problem(409, "quiz_not_editable");
        assert_eq!(turn(app, &editor, &path, "publication").await.expect(200)["status"], "published");
        let shown = app.get(&public).send().await;
        assert_eq!(shown.expect(200)["published_at"], "2026-11-20T02:00:00Z");
        let known = app.get(&public).header("if-none-match", shown.header("etag")).send().await;
        assert_eq!(known.status, 304);
        turn(app, &editor, &path, "publication").await.problem(409, "quiz_not_editable");
        assert_eq!(turn(app, &editor, &path, "closure").await.expect(200)["status"], "closed");
        app.get(&public).send().await.problem(404, "not_found");
        for action in ["closure", "publication"] {
            turn(app, &editor, &path, action).await.problem(409, "quiz_not_editable");
        }
    }

    async fn get_staff_quiz_that_does_not_exist_is_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        for id in [Uuid::nil().to_string(), "7".to_owned()] {
            let path = format!("{STAFF}/{id}");
            app.get(&path).by(&editor).send().await.problem(404, "not_found");
            put(app, &editor, &path, 0).json(quiz_body()).send().await.problem(404, "not_found");
            for action in ["publication", "closure"] {
                turn(app, &editor, &path, action).await.problem(404, "not_found");
            }
        }
    }
}
