use serde::{Deserialize, Serialize};

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Drops what was checked and not taken over in time.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ExpireImports {}

impl Job for ExpireImports {
    const KIND: &'static str = "bulletin.expire_imports";
    // The next hour tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::expire_imports(app).await?)
    }
}
