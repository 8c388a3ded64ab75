//! The authorisation matrix: every operation of openapi.json × every kind of caller. Rows come from
//! the document and the roles, so a new operation is in it from its first day.

mod objects;

use std::collections::HashSet;

use chrono::TimeDelta;
use reqwest::Method;
use sanjin::platform::auth::perm;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;
use tests::{Operation, Role, Spec, TestApp, TestResponse, backends};
use uuid::Uuid;

/// Codes that say "not you", as opposed to "not so".
const REFUSALS: [&str; 5] =
    ["unauthenticated", "token_invalid", "token_expired", "forbidden", "account_disabled"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Anonymous,
    Resident,
    Staff(Role),
    /// A resident whose account was disabled.
    Disabled,
    /// A member of staff who was disabled; their sessions end with it.
    DisabledStaff,
    /// A token that is past its time, of either audience.
    Expired,
    ExpiredStaff,
    /// A token whose session ended.
    LoggedOut,
    /// A token from before the account's epoch was raised.
    Revoked,
    Garbage,
}

/// (role, permission) as the database has them.
struct Rights(HashSet<(String, String)>);

impl Rights {
    async fn of_database(app: &TestApp) -> Self {
        let sql =
            "SELECT r.code, p.permission FROM roles r JOIN role_permissions p ON p.role_id = r.id";
        let statement = Statement::from_string(app.app.db.backend(), sql);
        let rows = app.app.db.query_all_raw(statement).await.unwrap().into_iter();
        Self(rows.map(|row| row.try_get_many_by_index().unwrap()).collect())
    }

    fn of(&self, role: Role, permission: &str) -> bool {
        let info = perm::STAFF.iter().find(|info| info.name == permission).unwrap();
        let own = (role.code().to_owned(), permission.to_owned());
        info.duties.is_empty() || self.0.contains(&own)
    }
}

/// What the document and the roles promise.
fn expected(rights: &Rights, operation: &Operation, caller: Caller) -> Option<&'static str> {
    let (audience, permission) = operation.security.as_ref()?;
    match (caller, audience.as_str()) {
        (Caller::Anonymous, _) => Some("unauthenticated"),
        (Caller::Expired | Caller::ExpiredStaff, _) => Some("token_expired"),
        (Caller::Disabled, _) => Some("account_disabled"),
        (Caller::LoggedOut | Caller::Revoked | Caller::DisabledStaff | Caller::Garbage, _) => {
            Some("token_invalid")
        }
        (Caller::Resident, "resident") => None,
        (Caller::Resident, _) | (Caller::Staff(_), "resident") => Some("token_invalid"),
        (Caller::Staff(role), _) => {
            let may = rights.of(role, permission);
            if may { None } else { Some("forbidden") }
        }
    }
}

fn scope(role: Role) -> String {
    match role {
        Role::LabStaff => format!("lab:{}", Uuid::nil()),
        Role::ProvinceReporter => "region:11".to_owned(),
        Role::PointReporter => format!("point:{}", Uuid::nil()),
        _ => "country".to_owned(),
    }
}

/// The operation with ids that name nothing and an empty body: enough to learn whether the door
/// opens, without going through it.
async fn knock(app: &TestApp, operation: &Operation, token: Option<&str>) -> TestResponse {
    let path: Vec<String> = operation
        .path
        .split('/')
        .map(|part| match part {
            "{code}" => "11".to_owned(),
            "{key}" => "none.png".to_owned(),
            part if part.starts_with('{') => Uuid::from_u128(9).to_string(),
            part => part.to_owned(),
        })
        .collect();
    let method: Method = operation.method.parse().unwrap();
    let request = app.request(method.clone(), &path.join("/"));
    let request = if method == Method::GET { request } else { request.json(json!({})) };
    match token {
        Some(token) => request.bearer(token).send().await,
        None => request.send().await,
    }
}

fn refusal(reply: &TestResponse) -> Option<&'static str> {
    if reply.status.is_success() || reply.body.is_empty() {
        return None;
    }
    let code = reply.json()["code"].clone();
    REFUSALS.into_iter().find(|refusal| code == *refusal)
}

backends! {
    async fn every_operation_lets_in_exactly_whom_it_should(app) {
        app.lab("实验室").await;
        let (expired, expired_staff) =
            (app.resident("expired").await, app.staff(Role::Editor, "country").await);
        app.advance(TimeDelta::hours(1));
        let (disabled, revoked) = (app.resident("disabled").await, app.resident("revoked").await);
        for (person, change) in [(&disabled, "status = 'disabled'"), (&revoked, "epoch = epoch + 1")] {
            let id = app.literal(person.id);
            app.execute(&format!("UPDATE accounts SET {change} WHERE id = {id}")).await;
        }
        let disabled_staff = app.staff(Role::Editor, "country").await;
        let system = app.staff(Role::SystemAdmin, "country").await;
        let put = app.put(&format!("/api/v1/staff/members/{}/status", disabled_staff.id)).by(&system);
        put.json(json!({ "status": "disabled" })).send().await.expect(200);
        let gone = app.resident("gone").await;
        app.post("/api/v1/auth/logout").bearer(&gone.token).send().await.expect(204);
        // A scope needs what it names; the nil ones are made by hand.
        let nil = app.literal(Uuid::nil());
        app.execute(&format!(
            "INSERT INTO labs SELECT {nil}, 'nil', region_code, address, phone, introduction, status, \
             created_at, updated_at, version FROM labs"
        ))
        .await;
        app.execute(&format!(
            "INSERT INTO monitoring_points SELECT {nil}, 'nil', 'school', region_code, address, \
             'active', created_at, updated_at, version FROM labs LIMIT 1"
        ))
        .await;
        let mut callers = vec![
            (Caller::Anonymous, None),
            (Caller::Expired, Some(expired.token)),
            (Caller::ExpiredStaff, Some(expired_staff.token)),
            (Caller::Disabled, Some(disabled.token)),
            (Caller::DisabledStaff, Some(disabled_staff.token)),
            (Caller::Revoked, Some(revoked.token)),
            (Caller::LoggedOut, Some(gone.token)),
            (Caller::Garbage, Some("not.a.token".to_owned())),
            (Caller::Resident, Some(app.resident("xiaoming").await.token)),
        ];
        let rights = Rights::of_database(app).await;
        for role in Role::ALL {
            callers.push((Caller::Staff(role), Some(app.staff(role, &scope(role)).await.token)));
        }
        let mut operations: Vec<_> = Spec::shared().operations.iter().collect();
        // Those that end the caller's session come last.
        operations.sort_by_key(|operation| operation.id.starts_with("logout"));
        for operation in operations {
            for (caller, token) in &callers {
                let reply = knock(app, operation, token.as_deref()).await;
                assert!(reply.status.as_u16() < 500, "{} as {caller:?}: {}", operation.id, reply.text());
                let wanted = expected(&rights, operation, *caller);
                assert_eq!(refusal(&reply), wanted, "{} as {caller:?}", operation.id);
            }
        }
    }
}

backends! {
    /// A change of anybody's rights shows in review.
    async fn rights_are_as_reviewed(app) {
        let rights = Rights::of_database(app).await;
        for (role, permission) in &rights.0 {
            let is_known = perm::STAFF.iter().any(|info| info.name == permission);
            assert!(is_known, "{role} holds {permission}, which does not exist");
        }
        let who = |operation: &Operation| match &operation.security {
            None => "everybody".to_owned(),
            Some((audience, _)) if audience == "resident" => "residents".to_owned(),
            Some((_, permission)) => {
                let roles = Role::ALL.into_iter().filter(|role| rights.of(*role, permission));
                let roles: Vec<_> = roles.map(Role::code).collect();
                assert!(!roles.is_empty(), "no built-in role holds {permission}");
                if roles.len() == Role::ALL.len() { "staff".to_owned() } else { roles.join(" ") }
            }
        };
        let line = |operation: &Operation| format!("{:<28}{}", operation.id, who(operation));
        let lines: Vec<String> = Spec::shared().operations.iter().map(line).collect();
        insta::assert_snapshot!("rights", lines.join("\n"));
    }
}
