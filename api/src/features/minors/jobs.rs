use serde::{Deserialize, Serialize};

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Asks those anew who turned 14 or 18.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ReviewAges {}

impl Job for ReviewAges {
    const KIND: &'static str = "minors.review_ages";
    // The next time tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::review_ages(app).await?)
    }
}
