//! What a use case answers with: a status and the finished JSON, serialised once.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use actix_web::{HttpRequest, HttpResponse, Responder};
use bytes::Bytes;
use serde::Serialize;

use super::error::{AppError, AppResult};

/// A JSON reply that belongs to one person, hence `no-store`.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) status: u16,
    pub(super) body: Bytes,
    etag: Option<String>,
    is_replay: bool,
}

impl Reply {
    /// # Errors
    /// The view cannot be serialised.
    pub fn json(status: u16, view: &impl Serialize) -> AppResult<Self> {
        let body = serde_json::to_vec(view).map_err(AppError::internal)?;
        Ok(Self { status, body: body.into(), etag: None, is_replay: false })
    }

    /// # Errors
    /// The view cannot be serialised.
    pub fn ok(view: &impl Serialize) -> AppResult<Self> {
        Self::json(200, view)
    }

    #[must_use]
    pub fn no_content() -> Self {
        Self { status: 204, body: Bytes::new(), etag: None, is_replay: false }
    }

    /// A stored answer, byte for byte.
    pub(super) fn replay(status: u16, body: Vec<u8>) -> Self {
        Self { status, body: body.into(), etag: None, is_replay: true }
    }

    /// Shows the version that `If-Match` asks for at the next edit.
    #[must_use]
    pub fn versioned(mut self, version: i32) -> Self {
        self.etag = Some(format!("\"{version}\""));
        self
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut reply = HttpResponse::build(status);
        reply.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(etag) = self.etag {
            reply.insert_header((ETAG, etag));
        }
        if self.is_replay {
            reply.insert_header(("idempotency-replayed", "true"));
        }
        if self.status == 204 {
            return reply.finish();
        }
        reply.insert_header((CONTENT_TYPE, "application/json"));
        reply.body(self.body)
    }
}
