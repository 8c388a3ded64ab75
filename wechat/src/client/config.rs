//! What a [`Client`](super::Client) needs to know.

use std::net::IpAddr;
use std::time::Duration;

use super::retry::RetryPolicy;
use crate::secret::AppSecret;

/// Settings of one client, which speaks for one appid.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Scheme and host, optionally a path prefix. `https`, or `http` to a loopback address (the
    /// simulator).
    pub base_url: String,
    /// The same for the host that a user's browser is sent to (protocol 3.16).
    pub open_url: String,
    /// The app's id, `wx` and 16 hex characters.
    pub appid: String,
    /// The app's secret.
    pub secret: AppSecret,
    /// Time to establish a connection.
    pub connect_timeout: Duration,
    /// Time for one whole request and its reply, connecting included.
    pub request_timeout: Duration,
    /// How calls are repeated.
    pub retry: RetryPolicy,
    /// Largest reply read, in bytes.
    pub max_reply_bytes: usize,
    /// Pause between looks at the token store while another replica fetches a token.
    pub token_poll: Duration,
}

impl ClientConfig {
    /// Tencent's production host (protocol 0.3).
    pub const PRODUCTION_URL: &'static str = "https://api.weixin.qq.com";

    /// Tencent's production host for browsers (protocol 3.16).
    pub const PRODUCTION_OPEN_URL: &'static str = "https://open.weixin.qq.com";

    /// Production hosts, 3 s to connect, 5 s per request, three retries, replies up to 1 MiB.
    pub fn new(appid: impl Into<String>, secret: impl Into<AppSecret>) -> Self {
        Self {
            base_url: Self::PRODUCTION_URL.to_owned(),
            open_url: Self::PRODUCTION_OPEN_URL.to_owned(),
            appid: appid.into(),
            secret: secret.into(),
            connect_timeout: Duration::from_secs(3),
            request_timeout: Duration::from_secs(5),
            retry: RetryPolicy::default(),
            max_reply_bytes: 1024 * 1024,
            token_poll: Duration::from_millis(50),
        }
    }

    /// The same settings against another host.
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// The same settings with another host for browsers.
    pub fn with_open_url(mut self, open_url: impl Into<String>) -> Self {
        self.open_url = open_url.into();
        self
    }

    /// The same settings with another retry policy.
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }
}

/// Why a client could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The appid is empty.
    #[error("appid is empty")]
    EmptyAppid,
    /// The base URL does not parse, or has a query, a fragment or credentials.
    #[error("base URL is malformed")]
    BaseUrl,
    /// Credentials travel in the query, so clear text may not leave the machine.
    #[error("base URL must be https, or http to a loopback address")]
    InsecureBaseUrl,
    /// The HTTP client could not be set up, for example for lack of root certificates.
    #[error("HTTP client could not be set up")]
    Http(#[source] reqwest::Error),
}

/// The host part of a checked base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BaseUrl {
    /// Without trailing slash.
    pub(super) text: String,
    /// Plain HTTP to this machine.
    pub(super) is_loopback_http: bool,
}

impl BaseUrl {
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        // The parser's error repeats the input, which may hold credentials.
        let url = reqwest::Url::parse(text).ok().ok_or(ConfigError::BaseUrl)?;
        let host = url.host_str().ok_or(ConfigError::BaseUrl)?;
        let has_extras =
            url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
        if has_extras || url.password().is_some() {
            return Err(ConfigError::BaseUrl);
        }
        let is_loopback = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        let is_loopback_http = match (url.scheme(), is_loopback) {
            ("https", _) => false,
            ("http", true) => true,
            _ => return Err(ConfigError::InsecureBaseUrl),
        };
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), is_loopback_http })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_is_only_allowed_to_this_machine() {
        for url in [
            "http://127.0.0.1:8080",
            "http://[::1]:8080/",
            "http://localhost:1",
            "https://api.weixin.qq.com",
        ] {
            assert!(BaseUrl::parse(url).is_ok(), "{url}");
        }
        for url in ["http://api.weixin.qq.com", "http://127.0.0.1.example.com", "ftp://localhost"] {
            assert!(matches!(BaseUrl::parse(url), Err(ConfigError::InsecureBaseUrl)), "{url}");
        }
    }

    #[test]
    fn a_base_url_carries_nothing_but_host_and_prefix() {
        for url in ["nonsense", "https://u:p@host", "https://host?x=1", "https://host#f"] {
            assert!(matches!(BaseUrl::parse(url), Err(ConfigError::BaseUrl)), "{url}");
        }
        assert_eq!(
            BaseUrl::parse("https://host/prefix/").map(|u| u.text).ok().as_deref(),
            Some("https://host/prefix")
        );
    }

    #[test]
    fn debug_hides_the_secret() {
        let config = ClientConfig::new("wx0123456789abcdef", "hush-hush");
        assert!(!format!("{config:?}").contains("hush-hush"));
    }
}
