//! HTTP/1.1 on one kept connection: little enough to measure with.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// The last response, head and body.
    response: Vec<u8>,
    head_length: usize,
}

impl Connection {
    /// # Errors
    /// Nobody listens.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, response: Vec::with_capacity(16 * 1024), head_length: 0 })
    }

    /// Sends a finished request and reads its response. Returns the status.
    ///
    /// # Errors
    /// The connection broke, or what came is not HTTP/1.1 with a known length.
    pub async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.response.clear();
        self.head_length = loop {
            self.read_more().await?;
            let end = self.response.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
        };
        let status = self
            .response
            .get(9..12)
            .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
            .context("a response without a status")?;
        if status != 204 && status != 304 {
            let length = self.header("content-length").context("a response without a length")?;
            let whole = self.head_length + length.parse::<usize>()?;
            while self.response.len() < whole {
                self.read_more().await?;
            }
        }
        Ok(status)
    }

    async fn read_more(&mut self) -> anyhow::Result<()> {
        let read = self.stream.read_buf(&mut self.response).await?;
        ensure!(read > 0, "the server closed the connection");
        Ok(())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let head = std::str::from_utf8(self.response.get(..self.head_length)?).ok()?;
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn body(&self) -> &[u8] {
        self.response.get(self.head_length..).unwrap_or_default()
    }

    /// The body of a response that must have this status.
    ///
    /// # Errors
    /// Another status, or no JSON.
    pub async fn json(&mut self, request: &Request<'_>, status: u16) -> anyhow::Result<Value> {
        let answered = self.exchange(&request.bytes()).await?;
        ensure!(
            answered == status,
            "{} {}: {answered} {}",
            request.method,
            request.path,
            String::from_utf8_lossy(self.body())
        );
        Ok(serde_json::from_slice(self.body())?)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub token: Option<&'a str>,
    pub etag: Option<&'a str>,
    pub body: Option<&'a Value>,
}

impl<'a> Request<'a> {
    pub fn get(path: &'a str) -> Self {
        Self { method: "GET", path, ..Self::default() }
    }

    pub fn post(path: &'a str, body: &'a Value) -> Self {
        Self { method: "POST", path, body: Some(body), ..Self::default() }
    }

    #[must_use]
    pub fn by(mut self, token: &'a str) -> Self {
        self.token = Some(token);
        self
    }

    /// Beyond what every request has, as `wrk` takes them too.
    pub fn headers(&self) -> Vec<String> {
        let token = self.token.map(|token| format!("Authorization: Bearer {token}"));
        let etag = self.etag.map(|etag| format!("If-None-Match: {etag}"));
        token.into_iter().chain(etag).collect()
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: bench\r\n", self.method, self.path);
        for header in self.headers() {
            text.push_str(&header);
            text.push_str("\r\n");
        }
        let body = self.body.map(ToString::to_string).unwrap_or_default();
        if self.body.is_some() {
            text.push_str("Content-Type: application/json\r\n");
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(&body);
        text.into_bytes()
    }
}
