//! People to ask as: residents through the built-in WeChat, and the demo lab's staff.

use std::net::SocketAddr;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use crate::client::{Connection, Request};

const AT_ONCE: usize = 8;

fn text(value: &Value, key: &str) -> anyhow::Result<String> {
    let text = value.get(key).and_then(Value::as_str);
    Ok(text.with_context(|| format!("an answer without {key}"))?.to_owned())
}

/// Logs `count` residents in and returns their access tokens.
///
/// # Errors
/// The candidate refuses.
pub async fn log_in(address: SocketAddr, count: usize) -> anyhow::Result<Vec<String>> {
    let loops = (0..AT_ONCE.min(count)).map(async |first| {
        let mut connection = Connection::open(address).await?;
        let mut tokens = Vec::new();
        for number in (first..count).step_by(AT_ONCE) {
            let user = json!({ "user": format!("bench-{number}") });
            let minted =
                connection.json(&Request::post("/sandbox/wechat/codes", &user), 201).await?;
            let code = json!({ "code": text(&minted, "code")? });
            let login = Request::post("/api/v1/auth/wechat/login", &code);
            tokens.push(text(&connection.json(&login, 200).await?, "access_token")?);
        }
        anyhow::Ok(tokens)
    });
    Ok(try_join_all(loops).await?.into_iter().flatten().collect())
}

/// Logs the demo lab's member of staff in.
///
/// # Errors
/// The candidate refuses.
pub async fn log_in_lab(connection: &mut Connection) -> anyhow::Result<String> {
    // The name and password are those of the sandbox's demo staff, which it prints at its start.
    let input = json!({ "username": "lab", "password": "sanjin-sandbox-2026" });
    let login = Request::post("/api/v1/staff/auth/login", &input);
    text(&connection.json(&login, 200).await?, "access_token")
}

/// A service that the demo lab offers.
///
/// # Errors
/// The candidate lists no slots.
pub async fn demo_service(connection: &mut Connection) -> anyhow::Result<String> {
    let list = connection.json(&Request::get("/api/v1/slots?limit=1"), 200).await?;
    text(list.pointer("/items/0").context("the demo lab has no slots")?, "service_id")
}

/// Opens a slot and returns its id.
///
/// # Errors
/// The candidate refuses.
pub async fn open_slot(
    connection: &mut Connection,
    token: &str,
    input: &Value,
) -> anyhow::Result<String> {
    let request = Request::post("/api/v1/staff/slots", input).by(token);
    text(&connection.json(&request, 201).await?, "id")
}
