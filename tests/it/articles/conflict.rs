//! Two people at one text.

use futures_util::future::join_all;
use serde_json::json;
use tests::{backends, wide_pool, with};

use super::{Desk, STAFF, article_body};

backends! {
    async fn update_article_that_is_stale_is_told_who_when_and_what(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let summed = with(&article_body("甲"), "summary", json!("要"));
        let text = |text: &str| with(&summed, "body_markdown", json!(text));
        desk.put("", 0).json(text("一\n\n二\n\n三")).send().await.expect(200);
        let late = desk.put("", 0).json(text("一\n\n贰\n\n三")).send().await;
        let problem = late.problem(412, "stale_version");
        let edited = &problem["edited"];
        assert_eq!([&edited["edited_by"], &edited["edited_at"]], ["测试人员", "2026-11-20T02:00:00Z"]);
        assert_eq!(edited["version"], 1);
        let diff = edited["diff"].as_str().unwrap();
        assert!(diff.contains("\n-二\n+贰\n") && diff.contains("\n 一\n"), "{diff}");
        assert!(!diff.contains("title"), "what is the same is left out: {diff}");
        // A step that is stale has no text to compare.
        let post = app.post(&format!("{}/submission", desk.staff_path())).by(&desk.editor);
        let problem = post.header("if-match", "\"0\"").json(json!({})).send().await.problem(412, "stale_version");
        assert_eq!([&problem["edited"]["version"], &problem["edited"]["diff"]], [&json!(1), &json!(null)]);
        assert_eq!(desk.seen().await["revision"], 2, "nothing of the late one was kept");
    }

    async fn twenty_editors_of_one_version_get_one_edit_through(app, config => { wide_pool(config); }) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let edits = (0..20).map(|n| desk.put("", 0).json(article_body(&format!("第 {n} 位"))).send());
        let replies = join_all(edits).await;
        let won: Vec<_> = replies.iter().filter(|reply| reply.status.as_u16() == 200).collect();
        assert_eq!(won.len(), 1);
        for reply in replies.iter().filter(|reply| reply.status.as_u16() != 200) {
            let problem = reply.problem(412, "stale_version");
            assert!(problem["edited"]["diff"].as_str().unwrap().contains("title: "));
        }
        let seen = desk.seen().await;
        assert_eq!([&seen["version"], &seen["revision"]], [1, 2]);
        assert_eq!(seen["title"], won[0].json()["title"]);
        assert_eq!(app.count("SELECT COUNT(*) FROM article_revisions").await, 2);
    }

    async fn ten_submissions_of_one_text_start_one_review(app, config => { wide_pool(config); }) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let path = format!("{}/submission", desk.staff_path());
        let submissions = (0..10).map(|_| {
            app.post(&path).by(&desk.editor).header("if-match", "\"0\"").json(json!({})).send()
        });
        let replies = join_all(submissions).await;
        assert_eq!(replies.iter().filter(|reply| reply.status.as_u16() == 200).count(), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM article_reviews WHERE status = 'running'").await, 1);
    }

    async fn list_article_revisions_keeps_every_text_and_tells_them_apart(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        for title in ["乙", "丙"] {
            app.advance(chrono::TimeDelta::seconds(1));
            desk.edit(article_body(title)).await.expect(200);
        }
        desk.publish().await.expect(200);
        let path = format!("{}/revisions", desk.staff_path());
        let all = app.walk(&path, Some(&desk.reviewer), 2).await;
        let titles: Vec<_> = all.iter().map(|one| one["title"].as_str().unwrap()).collect();
        assert_eq!(titles, ["丙", "乙", "甲"]);
        assert_eq!([&all[0]["is_live"], &all[1]["is_live"]], [&json!(true), &json!(false)]);
        assert_eq!(all[0]["author"], json!({ "id": desk.editor.id, "name": "测试人员" }));
        assert!(all.iter().all(|one| one["digest"].as_str().unwrap().len() == 64));
        let get = |rest: &str| app.get(&format!("{path}/{rest}")).by(&desk.reviewer).send();
        let first = get("1").await.expect(200);
        assert_eq!([&first["article"]["title"], &first["body_markdown"]], ["甲", "# 正文\n\n**重点**"]);
        let diff = get("3/diff").await.expect(200);
        assert!(diff["diff"].as_str().unwrap().contains("-title: 乙\n+title: 丙\n"));
        assert_eq!([&diff["from"], &diff["to"]], [2, 3]);
        let diff = get("3/diff?against=1").await.expect(200);
        assert!(diff["diff"].as_str().unwrap().contains("-title: 甲\n+title: 丙\n"));
        for nothing in ["0", "4", "-1", "x", "99999999999", "1/diff", "3/diff?against=9"] {
            get(nothing).await.problem(404, "not_found");
        }
        let none = format!("{STAFF}/{}/revisions", uuid::Uuid::nil());
        app.get(&none).by(&desk.editor).send().await.problem(404, "not_found");
        app.refuses_bad_pages(&path, Some(&desk.editor)).await;
    }
}
