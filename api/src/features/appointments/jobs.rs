use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Runs when bookings end that nobody acted upon: holds, requests, offers, visits.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExpireBookings {
    pub booking_ids: Vec<Uuid>,
}

impl Job for ExpireBookings {
    const KIND: &'static str = "booking.expire";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        let mut outcome = Ok(());
        for id in self.booking_ids {
            // One that fails does not keep the others waiting; with it, all are looked at again.
            outcome = service::expire_booking(app, id).await.and(outcome);
        }
        Ok(outcome?)
    }
}

/// Every ten minutes: offers places to those who wait where a lab, a service or one who waits may book
/// again, which frees no place by itself.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OfferPlaces {}

impl Job for OfferPlaces {
    const KIND: &'static str = "booking.offer_places";
    // The next sweep tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::offer_places(app).await?)
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
