//! The human queue: who sees it, who has a text, who decides.

use chrono::TimeDelta;
use entity::text_review::TextKind;
use futures_util::future::join_all;
use sanjin::features::text_reviews::service::{SubmittedText, submit_text};
use sanjin::platform::db::AuditActor;
use sanjin::platform::http::ClientAddress;
use serde_json::json;
use tests::{Role, backends, complaint_body, wide_pool, with};
use uuid::Uuid;
use wechat::client::mini::{Label, Suggest};

use super::{
    FACTS, QUEUE, asking, checks, claim, decide, filed, first, is, pass, queue, reviewer, state,
};

backends! {
    async fn list_text_reviews_shows_the_longest_waiting_first_and_no_text(app) {
        let person = app.resident("xiaoming").await;
        let mut complaints = Vec::new();
        for n in 0..5 {
            complaints.push(json!(filed(app, &person, &format!("{FACTS}{n}")).await));
            app.advance(TimeDelta::seconds(1));
        }
        let reviewer = reviewer(app).await;
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("{QUEUE}?limit=2{cursor}");
            let page = app.get(&path).by(&reviewer).send().await;
            assert!(!page.text().contains(FACTS));
            let page = page.expect(200);
            for item in page["items"].as_array().unwrap() {
                assert_eq!((&item["status"], &item["kind"]), (&json!("needs_human"), &json!("complaint_facts")));
                seen.push(item["subject_id"].clone());
            }
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, complaints);
        let editor = app.staff(Role::Editor, "country").await;
        assert_eq!(queue(app, &editor).await.len(), 5);
    }

    async fn claim_text_review_shows_the_text_to_one_and_leaves_a_trace(app, config => {
        config.text_review.claim_secs = 300;
    }) {
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        let (a, b) = (reviewer(app).await, reviewer(app).await);
        let id = first(app, &a).await;
        let mine = claim(app, &a, &id).await.expect(200);
        assert_eq!((&mine["text"], &mine["is_mine"]), (&json!(FACTS), &json!(true)));
        assert_eq!(mine["claimed_until"], "2026-11-20T02:05:00Z");
        claim(app, &b, &id).await.problem(409, "text_review_claimed");
        let theirs = &queue(app, &b).await[0];
        assert_eq!((&theirs["claimed_until"], &theirs["is_mine"]), (&mine["claimed_until"], &json!(false)));
        decide(app, &b, &id, pass()).await.problem(409, "text_review_not_claimed");
        // Claiming again lengthens it, and when it is over another may.
        app.advance(TimeDelta::minutes(4));
        claim(app, &a, &id).await.expect(200);
        app.advance(TimeDelta::minutes(4));
        claim(app, &b, &id).await.problem(409, "text_review_claimed");
        app.advance(TimeDelta::minutes(1));
        claim(app, &b, &id).await.expect(200);
        let looks = "SELECT COUNT(*) FROM audit_entries WHERE action = 'text_review.claim'";
        assert_eq!(app.count(looks).await, 3);
    }

    async fn decide_text_review_passes_or_rejects_with_a_ground(app) {
        let person = app.resident("xiaoming").await;
        let complaint = filed(app, &person, FACTS).await;
        let reviewer = reviewer(app).await;
        let id = first(app, &reviewer).await;
        decide(app, &reviewer, &id, pass()).await.problem(409, "text_review_not_claimed");
        claim(app, &reviewer, &id).await.expect(200);
        for (body, field) in [
            (json!({}), "outcome"),
            (json!({ "outcome": "pending" }), "outcome"),
            (json!({ "outcome": "rejected" }), "ground"),
            (json!({ "outcome": "rejected", "ground": "boring" }), "ground"),
            (json!({ "outcome": "passed", "ground": "fraud" }), "ground"),
            (json!({ "outcome": "passed", "note": "" }), "note"),
        ] {
            decide(app, &reviewer, &id, body).await.invalid(field);
        }
        let decided = json!({ "outcome": "rejected", "ground": "personal_data" });
        let decided = decide(app, &reviewer, &id, decided).await.expect(200);
        assert_eq!((&decided["status"], &decided["ground"]), (&json!("rejected"), &json!("personal_data")));
        assert_eq!(checks(app, &complaint).await["text_review"], "rejected");
        assert!(queue(app, &reviewer).await.is_empty());
        decide(app, &reviewer, &id, pass()).await.problem(409, "text_review_closed");
        claim(app, &reviewer, &id).await.problem(409, "text_review_closed");
        let details = "SELECT CAST(details AS TEXT) FROM audit_entries WHERE action = 'text_review.decide'";
        let details = app.text(details).await.unwrap();
        assert!(details.contains("personal_data") && !details.contains(FACTS));
    }

    async fn decide_text_review_sets_right_what_wechat_rejected(app, config => { asking(config); }) {
        app.wechat().text_rule("退货", Suggest::Risky, Label::Fraud);
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        app.drain_jobs().await;
        let reviewer = reviewer(app).await;
        let item = &queue(app, &reviewer).await[0];
        assert_eq!((&item["status"], &item["label"]), (&json!("rejected"), &json!(20008)));
        let id = item["id"].as_str().unwrap();
        claim(app, &reviewer, id).await.expect(200);
        decide(app, &reviewer, id, pass()).await.expect(200);
        assert_eq!(state(app).await, is("passed", "wechat_risky"));
    }

    async fn decide_text_review_after_the_claim_is_over_is_refused(app) {
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        let reviewer = reviewer(app).await;
        let id = first(app, &reviewer).await;
        claim(app, &reviewer, &id).await.expect(200);
        app.advance(TimeDelta::minutes(10));
        decide(app, &reviewer, &id, pass()).await.problem(409, "text_review_not_claimed");
        assert_eq!(state(app).await, is("needs_human", "not_asked"));
    }

    async fn decide_text_review_is_about_the_text_that_was_shown(app) {
        let complaint = filed(app, &app.resident("xiaoming").await, FACTS).await;
        let reviewer = reviewer(app).await;
        let id = first(app, &reviewer).await;
        claim(app, &reviewer, &id).await.expect(200);
        app.execute("UPDATE complaints SET is_publishable = TRUE, facts = '后来改成的事实'").await;
        decide(app, &reviewer, &id, pass()).await.expect(200);
        let seen = checks(app, &complaint).await;
        assert_eq!(seen["may_be_published"], false, "nobody has seen what stands there now");
    }

    async fn another_text_in_the_same_place_is_another_review(app, config => { asking(config); }) {
        let person = app.resident("xiaoming").await;
        let complaint = filed(app, &person, FACTS).await;
        app.wechat().text_rule("秘密", Suggest::Review, Label::Other(21000));
        let submit = async |text: &str| {
            app.execute(&format!("UPDATE complaints SET facts = '{text}'")).await;
            let mut tx = app.app.begin(AuditActor::System).await.unwrap();
            let submitted = SubmittedText {
                kind: TextKind::ComplaintFacts,
                subject_id: complaint.parse().unwrap(),
                author_id: person.id,
                region_code: Some("110101"),
                text,
                address: ClientAddress([127, 0, 0, 1].into()),
            };
            submit_text(&app.app, &mut tx, &submitted).await.unwrap();
            tx.commit().await.unwrap();
        };
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("passed", ""));
        let checked = "SELECT COUNT(*) FROM jobs WHERE kind = 'text_review.check'";
        // The very same text is no news.
        submit(FACTS).await;
        assert_eq!((state(app).await, app.count(checked).await), (is("passed", ""), 1));
        submit("另一份事实，里面有秘密").await;
        assert_eq!((state(app).await, app.count(checked).await), (is("pending", ""), 2));
        app.drain_jobs().await;
        let reviewer = reviewer(app).await;
        let id = first(app, &reviewer).await;
        claim(app, &reviewer, &id).await.expect(200);
        // A third text while a reviewer looks at the second.
        submit("第三份事实，里面也有秘密").await;
        decide(app, &reviewer, &id, pass()).await.problem(409, "text_review_closed");
        app.drain_jobs().await;
        decide(app, &reviewer, &id, pass()).await.problem(409, "text_review_not_claimed");
        let shown = claim(app, &reviewer, &id).await.expect(200);
        assert_eq!(shown["text"], "第三份事实，里面也有秘密");
        decide(app, &reviewer, &id, pass()).await.expect(200);
        assert_eq!(checks(app, &complaint).await["text_review"], "passed");
        assert_eq!(app.count("SELECT revision FROM text_reviews").await, 2);
    }

    async fn text_reviews_of_another_region_do_not_exist(app) {
        let person = app.resident("xiaoming").await;
        filed(app, &person, FACTS).await;
        app.advance(TimeDelta::seconds(1));
        let body = with(&complaint_body(), "respondent.region_code", json!("120101"));
        app.post("/api/v1/complaints").by(&person).json(body).send().await.expect(201);
        let regional = reviewer(app).await;
        // As a role of an administrator's own may be granted.
        app.execute(
            "UPDATE staff_grants SET scope = 'region:12' \
             WHERE role_id = (SELECT id FROM roles WHERE code = 'reviewer')",
        )
        .await;
        let editor = app.staff(Role::Editor, "country").await;
        assert_eq!(queue(app, &editor).await.len(), 2);
        let own = queue(app, &regional).await;
        assert_eq!(own.len(), 1);
        assert_eq!(own[0]["region_code"], "120101");
        let stranger = first(app, &editor).await;
        claim(app, &regional, &stranger).await.problem(404, "not_found");
        decide(app, &regional, &stranger, pass()).await.problem(404, "not_found");
        claim(app, &regional, &Uuid::nil().to_string()).await.problem(404, "not_found");
    }

    async fn a_text_claimed_by_many_at_once_is_had_by_one_and_decided_once(app, config => { wide_pool(config); }) {
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        let mut people = Vec::new();
        for _ in 0..8 {
            people.push(reviewer(app).await);
        }
        let id = first(app, &people[0]).await;
        let claims = join_all(people.iter().map(|who| claim(app, who, &id))).await;
        let won: Vec<usize> = (0..8).filter(|n| claims[*n].status.as_u16() == 200).collect();
        assert_eq!(won.len(), 1);
        for (n, reply) in claims.iter().enumerate().filter(|(n, _)| *n != won[0]) {
            reply.problem(409, "text_review_claimed");
            assert_ne!(n, won[0]);
        }
        // Everybody decides, the one who has it in both ways at once.
        let reject = || json!({ "outcome": "rejected", "ground": "other" });
        let decisions = people.iter().flat_map(|who| {
            [decide(app, who, &id, pass()), decide(app, who, &id, reject())]
        });
        let decisions = join_all(decisions).await;
        let done: Vec<_> = decisions.iter().filter(|reply| reply.status.as_u16() == 200).collect();
        assert_eq!(done.len(), 1);
        assert!(decisions.iter().all(|reply| matches!(reply.status.as_u16(), 200 | 409)));
        assert_eq!(state(app).await.0, done[0].json()["status"]);
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'text_review.decide'";
        assert_eq!(app.count(audited).await, 1);
    }

    async fn two_reviewers_of_one_text_at_once_cannot_both_decide(app, config => { wide_pool(config); }) {
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        let (a, b) = (reviewer(app).await, reviewer(app).await);
        let id = first(app, &a).await;
        claim(app, &a, &id).await.expect(200);
        app.advance(TimeDelta::minutes(10));
        // The first one's time is over; the second claims and decides while the first decides.
        let (late, _) = tokio::join!(decide(app, &a, &id, pass()), async {
            claim(app, &b, &id).await.expect(200);
            let ground = json!({ "outcome": "rejected", "ground": "abuse" });
            decide(app, &b, &id, ground).await.expect(200);
        });
        assert_eq!(late.status.as_u16(), 409);
        assert_eq!(state(app).await.0, "rejected");
        let by = format!("SELECT COUNT(*) FROM text_reviews WHERE decided_by = {}", app.literal(b.id));
        assert_eq!(app.count(&by).await, 1);
    }
}
