use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::audit::{prune, seal};
use crate::platform::jobs::{Job, JobError, JobRun};

/// Gives what was written since a place in the chain.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SealAudit {}

impl Job for SealAudit {
    const KIND: &'static str = "audit.seal";
    // The next minute tries again; a head that was tampered with stays so.
    const MAX_ATTEMPTS: i32 = 2;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        seal(app).await?;
        Ok(())
    }
}

/// Removes entries and exported files whose time is over.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct TidyAudit {}

impl Job for TidyAudit {
    const KIND: &'static str = "audit.tidy";
    // The next hour tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        prune(app).await?;
        Ok(service::expire_exports(app).await?)
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct WriteAuditExport {
    pub export_id: Uuid,
}

impl Job for WriteAuditExport {
    const KIND: &'static str = "audit.export";
    const MAX_ATTEMPTS: i32 = 4;

    async fn run(self, app: &App, run: JobRun) -> Result<(), JobError> {
        Ok(service::write_export(app, self.export_id, run.is_last).await?)
    }
}
