use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Moves what requests that were under way while an account became part of another still wrote
/// for it.
#[derive(Debug, Serialize, Deserialize)]
pub struct FinishMerge {
    pub account_id: Uuid,
}

impl Job for FinishMerge {
    const KIND: &'static str = "account.finish_merge";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::finish_merge(app, self.account_id).await?)
    }
}
