//! What people send, looked at before anybody else sees it. The bytes tell what a file is, never the
//! client. A picture is drawn anew, so that nothing is left of the file but what one sees; a document
//! is searched for what acts by itself.

use std::sync::Arc;

use bytes::Bytes;
use entity::media_file::MediaType;
use tokio::sync::Semaphore;

use super::http::{AppError, AppResult};

mod document;
mod picture;

pub use picture::WIDTHS;

/// A picture of 24 million pixels takes 130 MB while it is drawn, a progressive or transparent one up
/// to 300 MB; this many at a time.
const AT_ONCE: usize = 2;

#[derive(Clone, Debug)]
pub struct Content(Arc<Semaphore>);

impl Default for Content {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// How much a file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub bytes: usize,
    /// Of a picture as it comes in; told by its head, before anything is drawn.
    pub pixels: u64,
    /// Of a picture as it is kept; a larger one is shrunk.
    pub side: u32,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Of another kind than was said, or of none.
    OtherKind,
    Broken,
    TooManyPixels,
    /// It would run something.
    Active,
}

/// A file that may be kept.
#[derive(Clone, Debug)]
pub struct Examined {
    pub kind: MediaType,
    pub full: Rendition,
    /// The picture again, in those of [`WIDTHS`] that are narrower.
    pub smaller: Vec<Rendition>,
}

#[derive(Clone, Debug)]
pub struct Rendition {
    /// Width and height of a picture.
    pub size: Option<(u32, u32)>,
    pub content: Bytes,
}

impl Content {
    /// Looks at a file of the declared `kind`. Takes up to seconds of a thread for blocking work:
    /// never call it inside a transaction.
    ///
    /// # Errors
    /// The thread could not be had; what is wrong with the file is the inner error.
    pub async fn examine(
        &self,
        kind: MediaType,
        content: Bytes,
        bounds: Bounds,
    ) -> AppResult<Result<Examined, Flaw>> {
        let place = Arc::clone(&self.0).acquire_owned().await.map_err(AppError::internal)?;
        let work = move || {
            // Goes on when the one who asked has hung up, and counts until it is done.
            let _place = place;
            match kind {
                MediaType::Pdf => document::examine(content),
                _ => picture::redraw(kind, &content, bounds),
            }
        };
        #[expect(clippy::disallowed_methods, reason = "awaited at once, not left running")]
        let task = tokio::task::spawn_blocking(work);
        match task.await {
            Ok(outcome) => Ok(outcome),
            // A decoder that a file brings down has refused it.
            Err(cause) if cause.is_panic() => Ok(Err(Flaw::Broken)),
            Err(cause) => Err(AppError::internal(cause)),
        }
    }
}

/// The kind of a file by its first bytes.
#[must_use]
pub fn kind_of(content: &[u8]) -> Option<MediaType> {
    if content.starts_with(b"%PDF-") {
        return Some(MediaType::Pdf);
    }
    picture::kind_of(content)
}
