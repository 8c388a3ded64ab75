use serde::{Deserialize, Serialize};

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Deletes unused tickets and files that nothing refers to.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ExpireMedia {}

impl Job for ExpireMedia {
    const KIND: &'static str = "media.expire";
    // The next hour tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::expire_media(app).await?)
    }
}

/// Deletes what lies in the storage and is in no row.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SweepStorage {}

impl Job for SweepStorage {
    const KIND: &'static str = "media.sweep";
    // The next day tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::sweep_storage(app).await?)
    }
}
