//! Parses what the client sent into a request type, or says in one problem everything that is
//! wrong with it.

use std::fmt::Display;
use std::future::Future;
use std::ops::Deref;
use std::pin::{Pin, pin};

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, web};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::code::ErrorCode;
use super::error::{AppError, AppResult, FieldError};
use crate::app::App;

/// A JSON body: within the size limit, of the right media type, without unknown fields, valid.
/// `digest` identifies the body for idempotency.
#[derive(Debug)]
pub struct Json<T> {
    pub value: T,
    pub digest: [u8; 32],
}

/// Path segments. One that cannot be parsed names nothing: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

/// The query string, validated.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T> Deref for Json<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for Json<T> {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = AppResult<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request.headers().get(CONTENT_TYPE).map(|value| {
            let essence = value.as_bytes().split(|b| *b == b';').next().unwrap_or_default();
            essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
        });
        let limit = body_limit(request);
        let payload = payload.take();
        Box::pin(async move {
            if kind == Some(false) {
                return Err(ErrorCode::UnsupportedMediaType.into());
            }
            let mut body = read_body(payload, limit, |_| Ok(())).await?;
            if body.is_empty() {
                // Nothing to say is a request without fields; what is missing is then named.
                body.extend_from_slice(b"{}");
            } else if kind.is_none() {
                return Err(ErrorCode::UnsupportedMediaType.into());
            }
            let value: T = parse(&body)?;
            let errors = faults(&value);
            if !errors.is_empty() {
                return Err(AppError::fields(errors));
            }
            Ok(Self { value, digest: Sha256::digest(&body).into() })
        })
    }
}

fn body_limit(request: &HttpRequest) -> usize {
    request.app_data::<web::Data<App>>().map_or(64 * 1024, |app| app.config.http.max_body_bytes)
}

/// Reads a body of at most `limit` bytes; `admit` may refuse to take more.
///
/// # Errors
/// `body_too_large`, `malformed_request` when the client broke off, or what `admit` says.
pub(super) async fn read_body<E: Display>(
    payload: impl Stream<Item = Result<Bytes, E>>,
    limit: usize,
    mut admit: impl FnMut(usize) -> AppResult<()>,
) -> AppResult<web::BytesMut> {
    let mut payload = pin!(payload);
    let mut body = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|cause| {
            AppError::new(ErrorCode::MalformedRequest).because(cause.to_string())
        })?;
        if body.len() + chunk.len() > limit {
            return Err(ErrorCode::BodyTooLarge.into());
        }
        admit(chunk.len())?;
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> AppResult<T> {
    // serde would also take a list for a struct, field by field.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(match serde_json::from_slice::<serde_json::Value>(body) {
            Ok(_) => shape_error("", "invalid type").into(),
            Err(_) => malformed(),
        });
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        if cause.is_data() {
            AppError::from(shape_error(&path, &cause.to_string()))
        } else if serde_json::from_slice::<serde_json::Value>(body).is_ok() {
            // serde_json calls a number in the place of a word a mistake of syntax.
            AppError::from(shape_error(&path, "invalid type"))
        } else {
            malformed()
        }
    })?;
    deserializer.end().map_err(|_trailing| malformed())?;
    // PostgreSQL cannot store U+0000 in a text; no field means it.
    if body.windows(6).any(|w| w == b"\\u0000") {
        return Err(FieldError::new("", "invalid_format", "不能包含空字符").into());
    }
    Ok(value)
}

fn malformed() -> AppError {
    AppError::new(ErrorCode::MalformedJson)
}

/// serde's own words name the kind of mistake; only their fixed beginnings are used.
fn shape_error(path: &str, words: &str) -> FieldError {
    let path = if path == "." { "" } else { path };
    let named = words.split('`').nth(1).unwrap_or_default();
    let child = if path.is_empty() { named.to_owned() } else { format!("{path}.{named}") };
    if words.starts_with("unknown field") {
        // serde_path_to_error already ends in the unknown field.
        let at = if path.rsplit('.').next() == Some(named) { path } else { &child };
        FieldError::new(at, "unknown_field", "不认识的字段")
    } else if words.starts_with("missing field") {
        FieldError::new(&child, "required", "必填")
    } else if words.starts_with("unknown variant") {
        FieldError::new(path, "unknown_value", "不是允许的取值")
    } else if words.starts_with("duplicate field") {
        FieldError::new(&child, "invalid_format", "字段重复")
    } else if words.starts_with("invalid type") {
        FieldError::new(path, "wrong_type", "类型不正确")
    } else {
        FieldError::new(path, "invalid_format", "格式不正确")
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = AppError;
    type Future = std::future::Ready<AppResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(
            web::Path::<T>::extract(request)
                .into_inner()
                .map(|path| Self(path.into_inner()))
                .map_err(|_unparsable| AppError::new(ErrorCode::NotFound)),
        )
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = AppError;
    type Future = std::future::Ready<AppResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(
            web::Query::<T>::from_query(request.query_string())
                .map(|query| Self(query.into_inner()))
                .map_err(|error| shape_error("", &query_words(&error)).into()),
        )
    }
}

fn query_words(error: &actix_web::error::QueryPayloadError) -> String {
    match error {
        actix_web::error::QueryPayloadError::Deserialize(cause) => cause.to_string(),
        _ => String::new(),
    }
}

/// What is wrong with a value by its own rules, as a reply names it. Empty: nothing.
#[must_use]
pub fn faults(value: &impl Validate) -> Vec<FieldError> {
    value.validate().err().map(|errors| field_errors(&errors)).unwrap_or_default()
}

/// validator's tree as a flat list of paths.
fn field_errors(errors: &ValidationErrors) -> Vec<FieldError> {
    let mut out = Vec::new();
    collect(errors, "", &mut out);
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

fn collect(errors: &ValidationErrors, prefix: &str, out: &mut Vec<FieldError>) {
    for (name, kind) in errors.errors() {
        let path = if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
        match kind {
            ValidationErrorsKind::Field(list) => {
                out.extend(list.iter().map(|error| rule_error(&path, error)));
            }
            ValidationErrorsKind::Struct(inner) => collect(inner, &path, out),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{path}[{index}]"), out);
                }
            }
        }
    }
}

fn rule_error(path: &str, error: &validator::ValidationError) -> FieldError {
    let bound = |name: &'static str| error.params.get(name).map(ToString::to_string);
    match (error.code.as_ref(), bound("min"), bound("max"), bound("equal")) {
        ("length", Some(min), _, _) if measured(error) < min.parse().unwrap_or(0) => {
            FieldError::new(path, "too_short", format!("长度不能少于 {min}"))
        }
        ("length", _, Some(max), _) => {
            FieldError::new(path, "too_long", format!("长度不能超过 {max}"))
        }
        ("length", _, _, Some(equal)) => {
            FieldError::new(path, "invalid_format", format!("长度应为 {equal}"))
        }
        ("range", min, max, _) => FieldError::out_of_range(
            path,
            min.unwrap_or_else(|| "不限".to_owned()),
            max.unwrap_or_else(|| "不限".to_owned()),
        ),
        _ => {
            let message = error.message.as_deref().unwrap_or("格式不正确");
            FieldError::new(path, "invalid_format", message)
        }
    }
}

/// The length of the value that failed, as validator reports it.
fn measured(error: &validator::ValidationError) -> u64 {
    match error.params.get("value") {
        Some(serde_json::Value::String(text)) => text.chars().count() as u64,
        Some(serde_json::Value::Array(items)) => items.len() as u64,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[validate(length(min = 1, max = 3))]
        name: String,
        #[serde(default)]
        #[validate(nested)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, serde::Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[validate(range(min = 1, max = 5))]
        count: i32,
        #[serde(default)]
        #[expect(dead_code, reason = "only whether it can be read matters")]
        word: Option<Word>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        Yes,
    }

    fn fields_of(body: &str) -> Vec<(String, &'static str)> {
        let result = parse::<Sample>(body.as_bytes()).and_then(|value| {
            value.validate().map_err(|errors| AppError::fields(field_errors(&errors)))?;
            Ok(value)
        });
        let error = result.unwrap_err();
        error.field_errors().iter().map(|field| (field.path.clone(), field.code)).collect()
    }

    #[test]
    fn every_kind_of_mistake_names_its_field() {
        assert_eq!(fields_of(r#"{}"#), [("name".to_owned(), "required")]);
        assert_eq!(fields_of(r#"{"name":1}"#), [("name".to_owned(), "wrong_type")]);
        assert_eq!(fields_of(r#"{"name":"ab","x":1}"#), [("x".to_owned(), "unknown_field")]);
        assert_eq!(fields_of(r#"{"name":""}"#), [("name".to_owned(), "too_short")]);
        assert_eq!(fields_of(r#"{"name":"四个汉字"}"#), [("name".to_owned(), "too_long")]);
        assert_eq!(
            fields_of(r#"{"name":"a","inner":[{"count":1},{"count":9}]}"#),
            [("inner[1].count".to_owned(), "out_of_range")]
        );
        assert_eq!(
            fields_of(r#"{"name":"a","inner":[{"cnt":9}]}"#),
            [("inner[0].cnt".to_owned(), "unknown_field")]
        );
        assert_eq!(
            fields_of(r#"{"name":"a","inner":[{"count":1,"word":7}]}"#),
            [("inner[0].word".to_owned(), "wrong_type")]
        );
        assert_eq!(
            fields_of(r#"{"name":"a","inner":[{"count":1,"word":"no"}]}"#),
            [("inner[0].word".to_owned(), "unknown_value")]
        );
        assert!(parse::<Sample>(br#"{"name":"a","inner":[{"count":1,"word":"yes"}]}"#).is_ok());
    }

    #[test]
    fn broken_json_is_malformed_and_not_invalid() {
        for body in ["[]", r#"["a"]"#, "null", "7", r#" "a""#] {
            assert_eq!(fields_of(body), [(String::new(), "wrong_type")], "{body}");
        }
        for body in ["", "{", "nul", r#"{"name":"a"} x"#, "\u{feff}{}", "{]", "[1"] {
            assert_eq!(
                parse::<Sample>(body.as_bytes()).unwrap_err().code(),
                ErrorCode::MalformedJson,
                "{body}"
            );
        }
    }
}
