use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Deletes the data of a closed class's seats.
#[derive(Debug, Serialize, Deserialize)]
pub struct EraseClass {
    pub class_id: Uuid,
}

impl Job for EraseClass {
    const KIND: &'static str = "class.erase";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::erase_class(app, self.class_id).await?)
    }
}

/// Closes classes at the end of their school year.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct CloseExpiredClasses {}

impl Job for CloseExpiredClasses {
    const KIND: &'static str = "class.close_expired";
    // The next time tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::close_expired(app).await?)
    }
}
