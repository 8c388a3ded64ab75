//! `/healthz`, `/readyz` and `/metrics`: outside `/api/v1`, for machines of the operator's network.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use entity::job::JobStatus;
use sea_orm::Iterable as _;
use serde_json::json;

use crate::app::App;
use crate::features::articles::service::publication_lag;
use crate::platform::db::is_migrated;
use crate::platform::jobs::count_by_status;

/// A probe that waits longer than this has its answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process is alive.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// The process should get requests: the database answers and is migrated, files can be written,
/// and nobody asked to stop. Redis is shown but does not decide: without it the service works,
/// only less shared.
pub async fn readyz(app: web::Data<App>) -> HttpResponse {
    let (database, kv, storage) = tokio::join!(
        within(async { matches!(is_migrated(&app.db).await, Ok(true)) }),
        within(app.kv.is_reachable()),
        within(app.storage.is_reachable()),
    );
    let is_draining = app.lifecycle.is_draining();
    let is_ready = database && storage && !is_draining;
    let body = json!({
        "status": if is_ready { "ready" } else { "not_ready" },
        "database": database,
        "kv": kv,
        "storage": storage,
        "draining": is_draining,
    });
    if is_ready {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}

async fn within(check: impl Future<Output = bool>) -> bool {
    tokio::time::timeout(PATIENCE, check).await.unwrap_or(false)
}

/// Prometheus text.
pub async fn metrics(app: web::Data<App>) -> HttpResponse {
    if let Ok(Ok(counts)) = tokio::time::timeout(PATIENCE, count_by_status(&app.db)).await {
        for status in JobStatus::iter().filter(|status| *status != JobStatus::Done) {
            let count = counts.iter().find(|(s, _)| *s == status).map_or(0, |(_, count)| *count);
            app.metrics.set_queue(status.as_str(), count);
        }
    }
    let lag = publication_lag(&app.db, app.clock.now());
    if let Ok(Ok(lag)) = tokio::time::timeout(PATIENCE, lag).await {
        app.metrics.set_publication_lag(lag.num_seconds());
    }
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(app.metrics.render())
}
