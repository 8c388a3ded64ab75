//! A stored file as a reply: what somebody uploaded must do nothing in the browser of somebody else.

use actix_web::body::SizedStream;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
    HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse};

use bytes::Bytes;
use futures_util::Stream;
use serde::Deserialize;
use utoipa::IntoParams;

use super::conditional::is_known;
use super::error::AppResult;
use crate::platform::storage::Storage;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// No script, no style, no frame, no origin of its own.
const NOTHING: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
/// The bytes under an address never change, yet a file can be taken back: a day.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400, immutable");

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RenditionQuery {
    /// Of a picture, the narrowest rendition that is at least this wide, in pixels.
    #[param(example = 320)]
    pub width: Option<u32>,
}

/// Where a file lies and what it is called. The media type is what we found, never what was said.
#[derive(Clone, Debug)]
pub struct StoredFile {
    pub key: String,
    pub media_type: &'static str,
    pub bytes: u64,
    /// Letters, digits, hyphens and a dot.
    pub name: String,
    /// Identifies the bytes; quoted.
    pub etag: String,
    /// Whether caches may keep it and pages of other origins may show it.
    pub is_public: bool,
}

impl StoredFile {
    /// The file, or 304 when the client has it.
    ///
    /// # Errors
    /// `not_found`, `unavailable`
    pub async fn send(self, storage: &Storage, request: &HttpRequest) -> AppResult<HttpResponse> {
        let is_known = is_known(request, self.etag.as_bytes());
        let mut reply = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        reply.insert_header((ETAG, self.etag));
        if self.is_public {
            reply.insert_header((CACHE_CONTROL, A_DAY));
            reply.insert_header((RESOURCE_POLICY, "cross-origin"));
        } else {
            reply.insert_header((CACHE_CONTROL, "no-store"));
            reply.insert_header((RESOURCE_POLICY, "same-origin"));
        }
        if is_known {
            return Ok(reply.finish());
        }
        let content = storage.stream(&self.key, self.bytes).await?;
        reply.insert_header((CONTENT_TYPE, self.media_type));
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        reply.insert_header((CONTENT_DISPOSITION, disposition));
        reply.insert_header((CONTENT_SECURITY_POLICY, NOTHING));
        Ok(reply.body(SizedStream::new(self.bytes, content)))
    }
}

/// A file of our own making to keep, that no cache and no page gets hold of. A part that cannot be
/// read breaks the body off, and the length tells.
pub fn attachment(
    name: &str,
    media_type: &str,
    bytes: u64,
    parts: impl Stream<Item = AppResult<Bytes>> + 'static,
) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(SizedStream::new(bytes, Box::pin(parts)))
}
