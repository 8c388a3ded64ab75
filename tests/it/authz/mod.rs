//! The authorisation matrix: every operation of openapi.json × every kind of caller. Rows come from
//! the document and the roles, so a new operation is in it from its first day.

mod objects;

use std::collections::HashSet;

use chrono::TimeDelta;
use reqwest::Method;
use sanjin::platform::auth::{Standing, perm};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;
use tests::{Operation, Role, Spec, TestApp, TestResponse, backends};
use uuid::Uuid;

/// Codes that say "not you", as opposed to "not so".
const REFUSALS: [&str; 8] = [
    "unauthenticated",
    "token_invalid",
    "token_expired",
    "forbidden",
    "account_disabled",
    "account_closing",
    "not_for_children",
    "age_required",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Anonymous,
    Resident(Standing),
    /// A resident who asked for deletion.
    Closing,
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
        (Caller::Resident(standing), "resident") => refused(standing, permission),
        (Caller::Closing, "resident") => {
            let is_left = ["me.privacy", "session.end"].contains(&permission.as_str());
            (!is_left).then_some("account_closing")
        }
        (Caller::Resident(_) | Caller::Closing, _) | (Caller::Staff(_), "resident") => {
            Some("token_invalid")
        }
        (Caller::Staff(role), _) => {
            let may = rights.of(role, permission);
            if may { None } else { Some("forbidden") }
        }
    }
}

/// What the table of standings promises: who is not in the list is told why.
fn refused(standing: Standing, permission: &str) -> Option<&'static str> {
    let (.., held) = perm::RESIDENT.iter().find(|(_, name, _)| *name == permission).unwrap();
    if held.contains(&standing) {
        return None;
    }
    Some(match standing {
        _ if !held.contains(&Standing::Adult) => "forbidden",
        Standing::Undeclared => "age_required",
        _ => "not_for_children",
    })
}

/// Somebody of each standing.
async fn residents(app: &TestApp) -> Vec<(Caller, Option<String>)> {
    let teacher = app.teacher("laoshi").await;
    let class = app.class(&teacher, 1).await;
    let mut residents = Vec::new();
    for standing in Standing::ALL {
        let person = match standing {
            Standing::Adult => teacher.clone(),
            Standing::Undeclared => app.resident("xiaoming").await,
            Standing::Teen => app.teen("xiaohong").await,
            Standing::Ward => app.ward("xiaohua", &teacher).await,
            Standing::Child => app.child("xiaolan").await,
            Standing::Seat => app.seat(&class).await,
        };
        residents.push((Caller::Resident(standing), Some(person.token)));
    }
    residents
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
        let closing = app.resident("closing").await;
        for (person, change) in [
            (&disabled, "status = 'disabled'"),
            (&revoked, "epoch = epoch + 1"),
            (&closing, "status = 'closing'"),
        ] {
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
            "INSERT INTO labs (id, name, region_code, address, phone, introduction, status, created_at, \
             updated_at, version) SELECT {nil}, 'nil', region_code, address, phone, introduction, \
             status, created_at, updated_at, version FROM labs"
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
            (Caller::Closing, Some(closing.token)),
        ];
        callers.extend(residents(app).await);
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
        // Some doors opened on work.
        app.drain_jobs().await;
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
            Some((audience, permission)) if audience == "resident" => {
                let may = |standing: &Standing| refused(*standing, permission).is_none();
                let who: Vec<_> = Standing::ALL.into_iter().filter(may).collect();
                if who.len() == Standing::ALL.len() {
                    "residents".to_owned()
                } else {
                    let who = who.into_iter().map(|standing| format!("{standing:?}").to_lowercase());
                    who.collect::<Vec<_>>().join(" ")
                }
            }
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
