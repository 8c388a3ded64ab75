//! The error that every layer returns, and its wire form: RFC 9457 `application/problem+json`.

use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use chrono::{DateTime, Utc};
use entity::consent::ConsentPurpose;
use sea_orm::DbErr;
use serde::Serialize;
use utoipa::ToSchema;

use super::challenge::ChallengeHint;
use super::code::{ErrorCode, Severity};
use crate::platform::db::is_unavailable;

/// How long to stay away when nobody knows better.
const DEFAULT_WAIT: Duration = Duration::from_secs(60);

pub type AppResult<T> = Result<T, AppError>;

/// An error with a stable code. The cause is logged once, at the boundary, and never sent.
pub struct AppError {
    code: ErrorCode,
    fields: Vec<FieldError>,
    retry_after: Option<Duration>,
    consent: Option<Box<ConsentNeeded>>,
    challenge: Option<Box<ChallengeHint>>,
    edited: Option<Box<EditConflict>>,
    withdrawn: Option<Box<Withdrawal>>,
    source: Option<Box<dyn Error + Send + Sync>>,
    at: &'static Location<'static>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where: `items[2].stem`, or the name of a query parameter.
    pub path: String,
    /// `required`, `too_long`, `too_short`, `out_of_range`, `wrong_type`, `unknown_field`,
    /// `unknown_value`, `invalid_format`.
    pub code: &'static str,
    /// A Chinese sentence.
    pub message: String,
}

/// Which consent is missing, and to which text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConsentNeeded {
    pub purpose: ConsentPurpose,
    /// What `GET /privacy/notices/{version}` shows.
    pub version: String,
}

/// Whose change came first, and how it differs from the one that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EditConflict {
    /// The name of the member of staff; null for the system.
    pub edited_by: Option<String>,
    pub edited_at: DateTime<Utc>,
    /// What there is now.
    pub version: i32,
    /// A unified diff from what there is now to what was sent; null when no text was sent.
    pub diff: Option<String>,
}

/// What is said of something that was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Withdrawal {
    pub title: String,
    pub notice: Option<String>,
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// The body of every error, `application/problem+json` (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:sanjin:error:<code>`
    #[serde(rename = "type")]
    pub kind: String,
    /// A Chinese sentence that a citizen understands.
    pub title: &'static str,
    pub status: u16,
    /// Stable; see `docs/ERRORS.md`.
    pub code: &'static str,
    /// Tell it to the help desk; it is in the log.
    pub request_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// With `consent_required` and `notice_outdated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentNeeded>,
    /// With `challenge_required`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<ChallengeHint>,
    /// With `stale_version`, where a text is edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<EditConflict>,
    /// With `article_withdrawn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawal>,
}

impl AppError {
    #[track_caller]
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            fields: Vec::new(),
            retry_after: None,
            consent: None,
            challenge: None,
            edited: None,
            withdrawn: None,
            source: None,
            at: Location::caller(),
        }
    }

    /// A fault of ours, with its cause for the log.
    #[track_caller]
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(ErrorCode::Internal).because(cause)
    }

    #[track_caller]
    #[must_use]
    pub fn fields(fields: Vec<FieldError>) -> Self {
        let mut error = Self::new(ErrorCode::ValidationFailed);
        error.fields = fields;
        error
    }

    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(cause.into());
        self
    }

    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Names the consent that is missing.
    #[must_use]
    pub fn needing(mut self, consent: ConsentNeeded) -> Self {
        self.consent = Some(Box::new(consent));
        self
    }

    /// Says where to get what is required.
    #[must_use]
    pub fn challenge(mut self, hint: ChallengeHint) -> Self {
        self.challenge = Some(Box::new(hint));
        self
    }

    /// Says who changed it first, and how.
    #[must_use]
    pub fn edited(mut self, conflict: EditConflict) -> Self {
        self.edited = Some(Box::new(conflict));
        self
    }

    /// Says what was withdrawn, and why.
    #[must_use]
    pub fn withdrawn(mut self, withdrawal: Withdrawal) -> Self {
        self.withdrawn = Some(Box::new(withdrawal));
        self
    }

    /// Names all that the code is about.
    #[must_use]
    pub fn naming(mut self, fields: Vec<FieldError>) -> Self {
        self.fields = fields;
        self
    }

    /// Names the field that the code is about.
    #[must_use]
    pub fn on_field(mut self, path: &str) -> Self {
        let message = self.code.sentence().to_owned();
        self.fields.push(FieldError { path: path.to_owned(), code: "invalid_format", message });
        self
    }

    /// Says of one field what is wrong with it.
    #[must_use]
    pub fn with_field(mut self, field: FieldError) -> Self {
        self.fields.push(field);
        self
    }

    /// The same answer for another caller, as when many wait for one failed look-up. The cause
    /// is kept as text.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            code: self.code,
            fields: self.fields.clone(),
            retry_after: self.retry_after,
            consent: self.consent.clone(),
            challenge: self.challenge.clone(),
            edited: self.edited.clone(),
            withdrawn: self.withdrawn.clone(),
            source: self.source.as_deref().map(|cause| chain(cause).into()),
            at: self.at,
        }
    }

    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        &self.fields
    }

    /// Called once per failed request, by the middleware that knows the request.
    pub fn log(&self, request_id: &str) {
        let code = self.code.as_str();
        let at = self.at;
        let cause = self.source.as_deref().map(chain);
        match self.code.severity() {
            Severity::Quiet => tracing::debug!(request_id, code, %at, cause, "request refused"),
            Severity::Notice => tracing::warn!(request_id, code, %at, cause, "request failed"),
            Severity::Fault => tracing::error!(request_id, code, %at, cause, "request failed"),
        }
    }

    /// The reply, with the request's id in it.
    #[must_use]
    pub fn respond(&self, request_id: &str) -> HttpResponse {
        let problem = Problem {
            kind: format!("urn:sanjin:error:{}", self.code.as_str()),
            title: self.code.sentence(),
            status: self.code.status(),
            code: self.code.as_str(),
            request_id: request_id.to_owned(),
            errors: self.fields.clone(),
            consent: self.consent.as_deref().cloned(),
            challenge: self.challenge.as_deref().copied(),
            edited: self.edited.as_deref().cloned(),
            withdrawn: self.withdrawn.as_deref().cloned(),
        };
        let mut reply = HttpResponse::build(self.status_code());
        reply.insert_header((CONTENT_TYPE, "application/problem+json"));
        reply.insert_header(("cache-control", "no-store"));
        // Whoever is told to slow down is told until when.
        let is_too_often = self.code.status() == 429;
        if let Some(wait) = self.retry_after.or(is_too_often.then_some(DEFAULT_WAIT)) {
            reply.insert_header((RETRY_AFTER, wait.as_secs_f64().ceil().max(1.0).to_string()));
        }
        reply.body(serde_json::to_vec(&problem).unwrap_or_default())
    }
}

/// The whole chain of causes on one line.
fn chain(error: &(dyn Error + Send + Sync + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl fmt::Debug for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.code.as_str(), self.at)?;
        if let Some(cause) = &self.source {
            write!(f, ": {}", chain(cause.as_ref()))?;
        }
        if !self.fields.is_empty() {
            write!(f, " {:?}", self.fields)?;
        }
        Ok(())
    }
}

impl Error for AppError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// Only reached where no middleware stands in between; the middleware answers by `respond`.
impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        self.respond("")
    }
}

impl From<ErrorCode> for AppError {
    #[track_caller]
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

/// Not found and unique violations are never automatic: what they mean is the caller's knowledge.
impl From<DbErr> for AppError {
    #[track_caller]
    fn from(cause: DbErr) -> Self {
        if is_unavailable(&cause) {
            Self::new(ErrorCode::Unavailable).retry_after(Duration::from_secs(2)).because(cause)
        } else {
            Self::internal(cause)
        }
    }
}

impl From<FieldError> for AppError {
    #[track_caller]
    fn from(field: FieldError) -> Self {
        Self::fields(vec![field])
    }
}

impl FieldError {
    #[must_use]
    pub fn new(path: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), code, message: message.into() }
    }

    #[must_use]
    pub fn out_of_range(path: &str, min: impl fmt::Display, max: impl fmt::Display) -> Self {
        Self::new(path, "out_of_range", format!("应在 {min} 与 {max} 之间"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_too_fast_is_told_until_when() {
        let wait = |error: AppError| {
            let reply = error.respond("id");
            reply.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned())
        };
        for code in ErrorCode::ALL.iter().filter(|code| code.status() == 429) {
            assert_eq!(wait((*code).into()).as_deref(), Some("60"), "{}", code.as_str());
        }
        let soon = AppError::new(ErrorCode::RateLimited).retry_after(Duration::from_millis(1_200));
        assert_eq!(wait(soon).as_deref(), Some("2"));
        assert_eq!(wait(ErrorCode::NotFound.into()), None);
    }
}
