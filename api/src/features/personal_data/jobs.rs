use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Makes the file of a copy. Carries the name of its folder, so that it can clear up after a request
/// that was erased meanwhile.
#[derive(Debug, Serialize, Deserialize)]
pub struct BuildExport {
    pub export_id: Uuid,
    pub folder: Uuid,
}

impl Job for BuildExport {
    const KIND: &'static str = "data_export.build";

    async fn run(self, app: &App, run: JobRun) -> Result<(), JobError> {
        match service::build_export(app, self.export_id, self.folder, run.attempt).await {
            Err(error) => {
                if run.is_last {
                    service::fail_export(app, self.export_id).await?;
                }
                Err(error.into())
            }
            Ok(()) => Ok(()),
        }
    }
}

/// Gives back the places of a closing account.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReleasePlaces {
    pub deletion_id: Uuid,
}

impl Job for ReleasePlaces {
    const KIND: &'static str = "account.release_places";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::release_places(app, self.deletion_id).await?)
    }
}

/// Runs at the end of the cooling-off period.
#[derive(Debug, Serialize, Deserialize)]
pub struct EraseAccount {
    pub deletion_id: Uuid,
}

impl Job for EraseAccount {
    const KIND: &'static str = "account.erase";
    // Days of trying: nobody else does it.
    const MAX_ATTEMPTS: i32 = 40;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::erase_account(app, self.deletion_id).await?)
    }
}

/// Hourly: copies whose time is over, records whose retention is over, cases that have ended.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct EndRetention {}

impl Job for EndRetention {
    const KIND: &'static str = "personal_data.end_retention";
    // The next hour tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::end_retention(app).await?)
    }
}
