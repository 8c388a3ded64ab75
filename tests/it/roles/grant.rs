//! Giving and taking roles.

use futures_util::future::join_all;
use serde_json::json;
use tests::{Role, backends, wide_pool};
use uuid::Uuid;

use super::{give, grants_of, take};

backends! {
    async fn create_grant_adds_up_and_a_repeated_one_changes_nothing(app) {
        let security = app.staff(Role::SecurityAdmin, "country").await;
        let member = app.staff_with(&[]).await;
        let first = give(app, &security, &member, "case_handler", "region:11").await.expect(201);
        let again = give(app, &security, &member, "case_handler", "region:11").await.expect(201);
        assert_eq!(first, again);
        give(app, &security, &member, "editor", "country").await.expect(201);
        let grants = grants_of(app, &security, &member).await;
        assert_eq!(grants.len(), 2);
        let me = app.get("/api/v1/staff/me").by(&member).send().await.expect(200);
        assert_eq!(me["grants"], json!(grants));
        take(app, &security, &member, &first["id"]).await.expect(204);
        take(app, &security, &member, &first["id"]).await.problem(404, "not_found");
        app.get("/api/v1/staff/complaints").by(&member).send().await.problem(403, "forbidden");
        app.get("/api/v1/staff/articles").by(&member).send().await.expect(200);
    }

    async fn create_grant_where_the_role_has_no_meaning_is_refused(app) {
        let lab = app.lab("示范实验室").await;
        let security = app.staff(Role::SecurityAdmin, "country").await;
        let member = app.staff_with(&[]).await;
        let own_lab = format!("lab:{}", lab.id);
        for (role, scope, field) in [
            ("lab_staff", "country", "role"),
            ("lab_staff", "region:11", "role"),
            ("case_handler", own_lab.as_str(), "role"),
            ("editor", "region:11", "role"),
            ("root", "country", "role"),
            ("editor", "everywhere", "scope"),
            ("case_handler", "region:x", "scope"),
        ] {
            give(app, &security, &member, role, scope).await.invalid(field);
        }
        give(app, &security, &member, "case_handler", "region:99").await.problem(422, "unknown_region");
        let nowhere = format!("lab:{}", Uuid::nil());
        give(app, &security, &member, "lab_staff", &nowhere).await.problem(404, "not_found");
        give(app, &security, &member, "lab_staff", &own_lab).await.expect(201);
        let nobody = tests::Person { id: Uuid::nil(), ..member };
        give(app, &security, &nobody, "editor", "country").await.problem(404, "not_found");
        assert!(grants_of(app, &security, &nobody).await.is_empty());
    }

    async fn nobody_gives_or_takes_rights_of_their_own(app) {
        let (one, other) =
            (app.staff(Role::SecurityAdmin, "country").await, app.staff(Role::SecurityAdmin, "country").await);
        give(app, &one, &one, "auditor", "country").await.problem(403, "own_rights");
        let own = &grants_of(app, &other, &one).await[0]["id"];
        take(app, &one, &one, own).await.problem(403, "own_rights");
        take(app, &other, &one, own).await.expect(204);
        give(app, &one, &other, "editor", "country").await.problem(403, "forbidden");
    }

    async fn nobody_has_two_of_the_separated_duties(app) {
        let security = app.staff(Role::SecurityAdmin, "country").await;
        for (has, gets) in [
            (Role::Auditor, "security_admin"),
            (Role::SystemAdmin, "auditor"),
            (Role::Editor, "system_admin"),
            (Role::SystemAdmin, "editor"),
        ] {
            let member = app.staff(has, "country").await;
            give(app, &security, &member, gets, "country").await.problem(409, "duties_conflict");
        }
        let editor = app.staff(Role::Editor, "country").await;
        give(app, &security, &editor, "reviewer", "country").await.expect(201);
    }

    async fn nobody_has_two_of_the_separated_duties_given_at_once(app, config => { wide_pool(config); }) {
        let security = app.staff(Role::SecurityAdmin, "country").await;
        let member = app.staff_with(&[]).await;
        let roles = ["auditor", "editor", "system_admin", "security_admin"].into_iter().cycle().take(16);
        let replies = join_all(roles.map(|role| give(app, &security, &member, role, "country"))).await;
        let given = replies.iter().filter(|reply| reply.status == 201).count();
        assert_eq!(given, 4, "one role, asked for four times");
        assert_eq!(grants_of(app, &security, &member).await.len(), 1);
    }

    async fn the_last_administrator_of_a_duty_stays(app) {
        let security = app.staff(Role::SecurityAdmin, "country").await;
        let system = app.staff(Role::SystemAdmin, "country").await;
        let auditor = app.staff(Role::Auditor, "country").await;
        let only = &grants_of(app, &security, &auditor).await[0]["id"];
        take(app, &security, &auditor, only).await.problem(409, "last_administrator");
        let disable = |id: Uuid| {
            let path = format!("/api/v1/staff/members/{id}/status");
            app.put(&path).by(&system).json(json!({ "status": "disabled" })).send()
        };
        disable(auditor.id).await.problem(409, "last_administrator");
        disable(security.id).await.problem(409, "last_administrator");
        app.get("/api/v1/staff/audit-entries").by(&auditor).send().await.expect(200);
        let second = app.staff(Role::Auditor, "country").await;
        disable(auditor.id).await.expect(200);
        // A disabled one does not count.
        let only = &grants_of(app, &security, &second).await[0]["id"];
        take(app, &security, &second, only).await.problem(409, "last_administrator");
    }

    async fn the_last_administrator_of_a_duty_stays_when_all_are_taken_at_once(app, config => { wide_pool(config); }) {
        let security = app.staff(Role::SecurityAdmin, "country").await;
        let mut auditors = Vec::new();
        for _ in 0..6 {
            let auditor = app.staff(Role::Auditor, "country").await;
            let grant = grants_of(app, &security, &auditor).await[0]["id"].clone();
            auditors.push((auditor, grant));
        }
        let takes = auditors.iter().map(|(auditor, grant)| take(app, &security, auditor, grant));
        let replies = join_all(takes).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 204).count(), 5);
        assert_eq!(replies.iter().filter(|reply| reply.status == 409).count(), 1);
    }
}
