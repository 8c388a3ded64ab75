//! 三审三校: who may do what to a text, and when.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Role, backends, jpeg, pdf, with};

use super::{Desk, article_body};

fn actions(view: &Value) -> Vec<&str> {
    view["allowed_actions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

backends! {
    async fn review_goes_back_and_forth_until_it_is_approved(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let submitted = desk.submit().await.expect(200);
        assert_eq!([&submitted["stage"], &submitted["status"]], ["in_review", "draft"]);
        assert_eq!(submitted["review"]["status"], "running");
        desk.submit().await.problem(409, "article_not_draft");
        desk.post(&desk.reviewer, "change-requests", json!({})).await.invalid("note");
        let note = json!({ "note": "请核对标准号" });
        let back = desk.post(&desk.reviewer, "change-requests", note).await.expect(200);
        assert_eq!([&back["stage"], &back["review"]["note"]], ["changes_requested", "请核对标准号"]);
        desk.approve().await.problem(409, "article_not_draft");
        // The notes stay open while it is rewritten.
        assert_eq!(desk.edit(article_body("乙")).await.expect(200)["stage"], "changes_requested");
        desk.submit().await.expect(200);
        let approved = desk.approve().await.expect(200);
        assert_eq!([&approved["stage"], &approved["review"]["decided_by"]["name"]], ["approved", "测试人员"]);
        // A changed text needs a new approval.
        assert_eq!(desk.edit(article_body("丙")).await.expect(200)["stage"], "draft");
        desk.post(&desk.publisher, "publication", json!({})).await.problem(409, "article_not_draft");
        let recall = async || desk.act(&desk.editor, Method::DELETE, "submission", json!({})).await;
        recall().await.problem(409, "article_not_draft");
        desk.submit().await.expect(200);
        assert_eq!(recall().await.expect(200)["stage"], "draft");
        desk.submit().await.expect(200);
        // An edit takes it out of review as well, so nobody approves what they did not read.
        assert_eq!(desk.edit(article_body("丁")).await.expect(200)["stage"], "draft");
        assert_eq!(app.count("SELECT COUNT(*) FROM article_reviews WHERE status = 'running'").await, 0);
        desk.publish().await.expect(200);
    }

    async fn author_reviewer_and_publisher_are_three_people(app) {
        let roles = [(Role::Editor, "country"), (Role::Reviewer, "country")];
        let (first, second, third) =
            (app.staff_with(&roles).await, app.staff_with(&roles).await, app.staff_with(&roles).await);
        let mut desk = Desk::with_draft(app, article_body("甲")).await;
        // Whoever wrote on it since the last publication counts, whoever wrote last.
        desk.editor = first.clone();
        desk.edit(article_body("乙")).await.expect(200);
        desk.editor = app.staff_with(&roles).await;
        desk.edit(article_body("丙")).await.expect(200);
        desk.submit().await.expect(200);
        for author in [&first, &desk.editor] {
            desk.post(author, "approval", json!({})).await.problem(403, "same_person");
            let note = json!({ "note": "改" });
            desk.post(author, "change-requests", note).await.problem(403, "same_person");
        }
        let seen = app.get(&desk.staff_path()).by(&first).send().await.expect(200);
        assert_eq!(actions(&seen), ["edit", "recall"]);
        let seen = app.get(&desk.staff_path()).by(&second).send().await.expect(200);
        assert_eq!(actions(&seen), ["edit", "recall", "request_changes", "approve"]);
        desk.post(&second, "approval", json!({})).await.expect(200);
        for involved in [&first, &second, &desk.editor] {
            desk.post(involved, "publication", json!({})).await.problem(403, "same_person");
            let at = json!({ "publish_at": app.now() + chrono::TimeDelta::hours(1) });
            desk.post(involved, "schedule", at).await.problem(403, "same_person");
        }
        let seen = app.get(&desk.staff_path()).by(&third).send().await.expect(200);
        assert_eq!(actions(&seen), ["edit", "request_changes", "schedule", "publish"]);
        desk.post(&third, "publication", json!({})).await.expect(200);
        // A new round begins: who wrote the last one may review the next.
        desk.editor = third.clone();
        desk.edit(article_body("丁")).await.expect(200);
        desk.submit().await.expect(200);
        desk.post(&first, "approval", json!({})).await.expect(200);
        desk.post(&second, "publication", json!({ "note": "题目" })).await.expect(200);
    }

    async fn who_hands_a_text_in_answers_for_it_as_its_author(app) {
        let roles = [(Role::Editor, "country"), (Role::Reviewer, "country")];
        let mut desk = Desk::with_draft(app, article_body("甲")).await;
        desk.editor = app.staff_with(&roles).await;
        desk.submit().await.expect(200);
        desk.post(&desk.editor, "approval", json!({})).await.problem(403, "same_person");
    }

    async fn steps_need_their_right_and_the_version(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        desk.post(&desk.reviewer, "submission", json!({})).await.problem(403, "forbidden");
        desk.submit().await.expect(200);
        desk.post(&desk.publisher, "approval", json!({})).await.problem(403, "forbidden");
        desk.approve().await.expect(200);
        let lab = app.lab("甲实验室").await;
        desk.act(&desk.editor, Method::GET, "", json!({})).await;
        for noun in ["publication", "schedule", "withdrawal"] {
            let post = app.post(&format!("{}/{noun}", desk.staff_path())).by(&lab.staff);
            post.json(json!({})).send().await.problem(403, "forbidden");
        }
        let path = format!("{}/publication", desk.staff_path());
        let bare = app.post(&path).by(&desk.publisher).json(json!({})).send().await;
        bare.problem(428, "precondition_required");
        let stale = app.post(&path).by(&desk.publisher).header("if-match", "\"1\"");
        stale.json(json!({})).send().await.problem(412, "stale_version");
        assert_eq!(desk.seen().await["status"], "draft");
    }

    async fn submit_article_that_lacks_something_names_all_of_it(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let picture = app.article_picture(&desk.editor, &jpeg(30, 20)).await;
        let mut body = article_body("甲");
        body["body_markdown"] =
            json!(format!("![](/api/v1/media/files/{picture})\n\n![好](https://e.example/a.png)\n\n![ ](https://e.example/b.png)"));
        body["media"] = json!([{ "media_id": picture }]);
        body["kind"] = json!("handbook");
        desk.edit(body.clone()).await.expect(200);
        let problem = desk.submit().await.problem(422, "article_incomplete");
        let paths: Vec<_> =
            problem["errors"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
        assert_eq!(paths, ["body_markdown.images[0]", "body_markdown.images[2]", "media[0].alt", "media"]);
        assert!(problem["errors"][0]["message"].as_str().unwrap().contains(&picture));
        assert_eq!(desk.seen().await["stage"], "draft");
        let content = pdf("");
        let ticket = app.ticket("staff/media", &desk.editor, ("article_document", "application/pdf"), &content).await;
        let file = app.put_file(&desk.editor, &ticket.expect(201), &content).await.expect(200);
        body["body_markdown"] = json!("手册");
        body["media"] = json!([{ "media_id": file["id"], "alt": "选购手册" }]);
        desk.edit(body).await.expect(200);
        desk.publish().await.expect(200);
        let shown = &desk.read().await.expect(200)["media"][0];
        assert_eq!([&shown["media_type"], &shown["alt"]], ["application/pdf", "选购手册"]);
    }

    async fn submit_article_with_personal_data_has_to_say_that_it_is_meant(app) {
        let mut body = article_body("甲");
        body["body_markdown"] = json!("联系人电话 13912345678。\n\n证件 11010519491231002X，热线 12315。");
        let desk = Desk::with_draft(app, body).await;
        let found = desk.seen().await["personal_data"].clone();
        assert_eq!(found, json!([
            { "field": "summary", "kind": "mobile_phone", "offset": 6, "length": 11 },
            { "field": "summary", "kind": "id_number", "offset": 22, "length": 18 },
            { "field": "body_markdown", "kind": "mobile_phone", "offset": 6, "length": 11 },
            { "field": "body_markdown", "kind": "id_number", "offset": 23, "length": 18 },
        ]));
        let problem = desk.submit().await.problem(422, "personal_data_found");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 4);
        assert!(!problem.to_string().contains("13912345678"));
        let meant = json!({ "acknowledge_personal_data": true });
        desk.post(&desk.editor, "submission", meant).await.expect(200);
        assert_eq!(app.count("SELECT acknowledged FROM article_reviews").await, 4);
    }

    async fn correction_says_what_it_corrects_and_nothing_else_does(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        desk.submit().await.expect(200);
        desk.approve().await.expect(200);
        desk.post(&desk.publisher, "publication", json!({ "note": "x" })).await.invalid("note");
        desk.post(&desk.publisher, "publication", json!({})).await.expect(200);
        desk.edit(article_body("乙")).await.expect(200);
        desk.submit().await.expect(200);
        desk.approve().await.expect(200);
        desk.post(&desk.publisher, "publication", json!({})).await.invalid("note");
        let at = json!({ "publish_at": app.now() + chrono::TimeDelta::hours(1) });
        desk.post(&desk.publisher, "schedule", at).await.invalid("note");
        desk.post(&desk.publisher, "publication", json!({ "note": "题目" })).await.expect(200);
        assert_eq!(desk.read().await.expect(200)["corrections"][0]["note"], "题目");
    }

    async fn withdrawn_article_is_gone_for_good_and_says_why(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        desk.withdraw().await.problem(409, "article_not_draft");
        desk.publish().await.expect(200);
        desk.edit(article_body("秘密的草稿")).await.expect(200);
        desk.submit().await.expect(200);
        let path = format!("{}/withdrawal", desk.staff_path());
        app.post(&path).by(&desk.publisher).json(json!({})).send().await.invalid("notice");
        let withdrawn = desk.withdraw().await.expect(200);
        assert_eq!([&withdrawn["status"], &withdrawn["allowed_actions"]], [&json!("withdrawn"), &json!([])]);
        let reply = desk.read().await;
        let problem = reply.problem(410, "article_withdrawn");
        assert_eq!(problem["withdrawn"], json!({
            "title": "甲", "notice": "数据有误", "withdrawn_at": "2026-11-20T02:00:00Z",
        }));
        assert_eq!(reply.header("cache-control"), "no-store");
        assert!(!desk.is_listed().await);
        assert_eq!(app.count("SELECT COUNT(*) FROM article_reviews WHERE status = 'running'").await, 0);
        desk.withdraw().await.problem(409, "article_not_draft");
        desk.unpublish().await.problem(409, "article_not_draft");
        desk.edit(article_body("乙")).await.problem(409, "article_not_draft");
        desk.submit().await.problem(409, "article_not_draft");
    }

    async fn unpublished_article_keeps_its_last_public_text_for_a_later_tombstone(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        desk.publish().await.expect(200);
        assert_eq!(desk.unpublish().await.expect(200)["stage"], "draft");
        desk.read().await.problem(404, "not_found");
        desk.edit(with(&article_body("甲"), "title", json!("秘密的草稿"))).await.expect(200);
        desk.withdraw().await.expect(200);
        let problem = desk.read().await.problem(410, "article_withdrawn");
        assert_eq!(problem["withdrawn"]["title"], "甲");
    }

    async fn list_article_reviews_is_the_record_with_names_and_times(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        app.advance(chrono::TimeDelta::minutes(1));
        desk.submit().await.expect(200);
        app.advance(chrono::TimeDelta::minutes(1));
        desk.approve().await.expect(200);
        app.advance(chrono::TimeDelta::minutes(1));
        desk.post(&desk.publisher, "publication", json!({})).await.expect(200);
        let path = format!("{}/reviews", desk.staff_path());
        let steps = app.walk(&path, Some(&desk.reviewer), 2).await;
        let told: Vec<_> = steps.iter().map(|one| {
            assert_eq!([&one["revision"], &one["by"]["name"]], [&json!(1), &json!("测试人员")]);
            (one["step"].as_str().unwrap(), one["by"]["id"].clone(), one["at"].as_str().unwrap())
        }).collect();
        let [editor, reviewer, publisher] =
            [&desk.editor, &desk.reviewer, &desk.publisher].map(|who| json!(who.id));
        assert_eq!(told, [
            ("written", editor.clone(), "2026-11-20T02:00:00Z"),
            ("submitted", editor, "2026-11-20T02:01:00Z"),
            ("approved", reviewer, "2026-11-20T02:02:00Z"),
            ("published", publisher, "2026-11-20T02:03:00Z"),
        ]);
        let actions = "SELECT COUNT(*) FROM audit_entries WHERE object_kind = 'article'";
        assert_eq!(app.count(actions).await, 4);
        app.refuses_bad_pages(&path, Some(&desk.editor)).await;
    }

    async fn a_text_that_is_approved_again_can_still_be_sent_back(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        desk.publish().await.expect(200);
        desk.unpublish().await.expect(200);
        desk.submit().await.expect(200);
        desk.approve().await.expect(200);
        desk.post(&desk.reviewer, "change-requests", json!({ "note": "改" })).await.expect(200);
        assert_eq!(desk.seen().await["stage"], "changes_requested");
    }
}
