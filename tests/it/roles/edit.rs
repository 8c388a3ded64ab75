//! Making, changing and removing roles.

use serde_json::{Value, json};
use tests::{Role, backends, with};

use super::{ROLES, give, role_body, take};

backends! {
    async fn create_role_shows_it_and_its_holder_has_its_rights(app) {
        let security = app.staff(Role::SecurityAdmin, "country").await;
        let body = with(&role_body("city_reader"), "permissions", json!(["complaint.read", "complaint.read"]));
        let role = app.post(ROLES).by(&security).json(body).send().await.expect(201);
        assert_eq!(role["permissions"], json!(["complaint.read"]));
        assert_eq!(role["is_built_in"], false);
        let path = format!("{ROLES}/{}", role["id"].as_str().unwrap());
        assert_eq!(app.get(&path).by(&security).send().await.expect(200), role);
        let member = app.staff_with(&[]).await;
        let complaints = || app.get("/api/v1/staff/complaints").by(&member).send();
        complaints().await.problem(403, "forbidden");
        give(app, &security, &member, "city_reader", "region:1101").await.expect(201);
        complaints().await.expect(200);
    }

    async fn update_role_changes_the_rights_of_whoever_holds_it_at_once(app) {
        let security = app.staff(Role::SecurityAdmin, "country").await;
        let role = app.post(ROLES).by(&security).json(role_body("city")).send().await.expect(201);
        let path = format!("{ROLES}/{}", role["id"].as_str().unwrap());
        let member = app.staff_with(&[]).await;
        give(app, &security, &member, "city", "region:11").await.expect(201);
        app.get("/api/v1/staff/complaints").by(&member).send().await.expect(200);
        let put = |version: &str, permissions: Value| {
            let body = json!({ "name": "市级编辑", "permissions": permissions });
            app.put(&path).by(&security).header("if-match", version).json(body).send()
        };
        put("\"7\"", json!(["article.read"])).await.problem(412, "stale_version");
        let changed = put("\"0\"", json!(["article.read"])).await;
        assert_eq!(changed.header("etag"), "\"1\"");
        assert_eq!(changed.expect(200)["name"], "市级编辑");
        app.get("/api/v1/staff/complaints").by(&member).send().await.problem(403, "forbidden");
        app.get("/api/v1/staff/articles").by(&member).send().await.expect(200);
        let read = app.get(&path).by(&security).send().await.expect(200);
        assert_eq!(read["permissions"], json!(["article.read"]));
        let without = app.put(&path).by(&security).json(json!({ "name": "x", "permissions": [] }));
        without.send().await.problem(428, "precondition_required");
    }

    async fn roles_with_permissions_of_another_duty_are_refused(app) {
        let security = app.staff(Role::SecurityAdmin, "country").await;
        for (duty, permission) in [
            ("business", "grant.manage"),
            ("business", "audit.read"),
            ("security", "audit.read"),
            ("audit", "role.manage"),
            ("system", "complaint.read"),
            ("system", "staff.self"),
            ("business", "everything"),
        ] {
            let body = with(&role_body("mixed"), "duty", json!(duty));
            let body = with(&body, "permissions", json!([permission]));
            let post = app.post(ROLES).by(&security).json(body).send().await;
            post.invalid("permissions[0]");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM roles").await, 10);
    }

    async fn roles_with_a_wrong_field_are_refused(app) {
        let security = app.staff(Role::SecurityAdmin, "country").await;
        app.refuses_each(|| app.post(ROLES).by(&security), &role_body("city"), [
            ("code", json!("ab")),
            ("code", json!("City")),
            ("code", json!("x".repeat(33))),
            ("name", json!("  ")),
            ("name", json!("名".repeat(41))),
            ("duty", json!("everything")),
            ("reach", json!("world")),
            ("permissions", json!("complaint.read")),
            ("permissions", json!(vec!["complaint.read"; 101])),
            ("is_built_in", json!(true)),
        ]).await;
        app.post(ROLES).by(&security).json(role_body("editor")).send().await.problem(409, "role_code_taken");
        assert_eq!(app.count("SELECT COUNT(*) FROM roles").await, 10);
    }

    async fn built_in_roles_neither_change_nor_go(app) {
        let security = app.staff(Role::SecurityAdmin, "country").await;
        for role in app.walk(ROLES, Some(&security), 4).await {
            assert_eq!(role["is_built_in"], true);
            let path = format!("{ROLES}/{}", role["id"].as_str().unwrap());
            let body = json!({ "name": "改名", "permissions": [] });
            let put = app.put(&path).by(&security).header("if-match", "\"0\"").json(body);
            put.send().await.problem(409, "role_built_in");
            app.delete(&path).by(&security).send().await.problem(409, "role_built_in");
        }
        app.refuses_bad_pages(ROLES, Some(&security)).await;
    }

    async fn delete_role_that_somebody_holds_is_refused(app) {
        let security = app.staff(Role::SecurityAdmin, "country").await;
        let role = app.post(ROLES).by(&security).json(role_body("city")).send().await.expect(201);
        let path = format!("{ROLES}/{}", role["id"].as_str().unwrap());
        let member = app.staff_with(&[]).await;
        let grant = give(app, &security, &member, "city", "country").await.expect(201);
        app.delete(&path).by(&security).send().await.problem(409, "role_in_use");
        take(app, &security, &member, &grant["id"]).await.expect(204);
        app.delete(&path).by(&security).send().await.expect(204);
        app.get(&path).by(&security).send().await.problem(404, "not_found");
    }

    async fn whoever_holds_a_role_does_not_change_it(app) {
        let (one, other) =
            (app.staff(Role::SecurityAdmin, "country").await, app.staff(Role::SecurityAdmin, "country").await);
        let body = json!({
            "code": "junior_security", "name": "安全助理", "duty": "security", "reach": "country",
            "permissions": ["role.read"],
        });
        let role = app.post(ROLES).by(&one).json(body).send().await.expect(201);
        give(app, &one, &other, "junior_security", "country").await.expect(201);
        let path = format!("{ROLES}/{}", role["id"].as_str().unwrap());
        let more = json!({ "name": "安全助理", "permissions": ["role.read", "grant.manage"] });
        let put = app.put(&path).by(&other).header("if-match", "\"0\"").json(more).send().await;
        put.problem(403, "own_rights");
        app.delete(&path).by(&other).send().await.problem(403, "own_rights");
    }

    async fn list_permissions_names_every_one_that_a_role_may_hold(app) {
        let auditor = app.staff(Role::Auditor, "country").await;
        let list = app.get("/api/v1/staff/permissions").by(&auditor).send().await.expect(200);
        let names: Vec<&str> = list.as_array().unwrap().iter().filter_map(|p| p["name"].as_str()).collect();
        assert!(names.contains(&"grant.manage") && !names.contains(&"staff.self"), "{names:?}");
        for permission in list.as_array().unwrap() {
            assert!(!permission["label"].as_str().unwrap().is_empty());
            assert!(!permission["duties"].as_array().unwrap().is_empty());
        }
    }
}
