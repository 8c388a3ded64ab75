//! Members of staff: log-in, sessions, and who manages whom.

mod login;
mod members;

use serde_json::{Value, json};
use tests::{Person, Role, TestApp};

const PASSWORD: &str = "correct horse battery";

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
