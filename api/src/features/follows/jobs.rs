use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Tells whom it concerns of one public change of a bulletin, and again until everybody was told.
#[derive(Debug, Serialize, Deserialize)]
pub struct TellFollowers {
    pub bulletin_id: Uuid,
    pub event_no: i32,
}

impl Job for TellFollowers {
    const KIND: &'static str = "follow.tell";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::tell_followers(app, self.bulletin_id, self.event_no).await?)
    }
}
