use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

#[derive(Debug, Serialize, Deserialize)]
pub struct WriteBookingExport {
    pub export_id: Uuid,
}

impl Job for WriteBookingExport {
    const KIND: &'static str = "booking_export.write";
    const MAX_ATTEMPTS: i32 = 4;

    async fn run(self, app: &App, run: JobRun) -> Result<(), JobError> {
        Ok(service::write_export(app, self.export_id, run.attempt, run.is_last).await?)
    }
}

/// Removes the files whose time is over.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct TidyBookingExports {}

impl Job for TidyBookingExports {
    const KIND: &'static str = "booking_export.tidy";
    // The next hour tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::expire_exports(app).await?)
    }
}
