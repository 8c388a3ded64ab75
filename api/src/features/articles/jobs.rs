use serde::{Deserialize, Serialize};

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Ends what is over and publishes what is due: asked for when something is scheduled, for its time,
/// and every minute, for what that run could not do.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RunArticleSchedule {}

impl Job for RunArticleSchedule {
    const KIND: &'static str = "article.run_schedule";
    // The next minute tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::run_article_schedule(app).await?)
    }
}
