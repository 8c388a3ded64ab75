use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Has WeChat look at a text.
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckText {
    pub review_id: Uuid,
}

impl Job for CheckText {
    const KIND: &'static str = "text_review.check";

    async fn run(self, app: &App, run: JobRun) -> Result<(), JobError> {
        service::check(app, self.review_id, run).await
    }
}
