//! The pages on which people without any app see whether a report is genuine: what is printed beside its
//! code leads here, outside `/api/v1`.

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION,
};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::dto::{Answer, STYLE};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, ErrorCode, Path, Query, cached_as};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// One style and one form: nothing of the page runs, loads, or is framed.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/reports", web::get().to(ask)).route("/reports/{code}", web::get().to(show));
}

/// Whoever shares a link adds to it what they like.
#[derive(Deserialize)]
struct Asked {
    code: Option<String>,
}

/// The form; with a code as somebody typed it, where its page is.
async fn ask(_: Ctx<perm::Public>, asked: Query<Asked>) -> AppResult<HttpResponse> {
    let Some(code) = &asked.0.code else {
        return Ok(html(StatusCode::OK, service::render_report(Answer::NotAsked)?));
    };
    match service::report_page_path(code) {
        Some(path) => Ok(HttpResponse::SeeOther().insert_header((LOCATION, path)).finish()),
        None => unknown(),
    }
}

async fn show(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    code: Path<String>,
) -> AppResult<HttpResponse> {
    match service::get_report_page(&ctx, &code.0).await {
        Ok(page) => {
            let mut reply = cached_as(&request, page.as_ref(), HTML);
            // A report that was withdrawn is seen as such at once.
            reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            Ok(with_policy(reply))
        }
        Err(error) if error.code() == ErrorCode::NotFound => unknown(),
        Err(error) => Err(error),
    }
}

fn unknown() -> AppResult<HttpResponse> {
    Ok(html(StatusCode::NOT_FOUND, service::render_report(Answer::Unknown)?))
}

fn html(status: StatusCode, page: String) -> HttpResponse {
    let mut reply = HttpResponse::build(status);
    reply.insert_header((CONTENT_TYPE, HTML)).insert_header((CACHE_CONTROL, "no-store"));
    with_policy(reply.body(page))
}

fn with_policy(mut reply: HttpResponse) -> HttpResponse {
    reply.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    reply
}
