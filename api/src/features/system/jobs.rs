use serde::{Deserialize, Serialize};

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Hourly housekeeping.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Prune {}

impl Job for Prune {
    const KIND: &'static str = "system.prune";
    // The next hour tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::prune(app).await?)
    }
}
