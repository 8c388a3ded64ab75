use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Indexes again what is published, some hundreds at a time, after the given article.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Reindex {
    pub after: Option<Uuid>,
}

impl Job for Reindex {
    const KIND: &'static str = "search.reindex";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::go_on_reindexing(app, self.after).await?)
    }
}
