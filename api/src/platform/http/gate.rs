//! The inner middleware: who is asking, whether they ask too often, and how long they may wait.
//! Identity is found here, before any body is read, so that a handler's permission check answers
//! before its other arguments are looked at.

use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use entity::audit_entry::AuditOutcome;

use super::address::ClientAddress;
use super::code::ErrorCode;
use super::error::{AppError, AppResult};
use crate::app::App;
use crate::platform::auth::{Caller, Identity, identify, origin};
use crate::platform::db::{AuditActor, TxOrigin};
use crate::platform::limits::Arrival;

/// # Errors
/// `request_timeout`; every other refusal is a finished reply.
pub async fn gate<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return Err(AppError::internal("the server was assembled without its state").into());
    };
    // An anonymous read, the bulk of all requests, is let in without waiting for anything; the rest
    // is boxed, so that its state does not weigh on every request's future.
    let address = ClientAddress::of(&request, &app.trusted_proxies);
    request.extensions_mut().insert(address);
    let is_plain_read =
        request.method().is_safe() && !request.headers().contains_key(AUTHORIZATION);
    // As it will be routed: `%6C` in the path is the `l` of a log-in.
    let path = request.match_info().as_str();
    let arrival = app.limits.arrival(request.method(), path, address);
    let admission = if is_plain_read {
        well_formed(&request).and_then(|()| app.limits.count_read(&arrival))
    } else {
        Box::pin(admit(&app, &request, &arrival)).await
    };
    if let Err(refusal) = admission {
        return Ok(request.error_response(refusal).map_into_right_body());
    }
    let limit = Duration::from_millis(if is_file(&request) {
        app.config.http.upload_timeout_ms
    } else {
        app.config.http.request_timeout_ms
    });
    match tokio::time::timeout(limit, next.call(request)).await {
        Ok(reply) => {
            let reply = reply?;
            if reply.status() == StatusCode::FORBIDDEN {
                Box::pin(record_refusal(&app, reply.request())).await?;
            }
            Ok(reply.map_into_left_body())
        }
        // The handler's future is dropped, and with it its transaction.
        Err(_elapsed) => {
            Err(AppError::new(ErrorCode::RequestTimeout).retry_after(Duration::from_secs(5)).into())
        }
    }
}

/// A member of staff who asks for what they may not do leaves a trace. It counts as a write, so that
/// asking again and again does not fill the trail.
async fn record_refusal(app: &App, request: &HttpRequest) -> AppResult<()> {
    let staff = match request.extensions().get::<Identity>() {
        Some(Identity::Known(Caller::Staff(staff))) => staff.clone(),
        _ => return Ok(()),
    };
    let actor = AuditActor::Staff(staff.staff_id);
    let address = ClientAddress::found(request);
    let as_write = app.limits.arrival(&Method::POST, request.path(), address);
    app.limits.count_account(&as_write, staff.staff_id).await?;
    let request_origin = origin(request, Some(staff.session_id));
    let now = app.clock.now();
    let tx = app.begin_from(TxOrigin { actor, request: Some(request_origin), now }).await?;
    let route = request.match_pattern().unwrap_or_default();
    let operation = format!("{} {route}", request.method());
    tx.audit_failure("access.refused", "operation", operation, AuditOutcome::Refused).await?;
    Ok(tx.commit().await?)
}

/// A body that is a file, not JSON, comes by PUT.
fn is_file(request: &ServiceRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    request.method() == Method::PUT && !kind.starts_with(b"application/json")
}

fn well_formed(request: &ServiceRequest) -> AppResult<()> {
    // U+0000 means nothing in any path or query, and PostgreSQL has no text that holds it.
    if request.path().contains("%00") || request.query_string().contains("%00") {
        return Err(ErrorCode::MalformedRequest.into());
    }
    Ok(())
}

async fn admit(app: &App, request: &ServiceRequest, arrival: &Arrival) -> AppResult<()> {
    well_formed(request)?;
    app.limits.count(arrival).await?;
    let identity = identify(app, request).await;
    if let Identity::Known(caller) = &identity {
        app.limits.count_account(arrival, caller.id()).await?;
    }
    request.extensions_mut().insert(identity);
    Ok(())
}
