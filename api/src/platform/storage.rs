//! Files: a folder, or a bucket that speaks S3 (COS, OSS, OBS, MinIO).

use std::fmt;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use opendal::layers::TimeoutLayer;
use opendal::services::{Fs, S3};
use opendal::{ErrorKind, Operator};

use super::config;
use super::http::{AppError, AppResult, ErrorCode};

/// The content of a file, piece by piece.
pub type FileStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

#[derive(Clone)]
pub struct Storage(Operator);

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Storage({})", self.0.info().scheme())
    }
}

impl Storage {
    /// # Errors
    /// The folder cannot be made, or the bucket's settings are not complete.
    pub fn open(settings: &config::Storage) -> AppResult<Self> {
        let operator = if settings.s3.bucket.is_empty() {
            std::fs::create_dir_all(&settings.root).map_err(AppError::internal)?;
            let root = std::path::absolute(&settings.root).map_err(AppError::internal)?;
            Operator::new(Fs::default().root(&root.to_string_lossy()))
        } else {
            // Without it there is nothing that speaks HTTP. Once is enough and more does no harm.
            opendal::install_default();
            let s3 = &settings.s3;
            Operator::new(
                S3::default()
                    .bucket(&s3.bucket)
                    .endpoint(&s3.endpoint)
                    .region(&s3.region)
                    .access_key_id(&s3.access_key_id)
                    .secret_access_key(s3.secret_access_key.expose())
                    .root(&s3.prefix),
            )
        };
        Ok(Self(operator.map_err(AppError::internal)?.layer(TimeoutLayer::new())))
    }

    /// Writes a file, in the place of the one that is there.
    ///
    /// # Errors
    /// `unavailable`
    pub async fn write(&self, key: &str, content: Bytes) -> AppResult<()> {
        self.0.write(key, content).await.map(|_| ()).map_err(|cause| failed(key, &cause))
    }

    /// # Errors
    /// `not_found`, `unavailable`
    pub async fn read(&self, key: &str) -> AppResult<Bytes> {
        let content = self.0.read(key).await.map_err(|cause| failed(key, &cause))?;
        Ok(content.to_bytes())
    }

    /// The file of `length` bytes, without holding all of it. Its first piece is at hand when this
    /// returns, so a missing file is noticed before a reply has begun.
    ///
    /// # Errors
    /// `not_found`, `unavailable`
    pub async fn stream(&self, key: &str, length: u64) -> AppResult<FileStream> {
        let reader = self.0.reader(key).await.map_err(|cause| failed(key, &cause))?;
        let content = reader.into_bytes_stream(0..length).await;
        let mut content = content.map_err(|cause| failed(key, &cause))?;
        let first = match content.next().await {
            None => return Ok(Box::pin(stream::empty())),
            Some(Ok(piece)) => piece,
            Some(Err(cause)) if cause.kind() == io::ErrorKind::NotFound => {
                return Err(ErrorCode::NotFound.into());
            }
            Some(Err(cause)) => {
                return Err(AppError::new(ErrorCode::Unavailable).because(hidden(key, &cause)));
            }
        };
        // The framework logs what breaks a reply off, so the key must not be in it.
        let rest = content.map(|piece| piece.map_err(|cause| io::Error::from(cause.kind())));
        Ok(Box::pin(stream::once(async { Ok(first) }).chain(rest)))
    }

    /// Deletes a file; one that is not there is as good as deleted.
    ///
    /// # Errors
    /// `unavailable`
    pub async fn delete(&self, key: &str) -> AppResult<()> {
        self.0.delete(key).await.map_err(|cause| failed(key, &cause))
    }

    /// The keys in a folder, such as `media/20261120/`, and in those below it.
    ///
    /// # Errors
    /// `unavailable`
    pub async fn list(&self, folder: &str) -> AppResult<Vec<String>> {
        let entries = self.0.list_with(folder).recursive(true).await;
        let entries = entries.map_err(|cause| failed(folder, &cause))?;
        let files = entries.iter().filter(|entry| entry.metadata().is_file());
        Ok(files.map(|entry| entry.path().to_owned()).collect())
    }

    /// Removes all below `folder`, which ends with `/`. What is not there is removed already.
    ///
    /// # Errors
    /// `unavailable`
    pub async fn delete_folder(&self, folder: &str) -> AppResult<()> {
        self.0.delete_with(folder).recursive(true).await.map_err(|cause| failed(folder, &cause))
    }

    /// Whether files can be written and read.
    pub async fn is_reachable(&self) -> bool {
        // A bucket is asked for its list; a folder has to be one.
        let root = self.0.stat("/").await;
        root.is_ok_and(|root| root.is_dir()) && self.0.check().await.is_ok()
    }
}

#[track_caller]
fn failed(key: &str, cause: &opendal::Error) -> AppError {
    let code = match cause.kind() {
        ErrorKind::NotFound => ErrorCode::NotFound,
        _ => ErrorCode::Unavailable,
    };
    AppError::new(code).because(hidden(key, cause))
}

/// The cause without the key: who knows a key and the bucket has the file.
fn hidden(key: &str, cause: &impl fmt::Display) -> String {
    cause.to_string().replace(key, "[key]")
}
