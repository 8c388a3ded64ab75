//! Members of staff: log-in, credentials, sessions, and who manages whom.

mod guessing;
mod login;
mod members;
mod password;
mod recovery;
mod second_factor;
mod sessions;
mod wechat;

use sanjin::features::roles::GrantInput;
use sanjin::features::staff::{CreateStaffMember, service};
use sanjin::platform::db::AuditActor;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery";
const LOGIN: &str = "/api/v1/staff/auth/login";
const SECOND_FACTOR: &str = "/api/v1/staff/auth/second-factor";
const OWN_FACTOR: &str = "/api/v1/staff/me/second-factor";

fn member_body(username: &str) -> Value {
    json!({
        "username": username, "display_name": "王编辑", "password": PASSWORD,
    })
}

/// An administrator, and `wang.wei` whom they made.
async fn administrator_and_member(app: &TestApp) -> (Person, Value) {
    let admin = app.staff(Role::SystemAdmin, "country").await;
    let post = app.post("/api/v1/staff/members").by(&admin).json(member_body("wang.wei"));
    let member = post.send().await.expect(201);
    (admin, member)
}

/// An editor with [`PASSWORD`] who need not change it.
async fn settled(app: &TestApp, username: &str) -> Uuid {
    let input = CreateStaffMember {
        username: username.to_owned(),
        display_name: "李编辑".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let grant = GrantInput { role: Role::Editor.code().to_owned(), scope: "country".to_owned() };
    service::seed_staff(&app.app, input, &[grant], AuditActor::System).await.unwrap().id
}

async fn login(app: &TestApp, username: &str, password: &str) -> TestResponse {
    app.post(LOGIN).json(json!({ "username": username, "password": password })).send().await
}

async fn refresh(app: &TestApp, token: &Value) -> TestResponse {
    app.post("/api/v1/staff/auth/refresh").json(json!({ "refresh_token": token })).send().await
}

async fn me(app: &TestApp, token: &Value) -> TestResponse {
    app.get("/api/v1/staff/me").bearer(token.as_str().unwrap()).send().await
}

/// Somebody in the middle of their work.
fn person(id: Uuid, tokens: &Value) -> Person {
    let text = |field: &str| tokens[field].as_str().unwrap().to_owned();
    Person { id, token: text("access_token"), refresh_token: text("refresh_token") }
}

/// The ticket of a log-in that waits for its code.
async fn ticket(app: &TestApp, username: &str) -> String {
    let reply = login(app, username, PASSWORD).await.expect(200);
    assert_eq!(reply["second_factor"]["expires_in"], 300, "{reply}");
    assert_eq!(reply.as_object().unwrap().len(), 1, "nothing but the ticket");
    reply["second_factor"]["ticket"].as_str().unwrap().to_owned()
}

async fn pass(app: &TestApp, ticket: &str, code: &str) -> TestResponse {
    app.post(SECOND_FACTOR).json(json!({ "ticket": ticket, "code": code })).send().await
}

/// A member with an authenticator in use.
struct Enrolled {
    who: Person,
    totp: Totp,
    recovery_codes: Vec<String>,
}

fn authenticator(enrolment: &Value) -> Totp {
    let secret = Secret::try_from_base32(enrolment["secret"].as_str().unwrap()).unwrap();
    Builder::new().with_secret(secret).with_account_name("x").build().unwrap()
}

/// The code that the authenticator shows now, some seconds off.
fn code(app: &TestApp, totp: &Totp, off: i64) -> String {
    totp.generate(u64::try_from(app.now().timestamp() + off).unwrap()).to_string()
}

/// A code that the authenticator shows neither now nor near now.
fn wrong_code(app: &TestApp, totp: &Totp) -> String {
    let near: Vec<String> = (-2..=2).map(|step| code(app, totp, step * 30)).collect();
    let wrong = (0..).map(|n| format!("{n:06}")).find(|code| !near.contains(code));
    wrong.unwrap()
}

impl Enrolled {
    async fn of(app: &TestApp, username: &str) -> Self {
        let id = settled(app, username).await;
        let tokens = login(app, username, PASSWORD).await.expect(200);
        Self::by(app, &person(id, &tokens)).await
    }

    async fn by(app: &TestApp, who: &Person) -> Self {
        let begin = app.post(OWN_FACTOR).by(who).json(json!({ "password": PASSWORD }));
        let totp = authenticator(&begin.send().await.expect(201));
        let confirm = app.post(&format!("{OWN_FACTOR}/confirmation")).by(who);
        let confirm = confirm.json(json!({ "code": code(app, &totp, 0) }));
        let done = confirm.send().await.expect(200);
        let recovery_codes = serde_json::from_value(done["recovery_codes"].clone()).unwrap();
        Self { who: person(who.id, &done), totp, recovery_codes }
    }

    fn code(&self, app: &TestApp) -> String {
        code(app, &self.totp, 0)
    }
}

/// How often an action stands in the audit trail.
async fn audited(app: &TestApp, action: &str) -> i64 {
    app.count(&format!("SELECT COUNT(*) FROM audit_entries WHERE action = '{action}'")).await
}
