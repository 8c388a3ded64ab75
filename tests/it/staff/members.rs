//! Who is made, listed, disabled, and with which rights.

use serde_json::{Value, json};
use tests::{Role, backends};
use uuid::Uuid;

use super::{PASSWORD, administrator_and_member, member_body};

const MEMBERS: &str = "/api/v1/staff/members";

backends! {
    async fn create_staff_member_shows_the_member_and_keeps_the_password_to_itself(app) {
        let (_, member) = administrator_and_member(app).await;
        assert_eq!(member["username"], "wang.wei");
        assert_eq!(member["status"], "active");
        assert_eq!(member["last_login_at"], Value::Null);
        assert_eq!(member["grants"], json!([]));
        assert!(!member.to_string().contains("password"));
        assert_eq!(app.tables_with(PASSWORD).await, Vec::<String>::new());
        let hashed = "SELECT COUNT(*) FROM staff_members WHERE password_hash LIKE '$argon2id$%'";
        assert_eq!(app.count(hashed).await, 2);
        let details = "SELECT details FROM audit_entries WHERE action = 'staff.create' \
                       AND actor_kind = 'staff'";
        assert_eq!(app.count(&details.replace("details", "COUNT(*)")).await, 1);
    }

    async fn create_staff_member_with_a_taken_name_is_refused(app) {
        let (admin, _) = administrator_and_member(app).await;
        let again = app.post(MEMBERS).by(&admin).json(member_body("wang.wei")).send().await;
        again.problem(409, "username_taken");
        assert_eq!(app.count("SELECT COUNT(*) FROM staff_members").await, 2);
    }

    async fn create_staff_member_with_a_wrong_field_is_refused(app) {
        let admin = app.staff(Role::SystemAdmin, "country").await;
        app.refuses_each(|| app.post(MEMBERS).by(&admin), &member_body("wang.wei"), [
            ("username", json!("ab")),
            ("username", json!("x".repeat(33))),
            ("username", json!("Wang")),
            ("username", json!("wang wei")),
            ("username", json!("王伟")),
            ("display_name", json!("   ")),
            ("display_name", json!("名".repeat(41))),
            ("display_name", json!("两\n行")),
            ("display_name", json!("反\u{202e}转")),
            ("password", json!("eleven-char")),
            ("password", json!("x".repeat(129))),
            ("grants", json!([])),
            ("is_admin", json!(true)),
        ]).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM staff_members").await, 1);
    }

    async fn list_staff_members_walks_all_of_them_newest_first(app) {
        let (admin, member) = administrator_and_member(app).await;
        for _ in 0..3 {
            app.advance(chrono::TimeDelta::seconds(1));
            app.staff(Role::Editor, "country").await;
        }
        for limit in [1, 2, 5, 100] {
            let all = app.walk(MEMBERS, Some(&admin), limit).await;
            assert_eq!(all.len(), 5, "{limit} at a time");
            let times: Vec<&str> = all.iter().filter_map(|m| m["created_at"].as_str()).collect();
            assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
            assert!(all.contains(&member));
        }
        app.refuses_bad_pages(MEMBERS, Some(&admin)).await;
    }

    async fn set_staff_status_of_oneself_is_refused(app) {
        let admin = app.staff(Role::SystemAdmin, "country").await;
        let path = format!("{MEMBERS}/{}/status", admin.id);
        let put = |status: &str| app.put(&path).by(&admin).json(json!({ "status": status })).send();
        put("disabled").await.problem(403, "forbidden");
        put("active").await.problem(403, "forbidden");
        app.get("/api/v1/staff/me").by(&admin).send().await.expect(200);
    }

    async fn set_staff_status_of_nobody_is_refused(app) {
        let (admin, member) = administrator_and_member(app).await;
        let body = json!({ "status": "disabled" });
        for id in [Uuid::nil().to_string(), "7".to_owned(), "x".repeat(300)] {
            let path = format!("{MEMBERS}/{id}/status");
            let put = app.put(&path).by(&admin).json(body.clone()).send().await;
            put.problem(404, "not_found");
        }
        let path = format!("{MEMBERS}/{}/status", member["id"].as_str().unwrap());
        app.refuses_each(|| app.put(&path).by(&admin), &body, [
            ("status", json!("deleted")), ("status", json!(null)), ("epoch", json!(0)),
        ]).await;
    }

    async fn get_staff_me_adds_up_the_permissions_of_all_grants(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let both = app.staff_with(&[(Role::Reviewer, "country"), (Role::CaseHandler, "region:11")]);
        let both = both.await;
        let permissions = async |who: &tests::Person| {
            let me = app.get("/api/v1/staff/me").by(who).send().await.expect(200);
            let list: Vec<String> = serde_json::from_value(me["permissions"].clone()).unwrap();
            list
        };
        assert_eq!(
            permissions(&editor).await,
            ["staff.self", "staff.devices", "article.read", "article.edit", "article.publish", "search.read", "search.manage", "campaign.manage", "home.manage", "media.upload", "bulletin.read", "bulletin.edit", "quiz.edit", "question.read", "question.publish", "text.review"]
        );
        assert_eq!(
            permissions(&both).await,
            ["staff.self", "staff.devices", "article.read", "article.review", "article.publish", "search.read", "bulletin.read", "bulletin.publish", "complaint.read", "complaint.decide", "question.read", "question.triage", "question.answer", "question.publish", "identity.read", "text.review", "correction.decide"]
        );
    }
}
