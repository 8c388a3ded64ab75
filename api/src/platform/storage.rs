//! Files: a folder, or a bucket that speaks S3 (COS, OSS, OBS, MinIO).

use std::fmt;

use bytes::Bytes;
use opendal::layers::TimeoutLayer;
use opendal::services::{Fs, S3};
use opendal::{ErrorKind, Operator};

use super::config;
use super::http::{AppError, AppResult, ErrorCode};

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

    /// # Errors
    /// `unavailable`
    pub async fn write(&self, key: &str, content: Bytes) -> AppResult<()> {
        self.0.write(key, content).await.map(|_| ()).map_err(unavailable)
    }

    /// # Errors
    /// `not_found`, `unavailable`
    pub async fn read(&self, key: &str) -> AppResult<Bytes> {
        match self.0.read(key).await {
            Ok(content) => Ok(content.to_bytes()),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Err(ErrorCode::NotFound.into()),
            Err(cause) => Err(unavailable(cause)),
        }
    }

    /// Whether files can be written and read.
    pub async fn is_reachable(&self) -> bool {
        // A bucket is asked for its list; a folder has to be one.
        let root = self.0.stat("/").await;
        root.is_ok_and(|root| root.is_dir()) && self.0.check().await.is_ok()
    }
}

#[track_caller]
fn unavailable(cause: opendal::Error) -> AppError {
    AppError::new(ErrorCode::Unavailable).because(cause)
}
