use serde::{Deserialize, Serialize};

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Deletes what is too old of the reading histories.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PruneReadings {}

impl Job for PruneReadings {
    const KIND: &'static str = "readers.prune_readings";
    // The next time tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::prune_readings(app).await?)
    }
}
