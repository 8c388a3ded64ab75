use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Runs when a lottery closes, or is cancelled, and again until everybody has had their turn.
#[derive(Debug, Serialize, Deserialize)]
pub struct DrawLottery {
    pub lottery_id: Uuid,
}

impl Job for DrawLottery {
    const KIND: &'static str = "lottery.draw";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::draw_lottery(app, self.lottery_id).await?)
    }
}
