//! Finished public pages, kept in the process: the bytes and their entity tag under one key, so
//! that a hit neither queries nor serialises.
//!
//! An entry of `pages` lives two seconds. That is how another replica learns of a change, without a message
//! that could be lost; the replica that made the change drops its own entry at once.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix_web::http::header::HeaderValue;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use moka::future::Cache;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::http::{AppError, AppResult};

const TIME_TO_LIVE: Duration = Duration::from_secs(2);
/// Bounds the memory of clients that vary their query.
const CAPACITY_BYTES: u64 = 16 * 1024 * 1024;
const SETTLED: TimeDelta = TimeDelta::seconds(3);

/// What a page shows: the kind of page, and which one.
#[derive(Clone, Debug)]
pub struct PageKey {
    kind: &'static str,
    argument: String,
    parts: &'static [&'static str],
}

impl PageKey {
    #[must_use]
    pub fn new(kind: &'static str, argument: impl Into<String>) -> Self {
        Self { kind, argument: argument.into(), parts: &[] }
    }

    /// Says of which other kinds the page shows something: it is forgotten with them.
    #[must_use]
    pub fn showing(self, parts: &'static [&'static str]) -> Self {
        Self { parts, ..self }
    }

    fn shows(&self, kind: &str) -> bool {
        self.kind == kind || self.parts.contains(&kind)
    }
}

/// What a page is made of does not tell one page from another.
impl PartialEq for PageKey {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.argument == other.argument
    }
}

impl Eq for PageKey {}

impl Hash for PageKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        self.argument.hash(state);
    }
}

#[derive(Clone, Debug)]
pub struct CachedPage {
    pub body: Bytes,
    pub etag: HeaderValue,
    /// To the second; none when it is not known or another change may still fall into that second.
    pub modified: Option<SystemTime>,
}

#[derive(Clone)]
pub struct PageCache(Cache<PageKey, Arc<CachedPage>>);

impl fmt::Debug for PageCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageCache").field("entries", &self.0.entry_count()).finish()
    }
}

impl Default for PageCache {
    fn default() -> Self {
        Self::new(TIME_TO_LIVE, CAPACITY_BYTES)
    }
}

impl PageCache {
    #[must_use]
    pub fn new(time_to_live: Duration, capacity_bytes: u64) -> Self {
        let cache = Cache::builder()
            .max_capacity(capacity_bytes)
            .weigher(|key: &PageKey, page: &Arc<CachedPage>| {
                u32::try_from(key.argument.len() + page.body.len() + 128).unwrap_or(u32::MAX)
            })
            .time_to_live(time_to_live)
            .support_invalidation_closures()
            .build();
        Self(cache)
    }

    /// The page under `key`; `make` runs once however many ask at the same time, and an error is
    /// not kept.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn get<V: Serialize>(
        &self,
        key: PageKey,
        make: impl AsyncFnOnce() -> AppResult<V>,
    ) -> AppResult<Arc<CachedPage>> {
        self.filled(key, async || {
            let json = serde_json::to_vec(&make().await?).map_err(AppError::internal)?;
            CachedPage::of(json)
        })
        .await
    }

    /// As [`get`](Self::get), for what is no JSON.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn get_bytes(
        &self,
        key: PageKey,
        make: impl AsyncFnOnce() -> AppResult<Vec<u8>>,
    ) -> AppResult<Arc<CachedPage>> {
        self.filled(key, async || CachedPage::of(make().await?)).await
    }

    /// As [`get_bytes`](Self::get_bytes), with the time of the last change of what the page shows.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn get_dated(
        &self,
        key: PageKey,
        now: DateTime<Utc>,
        make: impl AsyncFnOnce() -> AppResult<(Vec<u8>, Option<DateTime<Utc>>)>,
    ) -> AppResult<Arc<CachedPage>> {
        self.filled(key, async || {
            let (body, changed_at) = make().await?;
            let second = changed_at.and_then(|at| DateTime::from_timestamp(at.timestamp(), 0));
            // Its second must be over here and on a replica whose clock is a little behind.
            let settled = second.filter(|at| now - at > SETTLED);
            let page = CachedPage::of(body)?;
            Ok(CachedPage { modified: settled.map(SystemTime::from), ..page })
        })
        .await
    }

    /// A hit, which is nearly every request, carries nothing of what a miss would do.
    async fn filled(
        &self,
        key: PageKey,
        make: impl AsyncFnOnce() -> AppResult<CachedPage>,
    ) -> AppResult<Arc<CachedPage>> {
        if let Some(page) = self.0.get(&key).await {
            return Ok(page);
        }
        let filled = Box::pin(async { make().await.map(Arc::new) });
        let filled = Box::pin(self.0.try_get_with(key, filled));
        filled.await.map_err(|error: Arc<AppError>| error.again())
    }

    /// Forgets one page.
    pub async fn forget(&self, key: &PageKey) {
        self.0.invalidate(key).await;
    }

    /// Forgets every page of a kind, such as all lists of articles, and those that show something of it.
    pub fn forget_kind(&self, kind: &'static str) {
        // Cannot fail: the cache was built with invalidation closures.
        if let Err(cause) = self.0.invalidate_entries_if(move |key, _| key.shows(kind)) {
            tracing::error!(%cause, "page cache refuses an invalidation closure");
        }
    }
}

impl CachedPage {
    fn of(body: Vec<u8>) -> AppResult<Self> {
        let body: Bytes = body.into();
        let digest = Sha256::digest(&body);
        let tag = format!("\"{}\"", hex::encode(digest.get(..12).unwrap_or_default()));
        let etag = HeaderValue::try_from(tag).map_err(AppError::internal)?;
        Ok(Self { body, etag, modified: None })
    }
}
