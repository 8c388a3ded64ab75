//! The outermost middleware: what is true of every request, whatever it asks.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use futures_util::FutureExt as _;

use super::code::ErrorCode;
use super::error::AppError;
use crate::app::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Identifies one request in the reply, in every log line of it and in the audit trail.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

impl RequestId {
    /// A proxy's id is kept when it is harmless, so that its log and ours meet.
    fn of(request: &ServiceRequest, app: &App) -> Self {
        let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
        let is_harmless = |id: &&str| {
            (8..=64).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        Self(given.filter(is_harmless).map_or_else(|| app.ids.id().to_string(), str::to_owned))
    }

    #[must_use]
    pub fn found(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_else(|| Self(String::new()))
    }
}

/// Marks a request that only asks what an answer would be, though it is routed as the question itself.
#[derive(Clone, Copy, Debug)]
pub struct HeadOnly;

impl HeadOnly {
    #[must_use]
    pub fn is(request: &HttpRequest) -> bool {
        request.extensions().contains::<Self>()
    }
}

/// Gives the request an id; turns errors into problems, and panics into errors; adds the security
/// headers; counts and logs.
///
/// # Errors
/// Only for a request that was cut off from its handler; the error carries the finished reply.
pub async fn envelope<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let started = Instant::now();
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return Err(AppError::internal("the server was assembled without its state").into());
    };
    let id = RequestId::of(&request, &app);
    let method = request.method().clone();
    request.extensions_mut().insert(id.clone());
    // Whatever can be got can be asked about (RFC 9110, section 9.3.2); the server drops the body.
    if method == Method::HEAD {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(HeadOnly);
    }
    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let error = match outcome {
        Ok(Ok(reply)) => return Ok(finish(&app, &id, &method, started, reply)),
        Ok(Err(error)) => error,
        Err(_panic) => AppError::internal("a handler panicked").into(),
    };
    let error = app_error(&error);
    error.log(&id.0);
    app.metrics.count_request("-".to_owned(), error.code().status(), started.elapsed());
    let mut reply = error.respond(&id.0);
    harden(reply.headers_mut(), &id);
    Err(InternalError::from_response(error, reply).into())
}

fn finish<B: MessageBody + 'static>(
    app: &App,
    id: &RequestId,
    method: &Method,
    started: Instant,
    reply: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let mut reply = match reply.response().error() {
        None => reply.map_into_left_body(),
        Some(error) => {
            let error = app_error(error);
            error.log(&id.0);
            let mut problem = error.respond(&id.0);
            keep_cors(reply.headers(), problem.headers_mut());
            reply.into_response(problem).map_into_right_body()
        }
    };
    harden(reply.headers_mut(), id);
    let status = reply.status().as_u16();
    let elapsed = started.elapsed();
    let route = reply.request().match_pattern().unwrap_or_else(|| "-".to_owned());
    // A successful read is counted, not logged: it changed nothing and shows nothing of a person.
    let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    if status < 400 && (method == Method::GET || method == Method::HEAD) {
        tracing::debug!(request_id = id.0, %method, route, status, elapsed_us, "request");
    } else {
        tracing::info!(request_id = id.0, %method, route, status, elapsed_us, "request");
    }
    app.metrics.count_request(route, status, elapsed);
    reply
}

/// A browser shows a page only an answer that allows its origin, be it a refusal.
fn keep_cors(from: &HeaderMap, to: &mut HeaderMap) {
    for (name, value) in from {
        if *name == VARY || name.as_str().starts_with("access-control-") {
            to.append(name.clone(), value.clone());
        }
    }
}

/// Ours is used as it is; the framework's own becomes the nearest code.
fn app_error(error: &Error) -> AppError {
    if let Some(ours) = error.as_error::<AppError>() {
        return ours.again();
    }
    let code = match error.as_response_error().status_code().as_u16() {
        404 => ErrorCode::NotFound,
        405 => ErrorCode::MethodNotAllowed,
        408 => ErrorCode::RequestTimeout,
        413 => ErrorCode::BodyTooLarge,
        415 => ErrorCode::UnsupportedMediaType,
        400..=499 => ErrorCode::MalformedRequest,
        _ => return AppError::internal(error.to_string()),
    };
    AppError::new(code)
}

/// Headers that cost nothing and close doors. Pages that need more than the API (the docs) set
/// their own policy first.
fn harden(headers: &mut HeaderMap, id: &RequestId) {
    const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
    const DENY: HeaderValue = HeaderValue::from_static("DENY");
    const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
    const NOTHING: HeaderValue =
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    const A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    headers.insert(X_FRAME_OPTIONS, DENY);
    headers.insert(REFERRER_POLICY, NO_REFERRER);
    headers.insert(STRICT_TRANSPORT_SECURITY, A_YEAR);
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, NOTHING);
    }
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, id);
    }
}
