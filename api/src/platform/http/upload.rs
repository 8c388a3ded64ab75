//! The bytes of a file on their way in.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::code::ErrorCode;
use super::error::{AppError, AppResult};
use super::extract::read_body;

/// Bytes of files that may be in the memory of the process at once, however many send them.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// What all uploads together may take.
#[derive(Clone, Debug)]
pub struct UploadBudget(Arc<Semaphore>);

impl Default for UploadBudget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST_BYTES)))
    }
}

/// A whole file. Its share of the budget is given back when it is dropped.
#[derive(Debug)]
pub struct Upload {
    pub content: Bytes,
    _share: Option<OwnedSemaphorePermit>,
}

impl UploadBudget {
    /// Reads at most `limit` bytes. What has arrived counts, not what was announced: a slow sender
    /// keeps nobody out with a promise.
    ///
    /// # Errors
    /// `body_too_large`, `malformed_request` when the client broke off, `unavailable` while there
    /// is no room.
    pub async fn read<E: Display>(
        &self,
        body: impl Stream<Item = Result<Bytes, E>>,
        limit: usize,
    ) -> AppResult<Upload> {
        let mut share: Option<OwnedSemaphorePermit> = None;
        let take = |bytes: usize| {
            let more = u32::try_from(bytes).map_err(AppError::internal)?;
            let more = Arc::clone(&self.0).try_acquire_many_owned(more).map_err(|cause| {
                let busy = AppError::new(ErrorCode::Unavailable).because(cause);
                busy.retry_after(Duration::from_secs(5))
            })?;
            match &mut share {
                Some(share) => share.merge(more),
                None => share = Some(more),
            }
            Ok(())
        };
        let content = read_body(body, limit, take).await?.freeze();
        Ok(Upload { content, _share: share })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn sent(pieces: usize) -> impl Stream<Item = Result<Bytes, String>> {
        stream::iter((0..pieces).map(|_| Ok(Bytes::from_static(&[0; 10]))))
    }

    #[tokio::test]
    async fn many_uploads_share_one_budget_and_give_it_back() {
        let budget = UploadBudget(Arc::new(Semaphore::new(50)));
        let first = budget.read(sent(3), 100).await.unwrap();
        let refusal = budget.read(sent(3), 100).await.unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::Unavailable);
        assert_eq!(first.content.len(), 30);
        drop(first);
        assert_eq!(budget.read(sent(5), 50).await.unwrap().content.len(), 50);
        assert_eq!(budget.0.available_permits(), 50);
    }

    #[tokio::test]
    async fn a_file_beyond_its_limit_is_refused_at_the_limit() {
        let budget = UploadBudget::default();
        let refusal = budget.read(sent(3), 29).await.unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::BodyTooLarge);
        let broken = stream::iter([Ok(Bytes::from_static(b"x")), Err("gone")]);
        let refusal = budget.read(broken, 29).await.unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::MalformedRequest);
    }
}
