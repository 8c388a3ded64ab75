//! Filing a complaint, looking at it, taking it back.

use std::collections::HashSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{backends, complaint_body, with};
use uuid::Uuid;

use super::{OWN, decide, filed, filed_in, handler, submit, withdraw};

backends! {
    async fn submit_complaint_shows_its_number_its_term_and_a_masked_identity(app) {
        let person = app.resident("xiaoming").await;
        let reply = submit(app, &person, complaint_body()).await;
        let complaint = reply.expect(201);
        assert_eq!(complaint["status"], "submitted");
        assert_eq!(complaint["received_at"], "2026-11-20T02:00:00Z");
        // A Friday; the seventh working day lies beyond two weekends.
        assert_eq!(complaint["accept_due_on"], "2026-12-01");
        assert_eq!(complaint["complainant"], json!({ "name": "王**", "phone": "138****8000" }));
        assert_eq!(complaint["respondent"]["region_code"], "110101");
        assert_eq!(complaint["allowed_actions"], json!(["withdraw"]));
        assert_eq!(complaint["timeline"][0]["status"], "submitted");
        assert_eq!(reply.header("cache-control"), "no-store");
        let path = format!("{OWN}/{}", complaint["id"].as_str().unwrap());
        assert_eq!(app.get(&path).by(&person).send().await.expect(200), complaint);
    }

    async fn submit_complaint_gives_numbers_that_cannot_be_guessed(app) {
        let person = app.resident("xiaoming").await;
        let mut numbers = HashSet::new();
        for _ in 0..20 {
            let complaint = submit(app, &person, complaint_body()).await.expect(201);
            let number = complaint["number"].as_str().unwrap().to_owned();
            let random = number.strip_prefix("TS20261120-").unwrap();
            assert_eq!(random.len(), 8);
            let is_readable = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
            assert!(random.chars().all(is_readable) && !random.contains(['0', 'O', '1', 'I']));
            numbers.insert(number);
        }
        assert_eq!(numbers.len(), 20);
    }

    async fn submit_complaint_after_midnight_in_china_is_received_that_day(app) {
        app.advance(TimeDelta::hours(14));
        let person = app.resident("xiaoming").await;
        let complaint = submit(app, &person, complaint_body()).await.expect(201);
        assert!(complaint["number"].as_str().unwrap().starts_with("TS20261121-"));
        // Received on a Saturday.
        assert_eq!(complaint["accept_due_on"], "2026-12-01");
    }

    async fn submit_complaint_keeps_the_identity_encrypted(app) {
        let person = app.resident("xiaoming").await;
        let mut body = complaint_body();
        let secrets = ["欧阳测试员", "13711112222", "朝阳区隐秘街道 99 号"];
        for (field, secret) in ["name", "phone", "address"].into_iter().zip(secrets) {
            body["complainant"][field] = json!(secret);
        }
        let post = app.post(OWN).by(&person).json(body).header("idempotency-key", "a-key-0001");
        let complaint = post.send().await.expect(201);
        for secret in secrets {
            assert_eq!(app.tables_with(secret).await, Vec::<String>::new(), "{secret}");
            assert!(!complaint.to_string().contains(secret));
        }
        // What is not the complainant's identity is there to be searched.
        assert_eq!(app.tables_with("某某商店").await, ["complaints"]);
    }

    async fn submit_complaint_with_a_wrong_field_is_refused(app) {
        let person = app.resident("xiaoming").await;
        app.refuses_each(|| app.post(OWN).by(&person), &complaint_body(), [
            ("complainant.name", json!("王")),
            ("complainant.name", json!("王".repeat(41))),
            ("complainant.name", json!("两\n行")),
            ("complainant.phone", json!("")),
            ("complainant.phone", json!("1380013800")),
            ("complainant.phone", json!("not a phone")),
            ("complainant.phone", json!("1".repeat(21))),
            ("complainant.phone", json!(13_800_138_000_i64)),
            ("complainant.address", json!("短")),
            ("complainant.address", json!("x".repeat(201))),
            ("complainant.id_number", json!("110101199001010000")),
            ("respondent.name", json!("店")),
            ("respondent.name", json!("店".repeat(121))),
            ("respondent.address", json!("x".repeat(201))),
            ("respondent.region_code", json!("1101011234")),
            ("demand", json!("revenge")),
            ("demand", json!(null)),
            ("facts", json!("太短了")),
            ("facts", json!("x".repeat(4001))),
            ("facts", json!("响铃\u{7}响铃响铃响铃响铃")),
            ("amount_fen", json!(-1)),
            ("amount_fen", json!(10_000_000_001_i64)),
            ("amount_fen", json!(1e30)),
            ("amount_fen", json!(29.9)),
            ("amount_fen", json!("29900")),
            ("purchased_on", json!("2026-02-31")),
            ("purchased_on", json!("2026-11-21")),
            ("purchased_on", json!("2026/11/01")),
            ("purchased_on", json!("+300000-01-01")),
            ("is_publishable", json!("no")),
            ("is_publishable", json!(null)),
            ("is_delegable", json!(1)),
            ("status", json!("accepted")),
        ]).await;
        for field in ["complainant", "respondent", "demand", "facts", "is_publishable", "is_delegable"] {
            let mut body = complaint_body();
            body.as_object_mut().unwrap().remove(field);
            submit(app, &person, body).await.invalid(field);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM complaints").await, 0);
    }

    async fn submit_complaint_about_a_region_that_handles_none_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let about = |code: &str| {
            submit(app, &person, with(&complaint_body(), "respondent.region_code", json!(code)))
        };
        for code in ["99", "999999", "", "abcdef", "11010"] {
            let problem = about(code).await.problem(422, "unknown_region");
            assert_eq!(problem["errors"][0]["path"], "respondent.region_code");
        }
        // Complaints go to a county.
        for code in ["11", "1101", "66"] {
            about(code).await.invalid("respondent.region_code");
        }
        about("110101").await.expect(201);
        about("110101001").await.expect(201);
    }

    async fn submit_complaint_without_what_is_optional_is_accepted(app) {
        let person = app.resident("xiaoming").await;
        for missing in [json!(null), json!("absent")] {
            let mut body = complaint_body();
            for field in ["amount_fen", "purchased_on"] {
                body[field] = missing.clone();
                if missing == "absent" {
                    body.as_object_mut().unwrap().remove(field);
                }
            }
            let complaint = submit(app, &person, body).await.expect(201);
            assert_eq!([&complaint["amount_fen"], &complaint["purchased_on"]], [&Value::Null; 2]);
        }
        let most = with(&complaint_body(), "amount_fen", json!(10_000_000_000_i64));
        submit(app, &person, most).await.expect(201);
        let today = with(&complaint_body(), "purchased_on", json!("2026-11-20"));
        submit(app, &person, today).await.expect(201);
    }

    async fn get_complaint_of_somebody_else_is_refused(app) {
        let (owner, thief) = (app.resident("xiaoming").await, app.resident("dahei").await);
        let id = filed(app, &owner).await;
        for id in [id.clone(), Uuid::nil().to_string(), "7".to_owned()] {
            let get = app.get(&format!("{OWN}/{id}")).by(&thief).send().await;
            get.problem(404, "not_found");
            withdraw(app, &thief, &id).await.problem(404, "not_found");
        }
        assert!(app.walk(OWN, Some(&thief), 10).await.is_empty());
        let staff = handler(app, "country").await;
        app.get(&format!("{OWN}/{id}")).by(&staff).send().await.problem(401, "token_invalid");
    }

    async fn list_complaints_walks_ones_own_by_status_without_identities(app) {
        let (person, other) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let mut own = Vec::new();
        for _ in 0..4 {
            own.insert(0, json!(filed(app, &person).await));
            filed_in(app, &other, "310101").await;
            app.advance(TimeDelta::seconds(1));
        }
        withdraw(app, &person, own[1].as_str().unwrap()).await.expect(200);
        let ids = async |query: &str, limit| -> Vec<Value> {
            let all = app.walk(&format!("{OWN}{query}"), Some(&person), limit).await;
            assert!(all.iter().all(|item| item.get("complainant").is_none()));
            all.iter().map(|item| item["id"].clone()).collect()
        };
        for limit in [1, 2, 4] {
            assert_eq!(ids("", limit).await, own);
            assert_eq!(ids("?status=withdrawn", limit).await, own[1..2]);
            assert_eq!(ids("?status=submitted", limit).await.len(), 3);
        }
        app.refuses_bad_pages(OWN, Some(&person)).await;
        let wrong = app.get(&format!("{OWN}?status=lost")).by(&person).send().await;
        wrong.problem(422, "validation_failed");
    }

    async fn withdraw_complaint_works_until_it_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let handler = handler(app, "region:11").await;
        let waiting = filed(app, &person).await;
        app.advance(TimeDelta::seconds(1));
        let withdrawn = withdraw(app, &person, &waiting).await.expect(200);
        assert_eq!(withdrawn["status"], "withdrawn");
        assert_eq!(withdrawn["allowed_actions"], json!([]));
        assert_eq!(withdrawn["timeline"][1]["status"], "withdrawn");
        withdraw(app, &person, &waiting).await.problem(409, "complaint_decided");
        let accepted = filed(app, &person).await;
        decide(app, &handler, &accepted, "acceptance", json!({})).await.expect(200);
        withdraw(app, &person, &accepted).await.expect(200);
        let refused = filed(app, &person).await;
        let ground = json!({ "ground": 1, "note": "不属于本机关职责" });
        decide(app, &handler, &refused, "refusal", ground).await.expect(200);
        withdraw(app, &person, &refused).await.problem(409, "complaint_decided");
    }
}
