use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Asks WeChat for the rank of one signal.
#[derive(Debug, Serialize, Deserialize)]
pub struct AskRiskRank {
    pub signal_id: Uuid,
}

impl Job for AskRiskRank {
    const KIND: &'static str = "risk.ask";
    /// Half a minute: later nobody would be asked about any more.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, run: JobRun) -> Result<(), JobError> {
        service::answer(app, self.signal_id, run.is_last).await
    }
}
