//! What everybody reads of a question.

use chrono::TimeDelta;
use sanjin::features::questions::service::reindex_faqs;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends, with};
use uuid::Uuid;

use super::{
    ANSWER, ATTACKS, FAQS, STAFF_FAQS, TEXT, answer, answered, asked, asker, faq_body, follow_up,
    handler, own, publish, step, told,
};

async fn editor(app: &TestApp) -> Person {
    app.staff(Role::Editor, "country").await
}

async fn faq(app: &TestApp, id: &Value) -> TestResponse {
    app.get(&format!("{FAQS}/{}", id.as_str().unwrap())).send().await
}

async fn withdraw(app: &TestApp, who: &Person, faq: &Value, version: i64) -> TestResponse {
    let path = format!("{STAFF_FAQS}/{}/withdrawal", faq["id"].as_str().unwrap());
    let post = app.post(&path).by(who).header("if-match", &format!("\"{version}\""));
    post.json(json!({ "reason": "outdated" })).send().await
}

/// The words of an entry, without the question it came from.
fn words() -> Value {
    let mut body = faq_body("");
    body.as_object_mut().unwrap().remove("question_id");
    body
}

backends! {
    async fn publish_faq_shows_an_entry_written_anew(app) {
        let (person, expert, editor) = (asker(app, "xiaoming").await, handler(app).await, editor(app).await);
        let id = answered(app, &person, &expert).await;
        let entry = publish(app, &editor, &id).await.expect(201);
        let public = faq(app, &entry["id"]).await;
        let shown = public.expect(200);
        assert_eq!([&shown["title"], &shown["published_at"]], ["怎样看儿童安全座椅的认证", "2026-11-20T02:00:00Z"]);
        for hidden in [TEXT, ANSWER, &id, &person.id.to_string(), &expert.id.to_string(), &editor.id.to_string()] {
            assert!(!public.text().contains(hidden), "{hidden}");
        }
        let own = own(app, &person, &id).await.expect(200);
        assert_eq!([&own["status"], &own["faq_id"]], [&json!("published"), &entry["id"]]);
        assert_eq!(told(app, &person).await, ["question_answered", "question_published", "question_triaged"]);
        let listed = app.walk(FAQS, None, 10).await;
        assert_eq!([&listed[0]["id"], &listed[0]["title"]], [&entry["id"], &shown["title"]]);
        publish(app, &editor, &id).await.problem(409, "question_decided");
        assert_eq!(app.count("SELECT COUNT(*) FROM faqs").await, 1);
        app.execute("DELETE FROM search_documents").await;
        assert_eq!(reindex_faqs(&app.app).await.unwrap(), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM search_documents").await, 1);
    }

    async fn publish_faq_is_somebody_elses_work_than_answering(app) {
        let person = asker(app, "xiaoming").await;
        let roles = [(Role::CaseHandler, "region:11"), (Role::Editor, "country")];
        let both = app.staff_with(&roles).await;
        let id = answered(app, &person, &both).await;
        publish(app, &both, &id).await.problem(403, "faq_own_answer");
        // Nor who answered the follow-up alone.
        let (first, id) = (handler(app).await, answered(app, &person, &handler(app).await).await);
        follow_up(app, &person, &id).await.expect(200);
        step(app, &first, &id, "assignment", json!({ "assignee_id": both.id })).await.expect(200);
        answer(app, &both, &id).await.expect(200);
        publish(app, &both, &id).await.problem(403, "faq_own_answer");
        publish(app, &first, &id).await.problem(403, "forbidden");
        publish(app, &editor(app).await, &id).await.expect(201);
    }

    async fn publish_faq_of_what_has_no_answer_is_refused(app) {
        let (person, editor) = (asker(app, "xiaoming").await, editor(app).await);
        let id = asked(app, &person).await;
        publish(app, &editor, &id).await.problem(409, "question_decided");
        publish(app, &editor, &Uuid::nil().to_string()).await.invalid("question_id");
        let expert = handler(app).await;
        step(app, &expert, &id, "assignment", json!({ "assignee_id": expert.id })).await.expect(200);
        publish(app, &editor, &id).await.problem(409, "question_decided");
        answer(app, &expert, &id).await.expect(200);
        app.refuses_each(|| app.post(STAFF_FAQS).by(&editor), &faq_body(&id), [
            ("title", json!("短")), ("title", json!("两\n行的标题")), ("question", json!("")), ("answer", json!("字".repeat(4_001))),
            ("product_class", json!("toys")), ("question_id", json!("x")), ("html", json!("<b>")),
        ]).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM faqs").await, 0);
    }

    async fn correct_faq_shows_at_once_and_that_it_was_corrected(app) {
        let (person, editor) = (asker(app, "xiaoming").await, editor(app).await);
        let entry = publish(app, &editor, &answered(app, &person, &handler(app).await).await).await.expect(201);
        let before = faq(app, &entry["id"]).await;
        assert_eq!(before.expect(200)["corrected_at"], json!(null));
        app.walk(FAQS, None, 10).await;
        let path = format!("{STAFF_FAQS}/{}", entry["id"].as_str().unwrap());
        let put = |version: &str| app.put(&path).by(&editor).header("if-match", version);
        let better = with(&words(), "title", json!("更正后的标题在这里"));
        app.put(&path).by(&editor).json(better.clone()).send().await.problem(428, "precondition_required");
        put("\"9\"").json(better.clone()).send().await.problem(412, "stale_version");
        put("\"0\"").json(with(&better, "answer", json!(""))).send().await.invalid("answer");
        app.advance(TimeDelta::seconds(1));
        assert_eq!(put("\"0\"").json(better.clone()).send().await.expect(200)["version"], 1);
        put("\"0\"").json(better).send().await.problem(412, "stale_version");
        let after = faq(app, &entry["id"]).await;
        assert_eq!([&after.expect(200)["title"], &after.json()["corrected_at"]], ["更正后的标题在这里", "2026-11-20T02:00:01Z"]);
        assert_ne!(before.header("etag"), after.header("etag"));
        assert_eq!(app.walk(FAQS, None, 10).await[0]["title"], "更正后的标题在这里");
    }

    async fn withdraw_faq_is_gone_for_everybody(app) {
        let (person, editor) = (asker(app, "xiaoming").await, editor(app).await);
        let id = answered(app, &person, &handler(app).await).await;
        let entry = publish(app, &editor, &id).await.expect(201);
        faq(app, &entry["id"]).await.expect(200);
        let path = format!("{STAFF_FAQS}/{}/withdrawal", entry["id"].as_str().unwrap());
        let wrong = app.post(&path).by(&editor).header("if-match", "\"0\"").json(json!({ "reason": "旧" }));
        wrong.send().await.invalid("reason");
        withdraw(app, &editor, &entry, 9).await.problem(412, "stale_version");
        let gone = withdraw(app, &editor, &entry, 0).await.expect(200);
        assert_eq!([&gone["status"], &gone["withdrawal"]], ["withdrawn", "outdated"]);
        faq(app, &entry["id"]).await.problem(410, "faq_withdrawn");
        assert!(app.walk(FAQS, None, 10).await.is_empty());
        withdraw(app, &editor, &entry, 1).await.problem(410, "faq_withdrawn");
        let put = app.put(&format!("{STAFF_FAQS}/{}", entry["id"].as_str().unwrap())).by(&editor);
        put.header("if-match", "\"1\"").json(words()).send().await.problem(410, "faq_withdrawn");
        let own = own(app, &person, &id).await.expect(200);
        assert_eq!([&own["status"], &own["faq_id"]], [&json!("withdrawn"), &json!(null)]);
        assert_eq!(app.walk(&format!("{STAFF_FAQS}?status=withdrawn"), Some(&editor), 10).await.len(), 1);
        // It can be written once more.
        let again = publish(app, &editor, &id).await.expect(201);
        faq(app, &again["id"]).await.expect(200);
        faq(app, &json!(Uuid::nil())).await.problem(404, "not_found");
    }

    async fn an_entry_stays_while_its_question_is_followed_up(app) {
        let (person, expert, editor) = (asker(app, "xiaoming").await, handler(app).await, editor(app).await);
        let id = answered(app, &person, &expert).await;
        let entry = publish(app, &editor, &id).await.expect(201);
        follow_up(app, &person, &id).await.expect(200);
        faq(app, &entry["id"]).await.expect(200);
        answer(app, &expert, &id).await.expect(200);
        assert_eq!(own(app, &person, &id).await.expect(200)["status"], "published");
        // Taken back while it is with the expert, it does not come back by the answer.
        let other = answered(app, &person, &expert).await;
        let second = publish(app, &editor, &other).await.expect(201);
        follow_up(app, &person, &other).await.expect(200);
        withdraw(app, &editor, &second, 0).await.expect(200);
        answer(app, &expert, &other).await.expect(200);
        assert_eq!(own(app, &person, &other).await.expect(200)["status"], "answered");
    }

    async fn the_public_list_has_pages_filters_and_tags(app) {
        let (person, expert, editor) = (asker(app, "xiaoming").await, handler(app).await, editor(app).await);
        let mut ids = Vec::new();
        for class in ["other", "clothing", "other"] {
            let mut body = faq_body(&answered(app, &person, &expert).await);
            body["product_class"] = json!(class);
            let entry = app.post(STAFF_FAQS).by(&editor).json(body).send().await.expect(201);
            ids.insert(0, entry["id"].clone());
            app.advance(TimeDelta::seconds(1));
        }
        for limit in [1, 2, 10] {
            let all = app.walk(FAQS, None, limit).await;
            assert_eq!(all.iter().map(|item| item["id"].clone()).collect::<Vec<_>>(), ids);
        }
        let clothing = app.walk(&format!("{FAQS}?product_class=clothing"), None, 1).await;
        assert_eq!(clothing.iter().map(|item| item["id"].clone()).collect::<Vec<_>>(), [ids[1].clone()]);
        app.get(&format!("{FAQS}?product_class=toys")).send().await.problem(422, "validation_failed");
        app.refuses_bad_pages(FAQS, None).await;
        app.refuses_bad_pages(STAFF_FAQS, Some(&editor)).await;
        for path in [FAQS.to_owned(), format!("{FAQS}/{}", ids[0].as_str().unwrap())] {
            let first = app.get(&path).send().await;
            first.expect(200);
            assert!(first.header("cache-control").starts_with("public, max-age="));
            let again = app.get(&path).header("if-none-match", first.header("etag")).send().await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        }
        // A page that is kept asks the database nothing.
        assert_eq!(app.statements_of(|| app.get(FAQS)).await, 0);
    }

    async fn an_attack_stays_text(app) {
        let (person, expert, editor) = (asker(app, "xiaoming").await, handler(app).await, editor(app).await);
        for attack in ATTACKS {
            let mut body = faq_body(&answered(app, &person, &expert).await);
            for field in ["title", "question", "answer"] {
                body[field] = json!(format!("说明 {attack}"));
            }
            let entry = app.post(STAFF_FAQS).by(&editor).json(body.clone()).send().await.expect(201);
            let public = faq(app, &entry["id"]).await;
            assert_eq!(public.header("content-type"), "application/json");
            let shown = public.expect(200);
            for field in ["title", "question", "answer"] {
                assert_eq!(shown[field], body[field]);
            }
        }
    }

    async fn an_entry_outlives_the_question_it_came_from(app) {
        let (person, editor) = (asker(app, "xiaoming").await, editor(app).await);
        let id = answered(app, &person, &handler(app).await).await;
        let entry = publish(app, &editor, &id).await.expect(201);
        // As an erasure does it.
        app.execute("DELETE FROM questions").await;
        faq(app, &entry["id"]).await.expect(200);
        let path = format!("{STAFF_FAQS}/{}", entry["id"].as_str().unwrap());
        assert_eq!(app.get(&path).by(&editor).send().await.expect(200)["question_id"], json!(null));
        withdraw(app, &editor, &entry, 0).await.expect(200);
        faq(app, &entry["id"]).await.problem(410, "faq_withdrawn");
    }
}
