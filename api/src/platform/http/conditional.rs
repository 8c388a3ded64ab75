//! Conditional requests (RFC 9110, section 13): `If-None-Match` for cached reads, `If-Match` for
//! staff edits.

use std::future::{Ready, ready};
use std::time::SystemTime;

use actix_web::dev::Payload;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, HttpDate, IF_MATCH, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED,
};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::code::ErrorCode;
use super::error::{AppError, AppResult};
use crate::platform::cache::CachedPage;

/// Public pages: a minute in any cache, and stale for five more while it is fetched anew.
const PUBLIC: HeaderValue =
    HeaderValue::from_static("public, max-age=60, stale-while-revalidate=300");
/// One's own: kept by nobody in between, and asked for again each time.
const OWN: HeaderValue = HeaderValue::from_static("private, no-cache");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Answers from the page cache: the finished bytes, or 304 when the client has them.
#[must_use]
pub fn cached(request: &HttpRequest, page: &CachedPage) -> HttpResponse {
    cached_as(request, page, JSON)
}

/// As [`cached`], for what is no JSON.
#[must_use]
pub fn cached_as(
    request: &HttpRequest,
    page: &CachedPage,
    media_type: HeaderValue,
) -> HttpResponse {
    let is_known = has_page(request, page);
    let mut reply = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    reply.insert_header((CACHE_CONTROL, PUBLIC));
    reply.insert_header((ETAG, page.etag.clone()));
    if let Some(modified) = page.modified {
        reply.insert_header((LAST_MODIFIED, HttpDate::from(modified)));
    }
    if is_known {
        return reply.finish();
    }
    reply.insert_header((CONTENT_TYPE, media_type));
    reply.body(page.body.clone())
}

/// A body of one's own with its entity tag, or 304 when the client has it. Only its owner may keep it.
#[must_use]
pub fn tagged(request: &HttpRequest, media_type: &'static str, body: Bytes) -> HttpResponse {
    let digest = Sha256::digest(&body);
    let digest = digest.first_chunk::<16>().map(hex::encode).unwrap_or_default();
    let etag = format!("\"{digest}\"");
    let is_known = is_known(request, etag.as_bytes());
    let mut reply = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    reply.insert_header((CACHE_CONTROL, OWN));
    reply.insert_header((ETAG, etag));
    if is_known {
        return reply.finish();
    }
    reply.insert_header((CONTENT_TYPE, media_type));
    reply.body(body)
}

/// As [`tagged`], of a view.
///
/// # Errors
/// The view cannot be serialised.
pub fn tagged_json(request: &HttpRequest, view: &impl Serialize) -> AppResult<HttpResponse> {
    let body = serde_json::to_vec(view).map_err(AppError::internal)?;
    Ok(tagged(request, "application/json", body.into()))
}

/// Whether the client has the page. A date counts only without a tag (RFC 9110, section 13.2.2).
fn has_page(request: &HttpRequest, page: &CachedPage) -> bool {
    let headers = request.headers();
    if headers.contains_key(IF_NONE_MATCH) {
        return is_known(request, page.etag.as_bytes());
    }
    let since = headers.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    let since = since.and_then(|text| text.parse::<HttpDate>().ok()).map(SystemTime::from);
    page.modified.zip(since).is_some_and(|(modified, since)| modified <= since)
}

/// Whether the client has what `etag` stands for.
#[must_use]
pub(super) fn is_known(request: &HttpRequest, etag: &[u8]) -> bool {
    request.headers().get(IF_NONE_MATCH).is_some_and(|known| names(known.as_bytes(), etag))
}

/// Whether a list of entity tags holds `etag`, by weak comparison.
fn names(list: &[u8], etag: &[u8]) -> bool {
    list.split(|b| *b == b',').any(|item| {
        let item = item.trim_ascii();
        item == b"*" || item.strip_prefix(b"W/").unwrap_or(item) == etag
    })
}

/// The version that an edit starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub i32);

impl FromRequest for IfMatch {
    type Error = AppError;
    type Future = Ready<AppResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(IF_MATCH) else {
            return ready(Err(ErrorCode::PreconditionRequired.into()));
        };
        let version = value.to_str().ok().and_then(|text| text.trim_matches('"').parse().ok());
        // A tag we never gave cannot be the current one.
        ready(version.map(Self).ok_or_else(|| AppError::new(ErrorCode::StaleVersion)))
    }
}

/// As [`IfMatch`], where the state of the thing already guards the change: who says which version
/// they saw is held to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaybeIfMatch(pub Option<i32>);

impl FromRequest for MaybeIfMatch {
    type Error = AppError;
    type Future = Ready<AppResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(IF_MATCH) {
            return ready(Ok(Self(None)));
        }
        let version = IfMatch::from_request(request, payload).into_inner();
        ready(version.map(|version| Self(Some(version.0))))
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn entity_tags_compare_weakly() {
        assert!(names(b"\"a\"", b"\"a\""));
        assert!(names(b"W/\"a\"", b"\"a\""));
        assert!(names(b"\"b\", \"a\"", b"\"a\""));
        assert!(names(b"*", b"\"a\""));
        assert!(!names(b"\"b\"", b"\"a\""));
        assert!(!names(b"", b"\"a\""));
    }
}
