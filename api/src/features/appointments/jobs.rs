use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Runs when a booking ends that nobody acted upon: a hold, a request, an offer, a visit.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExpireBooking {
    pub booking_id: Uuid,
}

impl Job for ExpireBooking {
    const KIND: &'static str = "booking.expire";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::expire_booking(app, self.booking_id).await?)
    }
}

/// Every ten minutes: tells whoever is expected soon.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RemindVisitors {}

impl Job for RemindVisitors {
    const KIND: &'static str = "booking.remind";
    // The next sweep tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::remind_visitors(app).await?)
    }
}
