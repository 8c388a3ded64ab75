use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::features::appointments::service::tell_of_place;
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

/// Tells those who booked at a stop that it is held elsewhere.
#[derive(Debug, Serialize, Deserialize)]
pub struct TellOfPlace {
    pub stop_id: Uuid,
    pub changed_at: DateTime<Utc>,
}

impl Job for TellOfPlace {
    const KIND: &'static str = "stop.tell_of_place";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(tell_of_place(app, self.stop_id, self.changed_at).await?)
    }
}
