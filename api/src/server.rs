//! Puts the HTTP side together: routes, middleware in their order, limits, and the graceful stop.

use std::net::SocketAddr;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::Server;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::{Condition, from_fn};
use actix_web::{App as HttpApp, HttpRequest, HttpResponse, HttpServer, web};
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::scope::scope;

use crate::app::App;
use crate::features;
use crate::openapi::{ApiDoc, Docs};
use crate::operations::Operations;
use crate::platform::http::{AppError, ErrorCode, RequestId, envelope, gate};

/// Binds and starts. Returns the address, since a listen port of 0 is chosen by the system.
///
/// # Errors
/// The address cannot be bound.
pub fn start(app: &App) -> std::io::Result<(Server, SocketAddr)> {
    let settings = &app.config.http;
    let shared = web::Data::new(app.clone());
    let docs = web::Data::new(Docs::default());
    let workers = if settings.workers == 0 {
        std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
    } else {
        settings.workers
    };
    let server = HttpServer::new(move || {
        let (http_app, _) = HttpApp::new()
            .into_utoipa_app()
            .service(scope("/api/v1").configure(features::configure))
            .split_for_parts();
        let origins = &shared.config.http.cors_origins;
        http_app
            .app_data(shared.clone())
            .app_data(docs.clone())
            .app_data(web::PayloadConfig::new(shared.config.http.max_body_bytes))
            .configure(|config| operate(config, &shared))
            .default_service(web::to(nowhere))
            // The last wrapped is the outermost. Inside out: who asks and how often; what browsers
            // may; and around everything the request's id, errors as problems, log and metrics.
            .wrap(from_fn(gate))
            .wrap(Condition::new(!origins.is_empty(), cors(origins)))
            .wrap(from_fn(envelope))
    })
    .workers(workers)
    .max_connections(settings.max_connections)
    .keep_alive(Duration::from_secs(settings.keep_alive_secs))
    .client_request_timeout(Duration::from_millis(settings.head_timeout_ms))
    .shutdown_timeout(settings.shutdown_secs)
    // We stop in our own order: not ready, then drained, then stopped.
    .disable_signals()
    .bind(settings.listen)?;
    let address = server.addrs().first().copied().unwrap_or(settings.listen);
    Ok((server.run(), address))
}

/// What is not part of the API: health, metrics, the site map, the documents, and the sandbox.
fn operate(config: &mut web::ServiceConfig, app: &App) {
    config
        .route("/healthz", web::get().to(features::system::healthz))
        .route("/readyz", web::get().to(features::system::readyz))
        .route("/metrics", web::get().to(features::system::metrics))
        .configure(features::feeds::configure_site)
        .configure(features::samples::configure_site);
    ApiDoc::configure(config);
    if app.simulator.is_some() {
        features::sandbox::configure(config);
    }
}

/// A path we know under another method is 405, everything else 404.
async fn nowhere(request: HttpRequest) -> HttpResponse {
    let request_id = RequestId::found(&request).0;
    match Operations::shared().methods(request.path()) {
        None => AppError::new(ErrorCode::NotFound).respond(&request_id),
        Some(methods) => {
            let mut reply = AppError::new(ErrorCode::MethodNotAllowed).respond(&request_id);
            if let Ok(methods) = HeaderValue::from_str(&methods) {
                reply.headers_mut().insert(header::ALLOW, methods);
            }
            reply
        }
    }
}

fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::HeaderName::from_static("challenge-solution"),
            header::HeaderName::from_static("idempotency-key"),
            header::HeaderName::from_static("x-request-id"),
        ])
        .expose_headers(["etag", "retry-after", "x-request-id", "idempotency-replayed"])
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
