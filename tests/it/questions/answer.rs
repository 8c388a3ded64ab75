//! What an expert does.

use serde_json::json;
use tests::{Person, Role, TestApp, TestResponse, backends};

use super::{
    ANSWER, STAFF, answer, answered, asked, asker, follow_up, handler, own, seen, step, told,
};

async fn claim(app: &TestApp, who: &Person, id: &str) -> TestResponse {
    app.post(&format!("{STAFF}/{id}/claim")).by(who).send().await
}

backends! {
    async fn a_question_is_claimed_and_answered(app) {
        let person = asker(app, "xiaoming").await;
        let (triage, expert, other) = (handler(app).await, handler(app).await, handler(app).await);
        let id = asked(app, &person).await;
        claim(app, &expert, &id).await.problem(409, "question_decided");
        answer(app, &expert, &id).await.problem(409, "question_decided");
        step(app, &triage, &id, "assignment", json!({})).await.expect(200);
        answer(app, &expert, &id).await.problem(409, "question_not_claimed");
        let claimed = claim(app, &expert, &id).await.expect(200);
        assert_eq!([&claimed["assignee_id"], &claimed["allowed_actions"]], [
            &json!(expert.id), &json!(["assign", "reject", "redirect", "answer"]),
        ]);
        claim(app, &expert, &id).await.expect(200);
        claim(app, &other, &id).await.problem(409, "question_claimed");
        answer(app, &other, &id).await.problem(409, "question_not_claimed");
        let path = format!("{STAFF}/{id}/answer");
        app.post(&path).by(&expert).json(json!({ "text": ANSWER })).send().await.problem(428, "precondition_required");
        let stale = app.post(&path).by(&expert).header("if-match", "\"0\"").json(json!({ "text": ANSWER }));
        stale.send().await.problem(412, "stale_version");
        for text in [json!("短"), json!("字".repeat(4_001)), json!(null)] {
            step(app, &expert, &id, "answer", json!({ "text": text })).await.invalid("text");
        }
        let after = answer(app, &expert, &id).await.expect(200);
        assert_eq!([&after["status"], &after["answer"], &after["answered_by"]], [&json!("answered"), &json!(ANSWER), &json!(expert.id)]);
        answer(app, &expert, &id).await.problem(409, "question_decided");
        let own = own(app, &person, &id).await;
        assert_eq!([&own.expect(200)["answer"], &own.json()["status"]], [ANSWER, "answered"]);
        assert!(!own.text().contains(&expert.id.to_string()), "the expert is named");
        assert_eq!(told(app, &person).await, ["question_answered", "question_triaged"]);
        assert_eq!(app.tables_with(ANSWER).await, Vec::<String>::new());
    }

    async fn a_follow_up_is_answered_by_whoever_answered(app) {
        let (person, expert, other) = (asker(app, "xiaoming").await, handler(app).await, handler(app).await);
        let id = answered(app, &person, &expert).await;
        follow_up(app, &person, &id).await.expect(200);
        let waiting = seen(app, &expert, &id).await.expect(200);
        assert_eq!([&waiting["is_followed_up"], &waiting["assignee_id"], &waiting["follow_up"]], [
            &json!(true), &json!(expert.id), &json!("证书在哪里可以查到？"),
        ]);
        claim(app, &other, &id).await.problem(409, "question_claimed");
        step(app, &expert, &id, "answer", json!({ "text": "在认证信息公共服务平台。" })).await.expect(200);
        let own = own(app, &person, &id).await.expect(200);
        assert_eq!([&own["answer"], &own["follow_up_answer"], &own["status"]], [ANSWER, "在认证信息公共服务平台。", "answered"]);
        assert_eq!(own["allowed_actions"], json!(["rate"]));
        assert_eq!(told(app, &person).await.len(), 3);
    }

    async fn who_may_not_answer_answers_nothing(app) {
        let person = asker(app, "xiaoming").await;
        let id = asked(app, &person).await;
        step(app, &handler(app).await, &id, "assignment", json!({})).await.expect(200);
        for role in [Role::Editor, Role::HqAdmin, Role::Reviewer] {
            let who = app.staff(role, "country").await;
            claim(app, &who, &id).await.problem(403, "forbidden");
            answer(app, &who, &id).await.problem(403, "forbidden");
        }
        let far = app.staff(Role::CaseHandler, "region:31").await;
        claim(app, &far, &id).await.problem(404, "not_found");
        answer(app, &far, &id).await.problem(404, "not_found");
        // Of an institution that was not asked.
        let lab = app.lab("甲实验室").await;
        claim(app, &lab.staff, &id).await.problem(404, "not_found");
        answer(app, &person, &id).await.problem(401, "token_invalid");
    }
}
