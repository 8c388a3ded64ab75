use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Cancels a batch of the bookings at a cancelled stop, and asks for the next.
#[derive(Debug, Serialize, Deserialize)]
pub struct CallOffStop {
    pub stop_id: Uuid,
}

impl Job for CallOffStop {
    const KIND: &'static str = "stop.call_off";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::call_off(app, self.stop_id).await?)
    }
}
