//! The authorisation matrix: every operation of openapi.json × every kind of caller. Rows come from
//! the document and the table of permissions, so a new operation is in it from its first day.

use chrono::TimeDelta;
use entity::staff_grant::Role;
use reqwest::Method;
use sanjin::platform::auth::perm;
use sea_orm::Iterable as _;
use serde_json::json;
use tests::{Operation, Spec, TestApp, TestResponse, backends};
use uuid::Uuid;

/// Codes that say "not you", as opposed to "not so".
const REFUSALS: [&str; 5] =
    ["unauthenticated", "token_invalid", "token_expired", "forbidden", "account_disabled"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Anonymous,
    Resident,
    Staff(Role),
    Expired,
    LoggedOut,
    Garbage,
}

/// What the document and the table of roles promise.
fn expected(operation: &Operation, caller: Caller) -> Option<&'static str> {
    let (audience, permission) = operation.security.as_ref()?;
    match (caller, audience.as_str()) {
        (Caller::Anonymous, _) => Some("unauthenticated"),
        (Caller::Expired, _) => Some("token_expired"),
        (Caller::LoggedOut | Caller::Garbage, _) => Some("token_invalid"),
        (Caller::Resident, "resident") => None,
        (Caller::Resident, _) | (Caller::Staff(_), "resident") => Some("token_invalid"),
        (Caller::Staff(role), _) => {
            let (.., roles) = perm::STAFF.iter().find(|(_, name, _)| name == permission).unwrap();
            if roles.contains(&role) { None } else { Some("forbidden") }
        }
    }
}

fn scope(role: Role) -> String {
    match role {
        Role::LabStaff => format!("lab:{}", Uuid::nil()),
        Role::ProvinceReporter => "region:11".to_owned(),
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
        let nobody = app.resident("expired").await;
        app.advance(TimeDelta::hours(1));
        let gone = app.resident("gone").await;
        app.post("/api/v1/auth/logout").bearer(&gone.token).send().await.expect(204);
        // A lab scope needs its lab; the nil one is made by hand.
        let lab = "INSERT INTO labs SELECT '00000000-0000-0000-0000-000000000000', 'nil', region_code, \
                   address, phone, introduction, status, created_at, updated_at, version FROM labs";
        let lab = if app.engine() == tests::Engine::Sqlite {
            lab.replace("'00000000-0000-0000-0000-000000000000'", "zeroblob(16)")
        } else {
            lab.to_owned()
        };
        sea_orm::ConnectionTrait::execute_unprepared(&app.app.db, &lab).await.unwrap();
        let mut callers = vec![
            (Caller::Anonymous, None),
            (Caller::Expired, Some(nobody.token)),
            (Caller::LoggedOut, Some(gone.token)),
            (Caller::Garbage, Some("not.a.token".to_owned())),
            (Caller::Resident, Some(app.resident("xiaoming").await.token)),
        ];
        for role in Role::iter() {
            callers.push((Caller::Staff(role), Some(app.staff(role, &scope(role)).await.token)));
        }
        let mut operations: Vec<_> = Spec::shared().operations.iter().collect();
        // Those that end the caller's session come last.
        operations.sort_by_key(|operation| operation.id.starts_with("logout"));
        for operation in operations {
            for (caller, token) in &callers {
                let reply = knock(app, operation, token.as_deref()).await;
                assert!(reply.status.as_u16() < 500, "{} as {caller:?}: {}", operation.id, reply.text());
                let wanted = expected(operation, *caller);
                assert_eq!(refusal(&reply), wanted, "{} as {caller:?}", operation.id);
            }
        }
    }
}

/// A change of anybody's rights shows in review.
#[test]
fn rights_are_as_reviewed() {
    let lines: Vec<String> = Spec::shared()
        .operations
        .iter()
        .map(|operation| {
            let who = match &operation.security {
                None => "everybody".to_owned(),
                Some((audience, _)) if audience == "resident" => "residents".to_owned(),
                Some((_, permission)) => {
                    let row = perm::STAFF.iter().find(|(_, name, _)| name == permission);
                    let (.., roles) = row.unwrap_or_else(|| panic!("no permission {permission}"));
                    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
                }
            };
            format!("{:<28}{who}", operation.id)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
