//! The inner middleware: who is asking, whether they ask too often, and how long they may wait.
//! Identity is found here, before any body is read, so that a handler's permission check answers
//! before its other arguments are looked at.

use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use super::address::ClientAddress;
use super::code::ErrorCode;
use super::error::{AppError, AppResult};
use crate::app::App;
use crate::platform::auth::{Identity, identify};
use crate::platform::kv::Rule;

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
    let admission = if is_plain_read {
        well_formed(&request)
    } else {
        Box::pin(admit(&app, &request, address)).await
    };
    if let Err(refusal) = admission {
        return Ok(request.error_response(refusal).map_into_right_body());
    }
    let limit = Duration::from_millis(app.config.http.request_timeout_ms);
    match tokio::time::timeout(limit, next.call(request)).await {
        Ok(reply) => reply.map(ServiceResponse::map_into_left_body),
        // The handler's future is dropped, and with it its transaction.
        Err(_elapsed) => {
            Err(AppError::new(ErrorCode::RequestTimeout).retry_after(Duration::from_secs(5)).into())
        }
    }
}

fn well_formed(request: &ServiceRequest) -> AppResult<()> {
    // U+0000 means nothing in any path or query, and PostgreSQL has no text that holds it.
    if request.path().contains("%00") || request.query_string().contains("%00") {
        return Err(ErrorCode::MalformedRequest.into());
    }
    Ok(())
}

async fn admit(app: &App, request: &ServiceRequest, address: ClientAddress) -> AppResult<()> {
    well_formed(request)?;
    let is_write = !request.method().is_safe();
    if is_write {
        app.kv.limit(Rule::AddressWrites, &address.limit_key()).await?;
    }
    let identity = identify(app, request).await;
    if is_write && let Identity::Known(caller) = &identity {
        app.kv.limit(Rule::AccountWrites, &caller.subject()).await?;
    }
    request.extensions_mut().insert(identity);
    Ok(())
}
