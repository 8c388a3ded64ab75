//! A small HTTP client that checks every reply against openapi.json and says what it got.

use std::net::SocketAddr;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::planted;
use crate::spec::Spec;

#[derive(Debug)]
pub struct TestRequest {
    builder: reqwest::RequestBuilder,
    method: Method,
    path: String,
}

#[derive(Clone, Debug)]
pub struct TestResponse {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
    what: String,
}

impl TestRequest {
    pub fn new(http: &reqwest::Client, base: &str, method: Method, path: &str) -> Self {
        let builder = http.request(method.clone(), format!("{base}{path}"));
        Self { builder, method, path: path.to_owned() }
    }

    pub fn bearer(self, token: &str) -> Self {
        planted::plant(token);
        Self { builder: self.builder.bearer_auth(token), ..self }
    }

    pub fn json(self, body: Value) -> Self {
        planted::plant_all(&body);
        Self { builder: self.builder.json(&body), ..self }
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    pub fn raw(self, media_type: &str, body: impl Into<reqwest::Body>) -> Self {
        let builder = self.builder.header("content-type", media_type).body(body);
        Self { builder, ..self }
    }

    pub async fn send(self) -> TestResponse {
        let what = format!("{} {}", self.method, self.path);
        let reply = self.builder.send().await.unwrap_or_else(|e| panic!("{what}: {e:?}"));
        let (status, headers) = (reply.status(), reply.headers().clone());
        let body = reply.bytes().await.unwrap_or_else(|e| panic!("{what}: {e:?}")).to_vec();
        let media_type =
            headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let path = self.path.split('?').next().unwrap_or_default();
        if status.is_success() {
            if let Ok(body) = serde_json::from_slice(&body) {
                planted::plant_all(&body);
            }
        } else if !status.is_redirection() {
            planted::keep_error(format!("{headers:?} {}", String::from_utf8_lossy(&body)));
        }
        Spec::shared().judge(self.method.as_str(), path, status.as_u16(), media_type, &body);
        assert!(headers.contains_key("x-request-id"), "{what}: every reply has an id");
        TestResponse { status, headers, body, what }
    }

    /// As [`send`](Self::send), for a server that may be gone.
    pub async fn try_send(self) -> Result<TestResponse, reqwest::Error> {
        let what = format!("{} {}", self.method, self.path);
        let reply = self.builder.send().await?;
        let (status, headers) = (reply.status(), reply.headers().clone());
        Ok(TestResponse { status, headers, body: reply.bytes().await?.to_vec(), what })
    }
}

impl TestResponse {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| {
            panic!("{}: {} is no JSON: {}", self.what, self.status, self.text())
        })
    }

    /// The body, after making sure of the status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.what, self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// The problem, after making sure of status and code, and of the sentence for the citizen.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem["code"], code, "{}: {}", self.what, self.text());
        let sentence = problem["title"].as_str().unwrap_or_default();
        assert!(sentence.ends_with('。'), "{}: no Chinese sentence", self.what);
        assert_eq!(self.header("content-type"), "application/problem+json");
        problem
    }

    /// As [`problem`](Self::problem) for `validation_failed`, and that `field` is named.
    #[track_caller]
    pub fn invalid(&self, field: &str) -> Value {
        let problem = self.problem(422, "validation_failed");
        let fields: Vec<&str> = problem["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|error| error["path"].as_str())
            .collect();
        assert!(fields.contains(&field), "{}: {field} is not in {fields:?}", self.what);
        problem
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_else(|| panic!("{}: no header {name}", self.what))
    }
}

/// Sends bytes that no HTTP client would, and reads what comes back until the server hangs up.
pub async fn raw_http(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may hang up before it has read all of it.
    let _sent = stream.write_all(request).await;
    let mut reply = Vec::new();
    let _read = stream.read_to_end(&mut reply).await;
    String::from_utf8_lossy(&reply).into_owned()
}
