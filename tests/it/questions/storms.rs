//! What can be raced.

use futures_util::future::{join, join_all};
use serde_json::json;
use tests::{backends, wide_pool};

use super::{
    ANSWER, STAFF, STAFF_FAQS, answer, answered, asked, asker, faq_body, follow_up, handler, own,
    publish, step, version,
};

backends! {
    async fn of_many_experts_one_gets_a_question(app, config => { wide_pool(config); }) {
        let person = asker(app, "xiaoming").await;
        let mut experts = Vec::new();
        for _ in 0..8 {
            experts.push(handler(app).await);
        }
        for _ in 0..3 {
            let id = asked(app, &person).await;
            step(app, &experts[0], &id, "assignment", json!({})).await.expect(200);
            let path = format!("{STAFF}/{id}/claim");
            let claims = join_all(experts.iter().map(|who| app.post(&path).by(who).send())).await;
            let won: Vec<_> = claims.iter().zip(&experts).filter(|(reply, _)| reply.status == 200).collect();
            assert_eq!(won.len(), 1);
            for (reply, _) in claims.iter().zip(&experts).filter(|(reply, _)| reply.status != 200) {
                reply.problem(409, "question_claimed");
            }
            answer(app, won[0].1, &id).await.expect(200);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_entries WHERE action = 'question.claim'").await, 3);
    }

    async fn one_answer_counts_however_often_it_is_sent(app, config => { wide_pool(config); }) {
        let (person, expert) = (asker(app, "xiaoming").await, handler(app).await);
        let id = asked(app, &person).await;
        step(app, &expert, &id, "assignment", json!({ "assignee_id": expert.id })).await.expect(200);
        let tag = format!("\"{}\"", version(app, &id).await);
        let path = format!("{STAFF}/{id}/answer");
        let all = (0..8).map(|_| {
            app.post(&path).by(&expert).header("if-match", &tag).json(json!({ "text": ANSWER })).send()
        });
        let replies = join_all(all).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        replies.iter().filter(|reply| reply.status != 200).for_each(|reply| drop(reply.problem(412, "stale_version")));
        let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'question_answered'";
        assert_eq!(app.count(told).await, 1);
    }

    async fn one_question_has_one_entry_and_one_follow_up(app, config => { wide_pool(config); }) {
        let (person, expert) = (asker(app, "xiaoming").await, handler(app).await);
        let mut editors = Vec::new();
        for _ in 0..5 {
            editors.push(app.staff(tests::Role::Editor, "country").await);
        }
        let id = answered(app, &person, &expert).await;
        let entries = join_all(editors.iter().map(|who| publish(app, who, &id))).await;
        assert_eq!(entries.iter().filter(|reply| reply.status == 201).count(), 1);
        entries.iter().filter(|reply| reply.status != 201).for_each(|reply| drop(reply.problem(409, "question_decided")));
        let more = join_all((0..6).map(|_| follow_up(app, &person, &id))).await;
        assert_eq!(more.iter().filter(|reply| reply.status == 200).count(), 1);
        assert!(more.iter().all(|reply| reply.status == 200 || reply.status == 409));
        assert_eq!(app.count("SELECT COUNT(*) FROM faqs").await, 1);
    }

    async fn an_answer_and_a_withdrawal_at_once_leave_no_question_without_its_entry(app, config => { wide_pool(config); }) {
        let (person, expert) = (asker(app, "xiaoming").await, handler(app).await);
        let editor = app.staff(tests::Role::Editor, "country").await;
        for _ in 0..4 {
            let id = answered(app, &person, &expert).await;
            let entry = app.post(STAFF_FAQS).by(&editor).json(faq_body(&id)).send().await.expect(201);
            follow_up(app, &person, &id).await.expect(200);
            let path = format!("{STAFF_FAQS}/{}/withdrawal", entry["id"].as_str().unwrap());
            let back = app.post(&path).by(&editor).header("if-match", "\"0\"").json(json!({ "reason": "other" }));
            let (answered, back) = join(answer(app, &expert, &id), back.send()).await;
            answered.expect(200);
            back.expect(200);
            let status = own(app, &person, &id).await.expect(200)["status"].clone();
            assert!(["answered", "withdrawn"].contains(&status.as_str().unwrap()), "{status}");
        }
    }
}
