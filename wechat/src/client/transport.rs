//! One request and its reply: URL, timeouts, size limit, error code.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::config::{BaseUrl, ClientConfig, ConfigError};
use super::errmsg::read_errmsg;
use super::error::{Refusal, ReplyFault, WechatError};

/// One call, without its credential.
#[derive(Debug)]
pub(super) struct Call<'a> {
    path: &'static str,
    query: Vec<(&'static str, &'a str)>,
    body: Option<Value>,
}

impl<'a> Call<'a> {
    /// A GET with everything in the query.
    pub(super) fn get(path: &'static str, query: Vec<(&'static str, &'a str)>) -> Self {
        Self { path, query, body: None }
    }

    /// A POST with a JSON body.
    pub(super) fn post(path: &'static str, body: &impl Serialize) -> Result<Self, WechatError> {
        let body = serde_json::to_value(body).ok().ok_or(Refusal::Body)?;
        Ok(Self { path, query: Vec::new(), body: Some(body) })
    }

    pub(super) fn path(&self) -> &'static str {
        self.path
    }
}

/// The HTTP side of a client.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
    base_url: String,
    max_reply_bytes: usize,
}

impl Transport {
    pub(super) fn new(config: &ClientConfig) -> Result<Self, ConfigError> {
        let base = BaseUrl::parse(&config.base_url)?;
        let mut builder = reqwest::Client::builder()
            .connect_timeout(config.connect_timeout)
            .timeout(config.request_timeout)
            // A redirect would carry the credential in the query to another place.
            .redirect(Policy::none())
            .referer(false)
            .pool_idle_timeout(Duration::from_secs(30));
        if base.is_loopback_http {
            // A sandbox must work on a machine without root certificates and behind a proxy.
            builder = builder.no_proxy().tls_certs_only([]);
        } else {
            builder = builder.https_only(true);
        }
        let http = builder.build().map_err(ConfigError::Http)?;
        Ok(Self { http, base_url: base.text, max_reply_bytes: config.max_reply_bytes })
    }

    /// Sends `call`, with `access_token` added to its query when given, and reads the reply as `T`.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        access_token: Option<&str>,
    ) -> Result<T, WechatError> {
        let started = Instant::now();
        let result =
            self.exchange(call, access_token).await.and_then(|bytes| read_reply(call.path, &bytes));
        log(call.path, started.elapsed(), result.as_ref().err());
        result
    }

    async fn exchange(
        &self,
        call: &Call<'_>,
        access_token: Option<&str>,
    ) -> Result<Vec<u8>, WechatError> {
        let path = call.path;
        let url = format!("{}{path}", self.base_url);
        let mut request = match &call.body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        if let Some(token) = access_token {
            request = request.query(&[("access_token", token)]);
        }
        let failed = |error: reqwest::Error| transport_error(path, error);
        let mut response = request.query(&call.query).send().await.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            return Err(WechatError::Http { path, status: status.as_u16() });
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > self.max_reply_bytes {
                return Err(WechatError::InvalidReply { path, reason: ReplyFault::TooLong });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// The one place that turns reqwest's error into ours; its URL holds the credential, so it is
/// removed.
fn transport_error(path: &'static str, error: reqwest::Error) -> WechatError {
    let unsent = error.is_connect();
    if error.is_timeout() && !unsent {
        return WechatError::Timeout { path };
    }
    WechatError::Transport { path, unsent, source: Arc::new(error.without_url()) }
}

/// Reads a reply as `T` unless it carries an error code. The content type is ignored and an absent
/// `errcode` means 0 (protocol 0.3).
fn read_reply<T: DeserializeOwned>(path: &'static str, bytes: &[u8]) -> Result<T, WechatError> {
    let invalid = |reason| WechatError::InvalidReply { path, reason };
    let value: Value = serde_json::from_slice(bytes)
        .ok()
        .filter(Value::is_object)
        .ok_or(invalid(ReplyFault::NotJson))?;
    let errcode = match value.get("errcode") {
        None | Some(Value::Null) => 0,
        Some(code) => number(code).ok_or(invalid(ReplyFault::Shape))?,
    };
    if errcode != 0 {
        let errmsg = value.get("errmsg").and_then(Value::as_str).unwrap_or_default();
        return Err(read_errmsg(path, errcode, errmsg).into());
    }
    // serde's error may quote the offending value.
    T::deserialize(value).map_err(|_quotes_the_value| invalid(ReplyFault::Shape))
}

/// An integer written as a JSON number or as a string.
pub(super) fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Path, code, request id and duration; never a URL, a body or an `errmsg`.
fn log(path: &'static str, elapsed: Duration, error: Option<&WechatError>) {
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    match error {
        None => tracing::debug!(path, errcode = 0, elapsed_ms, "wechat call"),
        Some(error) => {
            // How bad a failure is depends on what the caller does next, so a library stops at
            // WARN.
            let (errcode, rid, reaction) = (error.errcode(), error.rid(), error.reaction());
            tracing::warn!(path, errcode, rid, %reaction, elapsed_ms, "wechat call failed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(bytes: &[u8]) -> Result<Value, WechatError> {
        read_reply("/test", bytes)
    }

    #[test]
    fn absent_null_and_zero_errcode_mean_success() {
        for body in
            [json!({"a": 1}), json!({"a": 1, "errcode": null}), json!({"a": 1, "errcode": 0})]
        {
            assert!(read(body.to_string().as_bytes()).is_ok(), "{body}");
        }
    }

    #[test]
    fn errcode_may_be_text() {
        let error = read(br#"{"errcode":"40029","errmsg":"invalid code"}"#).err();
        assert_eq!(error.and_then(|e| e.errcode()), Some(40029));
    }

    #[test]
    fn replies_that_are_not_objects_are_typed_errors() {
        for body in ["", "ok", "[]", "<html>", "{\"errcode\":"] {
            let error = read(body.as_bytes()).err();
            assert!(
                matches!(
                    error,
                    Some(WechatError::InvalidReply { reason: ReplyFault::NotJson, .. })
                ),
                "{body}: {error:?}"
            );
        }
    }

    #[test]
    fn a_missing_field_does_not_quote_the_reply() {
        #[derive(Debug, serde::Deserialize)]
        struct Typed {
            #[expect(dead_code, reason = "only its type matters")]
            openid: i64,
        }
        let error = read_reply::<Typed>("/test", br#"{"openid":"oSecretPerson"}"#).err();
        assert!(matches!(error, Some(WechatError::InvalidReply { reason: ReplyFault::Shape, .. })));
        assert!(!format!("{error:?}").contains("oSecretPerson"));
    }
}
