//! Who gets a question, and which ones nobody answers.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Config, Person, Role, TestApp, backends};
use uuid::Uuid;
use wechat::client::mini::{Label, Suggest};

use super::{
    STAFF, TEXT, answer, answered, ask, asked, asker, follow_up, handler, own, question_body, seen,
    step, told,
};

fn asking(config: &mut Config) {
    config.text_review.ask_wechat = true;
    config.text_review.sample_per_mille = 0;
}

async fn listed(app: &TestApp, who: &Person, query: &str) -> Vec<Value> {
    let all = app.walk(&format!("{STAFF}{query}"), Some(who), 2).await;
    all.iter().map(|item| item["id"].clone()).collect()
}

backends! {
    async fn list_staff_questions_shows_ones_regions_without_words(app) {
        let person = asker(app, "xiaoming").await;
        let mut ids = Vec::new();
        for region in [json!("110101"), json!("310101"), json!("110101001"), json!(null)] {
            let mut body = question_body();
            body["region_code"] = region;
            ids.push(ask(app, &person, body).await.expect(201)["id"].clone());
            app.advance(TimeDelta::seconds(1));
        }
        let of = |places: &[usize]| places.iter().map(|n| ids[*n].clone()).collect::<Vec<_>>();
        let country = app.staff(Role::HqAdmin, "country").await;
        for (who, wanted) in [
            (handler(app).await, of(&[0, 2])),
            (app.staff(Role::CaseHandler, "region:110101001").await, of(&[2])),
            (app.staff(Role::CaseHandler, "region:66").await, of(&[])),
            (country.clone(), of(&[0, 1, 2, 3])),
        ] {
            assert_eq!(listed(app, &who, "").await, wanted);
        }
        assert_eq!(listed(app, &country, "?region=31").await, of(&[1]));
        assert_eq!(listed(app, &country, "?product_class=other").await, of(&[]));
        assert_eq!(listed(app, &country, "?status=asked&mine=true").await, of(&[]));
        let page = app.get(STAFF).by(&country).send().await;
        assert!(!page.text().contains("座椅") && !page.text().contains(&person.id.to_string()));
        app.refuses_bad_pages(STAFF, Some(&country)).await;
        let of = async |limit: u32| {
            let path = format!("{STAFF}?limit={limit}");
            app.statements_of(|| app.get(&path).by(&country)).await
        };
        assert_eq!(of(1).await, of(4).await);
    }

    async fn a_look_is_audited_and_tells_nobody_who_asked(app) {
        let person = asker(app, "xiaoming").await;
        let id = asked(app, &person).await;
        let view = seen(app, &handler(app).await, &id).await;
        assert_eq!(view.expect(200)["text"], TEXT);
        assert_eq!(view.header("etag"), "\"0\"");
        assert!(!view.text().contains(&person.id.to_string()), "{}", view.text());
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_entries WHERE action = 'question.read'").await, 1);
        for scope in ["region:12", "region:110102"] {
            let stranger = app.staff(Role::CaseHandler, scope).await;
            seen(app, &stranger, &id).await.problem(404, "not_found");
            step(app, &stranger, &id, "assignment", json!({})).await.problem(404, "not_found");
            step(app, &stranger, &id, "redirection", json!({})).await.problem(404, "not_found");
        }
        let reporter = app.staff(Role::ProvinceReporter, "region:11").await;
        seen(app, &reporter, &id).await.problem(403, "forbidden");
    }

    async fn waiting_is_counted_in_hours_and_working_days(app) {
        let person = asker(app, "xiaoming").await;
        let id = asked(app, &person).await;
        app.advance(TimeDelta::days(7));
        let hq = app.staff(Role::HqAdmin, "country").await;
        let item = app.walk(STAFF, Some(&hq), 10).await.remove(0);
        assert_eq!([&item["hours_waiting"], &item["is_overdue"], &item["due_on"]], [&json!(168), &json!(false), &json!("2026-11-27")]);
        assert!(listed(app, &hq, "?overdue=true").await.is_empty());
        app.advance(TimeDelta::hours(14));
        let hq = app.staff(Role::HqAdmin, "country").await;
        assert_eq!(listed(app, &hq, "?overdue=true").await, [json!(id)]);
        let expert = handler(app).await;
        step(app, &expert, &id, "assignment", json!({ "assignee_id": expert.id })).await.expect(200);
        assert_eq!(listed(app, &expert, "?overdue=true&mine=true").await, [json!(id)]);
        answer(app, &expert, &id).await.expect(200);
        assert!(listed(app, &hq, "?overdue=true").await.is_empty());
        let item = app.walk(STAFF, Some(&hq), 10).await.remove(0);
        assert_eq!([&item["hours_waiting"], &item["is_overdue"]], [&json!(null), &json!(false)]);
    }

    async fn assign_question_goes_to_who_may_answer_it(app) {
        let person = asker(app, "xiaoming").await;
        let (id, triage) = (asked(app, &person).await, handler(app).await);
        let lab = app.lab("甲实验室").await;
        let (far, editor) =
            (app.staff(Role::CaseHandler, "region:31").await, app.staff(Role::Editor, "country").await);
        for (body, field) in [
            (json!({ "assignee_id": far.id }), "assignee_id"),
            (json!({ "assignee_id": editor.id }), "assignee_id"),
            (json!({ "assignee_id": lab.staff.id }), "assignee_id"),
            (json!({ "assignee_id": person.id }), "assignee_id"),
            (json!({ "assignee_id": Uuid::nil() }), "assignee_id"),
            (json!({ "lab_id": Uuid::nil() }), "lab_id"),
            (json!({ "lab_id": "x" }), "lab_id"),
            (json!({ "note": "x" }), "note"),
        ] {
            step(app, &triage, &id, "assignment", body).await.invalid(field);
        }
        let given = json!({ "assignee_id": lab.staff.id, "lab_id": lab.id });
        let after = step(app, &triage, &id, "assignment", given).await.expect(200);
        assert_eq!([&after["status"], &after["lab_id"]], [&json!("triaged"), &json!(lab.id)]);
        assert_eq!(told(app, &person).await, ["question_triaged"]);
        // The institution sees it now, and another one can be asked instead; that is told once.
        seen(app, &lab.staff, &id).await.expect(200);
        step(app, &triage, &id, "assignment", json!({ "assignee_id": triage.id })).await.expect(200);
        seen(app, &lab.staff, &id).await.problem(404, "not_found");
        assert_eq!(told(app, &person).await.len(), 1);
    }

    async fn an_edit_starts_from_what_is_there(app) {
        let person = asker(app, "xiaoming").await;
        let (id, triage) = (asked(app, &person).await, handler(app).await);
        for action in ["assignment", "rejection", "redirection"] {
            let post = || app.post(&format!("{STAFF}/{id}/{action}")).by(&triage).json(json!({ "reason": "unclear" }));
            let post_bare = || app.post(&format!("{STAFF}/{id}/{action}")).by(&triage);
            if action == "rejection" {
                post().send().await.problem(428, "precondition_required");
                post().header("if-match", "\"7\"").send().await.problem(412, "stale_version");
            } else {
                post_bare().send().await.problem(428, "precondition_required");
                post_bare().header("if-match", "\"7\"").send().await.problem(412, "stale_version");
            }
        }
        assert_eq!(own(app, &person, &id).await.expect(200)["status"], "asked");
    }

    async fn reject_question_says_why_and_redirect_question_where_to(app) {
        let person = asker(app, "xiaoming").await;
        let triage = handler(app).await;
        let (first, second) = (asked(app, &person).await, asked(app, &person).await);
        for reason in [json!("because"), json!(null), json!("写得不好")] {
            step(app, &triage, &first, "rejection", json!({ "reason": reason })).await.invalid("reason");
        }
        step(app, &triage, &first, "rejection", json!({ "reason": "duplicate" })).await.expect(200);
        app.advance(TimeDelta::seconds(1));
        step(app, &triage, &second, "redirection", json!({})).await.expect(200);
        let (rejected, redirected) = (own(app, &person, &first).await, own(app, &person, &second).await);
        assert_eq!([&rejected.expect(200)["status"], &rejected.json()["rejection"]], ["rejected", "duplicate"]);
        assert_eq!(redirected.expect(200)["status"], "redirected");
        assert_eq!(told(app, &person).await, ["question_redirected", "question_rejected"]);
        for id in [&first, &second] {
            for (action, body) in [
                ("assignment", json!({})), ("rejection", json!({ "reason": "unclear" })), ("redirection", json!({})),
                ("answer", json!({ "text": "请看标志。" })),
            ] {
                step(app, &triage, id, action, body).await.problem(409, "question_decided");
            }
            let claim = app.post(&format!("{STAFF}/{id}/claim")).by(&triage).send().await;
            claim.problem(409, "question_decided");
        }
    }

    async fn an_answer_is_not_rejected_any_more(app) {
        let (person, expert) = (asker(app, "xiaoming").await, handler(app).await);
        let id = answered(app, &person, &expert).await;
        let refuse = async |id: &str| {
            step(app, &expert, id, "rejection", json!({ "reason": "unclear" })).await.problem(409, "question_decided");
            step(app, &expert, id, "redirection", json!({})).await.problem(409, "question_decided");
        };
        refuse(&id).await;
        follow_up(app, &person, &id).await.expect(200);
        refuse(&id).await;
    }

    async fn what_the_review_rejects_goes_to_no_expert(app, config => { asking(config); }) {
        app.wechat().text_rule("座椅", Suggest::Risky, Label::Advertising);
        let person = asker(app, "xiaoming").await;
        let id = asked(app, &person).await;
        app.drain_jobs().await;
        let (triage, editor) = (handler(app).await, app.staff(Role::Editor, "country").await);
        assert_eq!(seen(app, &triage, &id).await.expect(200)["text_review"], "rejected");
        seen(app, &editor, &id).await.problem(409, "question_text_rejected");
        step(app, &triage, &id, "assignment", json!({})).await.problem(409, "question_text_rejected");
        // A person sets it right.
        let reviewer = app.staff(Role::Reviewer, "country").await;
        let queue = app.walk("/api/v1/staff/text-reviews", Some(&reviewer), 10).await;
        let path = format!("/api/v1/staff/text-reviews/{}", queue[0]["id"].as_str().unwrap());
        let claimed = app.post(&format!("{path}/claim")).by(&reviewer).send().await.expect(200);
        assert_eq!([&claimed["kind"], &claimed["text"]], [&json!("question_content"), &json!(format!("安全座椅怎么选\n{TEXT}"))]);
        let passed = json!({ "outcome": "passed" });
        app.post(&format!("{path}/decision")).by(&reviewer).json(passed).send().await.expect(200);
        step(app, &triage, &id, "assignment", json!({})).await.expect(200);
        seen(app, &editor, &id).await.expect(200);
    }
}
