use serde::{Deserialize, Serialize};

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Raises the alarm for results that are late.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RaiseLateResults {}

impl Job for RaiseLateResults {
    const KIND: &'static str = "sample.raise_late_results";
    // The next hour tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::raise_late_results(app).await?)
    }
}
