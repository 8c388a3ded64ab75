//! From an HTTP request to an endpoint and back: faults, limits, recording, rendering.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::LOCATION;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde_json::Value;

use super::endpoints;
use super::endpoints::oauth_page::Page;
use super::fault::Fault;
use super::ledger::{Outcome, RecordedCall};
use super::reply::{Refused, Reply};
use super::world::{Call, World};
use crate::client::paths;

/// Handles every request.
pub(super) async fn dispatch(
    world: web::Data<World>,
    request: HttpRequest,
    query: web::Query<HashMap<String, String>>,
    body: Bytes,
) -> HttpResponse {
    let call = Call {
        path: request.path().to_owned(),
        is_post: request.method() == Method::POST,
        query: query.into_inner(),
        body: body.to_vec(),
        now: world.clock.now(),
    };
    if call.path == paths::OAUTH_AUTHORIZE {
        return page(&world, &request, call).await;
    }
    let fault = world.faults.next(&call.path);
    if let Some(Fault::Latency(delay)) = fault {
        actix_web::rt::time::sleep(delay).await;
    }
    let reply = match fault {
        Some(Fault::Errcode(errcode)) => Some(Err(Refused::new(errcode))),
        Some(Fault::TokenRejected) => Some(Err(Refused::new(40001))),
        Some(Fault::Status(status)) => {
            record(&world, &request, call, Outcome::Status(status));
            return gateway_error(status);
        }
        Some(Fault::Latency(_) | Fault::Truncated | Fault::Closed) | None => {
            answer(&world, &call).await
        }
    };
    let Some(reply) = reply else {
        record(&world, &request, call, Outcome::UnknownPath);
        return HttpResponse::NotFound().finish();
    };
    let (errcode, json) = match reply {
        Ok(json) => (0, json),
        Err(refused) => (refused.errcode, refused.to_json(&call.path)),
    };
    record(&world, &request, call, Outcome::Errcode(errcode));
    render(&world, &json, fault)
}

/// The endpoint's reply; `None` for an unknown path.
async fn answer(world: &World, call: &Call) -> Option<Reply> {
    if !world.ledger.admit(&call.path, call.now) {
        let errcode = if call.path == paths::CHECK_TEXT { 44991 } else { 45011 };
        return Some(Err(Refused::new(errcode)));
    }
    Some(match call.path.as_str() {
        paths::TOKEN => endpoints::token::classic(world, call).await,
        paths::STABLE_TOKEN => endpoints::token::stable(world, call).await,
        paths::CODE_TO_SESSION => endpoints::login::code_to_session(world, call).await,
        paths::OAUTH_TOKEN => endpoints::oauth::access_token(world, call).await,
        paths::OAUTH_REFRESH => endpoints::oauth::refresh(world, call).await,
        paths::OAUTH_USER => endpoints::oauth::userinfo(world, call).await,
        paths::OAUTH_CHECK => endpoints::oauth::check(world, call).await,
        paths::CHECK_SESSION => endpoints::login::check_session(world, call).await,
        paths::PHONE_NUMBER => endpoints::phone::phone_number(world, call).await,
        paths::CHECK_TEXT => endpoints::content::check_text(world, call).await,
        paths::RISK_RANK => endpoints::risk::rank(world, call).await,
        paths::SUBSCRIBE_SEND => endpoints::subscribe::send(world, call).await,
        _ => return None,
    })
}

/// The one page for people: an error is text to read, not JSON.
async fn page(world: &World, request: &HttpRequest, call: Call) -> HttpResponse {
    let page = endpoints::oauth_page::authorize(world, &call, request.query_string()).await;
    let errcode = page.as_ref().err().map_or(0, |refused| refused.errcode);
    record(world, request, call, Outcome::Errcode(errcode));
    match page {
        Ok(Page::Redirect(to)) => HttpResponse::Found().insert_header((LOCATION, to)).finish(),
        Ok(Page::Html(text)) => {
            HttpResponse::Ok().content_type("text/html; charset=utf-8").body(text)
        }
        Err(refused) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body(format!("<!doctype html><h1>{}</h1>", refused.errcode)),
    }
}

fn record(world: &World, request: &HttpRequest, call: Call, outcome: Outcome) {
    world.ledger.record(RecordedCall {
        at: call.now,
        method: request.method().to_string(),
        path: call.path,
        query: call.query,
        body: serde_json::from_slice(&call.body).unwrap_or(Value::Null),
        outcome,
    });
}

fn render(world: &World, json: &Value, fault: Option<Fault>) -> HttpResponse {
    let mut text = json.to_string();
    if fault == Some(Fault::Truncated) {
        // Our replies are ASCII or not, but a broken character is a fine fault, too.
        let half = text.len() / 2;
        let cut: Vec<u8> = text.into_bytes().into_iter().take(half).collect();
        return HttpResponse::Ok().content_type("application/json").body(cut);
    }
    if fault == Some(Fault::Closed) {
        return HttpResponse::Ok().content_type("application/json").body(BrokenBody { text });
    }
    let content_type =
        if world.plain_text_replies { "text/plain" } else { "application/json; charset=UTF-8" };
    if world.plain_text_replies {
        text.push('\n');
    }
    HttpResponse::Ok().content_type(content_type).body(text)
}

fn gateway_error(status: u16) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let page = format!("<html><body><h1>{status}</h1></body></html>");
    HttpResponse::build(status).content_type("text/html").body(page)
}

/// A body that promises its length and then fails, which makes the server drop the connection.
struct BrokenBody {
    text: String,
}

impl MessageBody for BrokenBody {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(u64::try_from(self.text.len()).unwrap_or(u64::MAX))
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionAborted))))
    }
}
