use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Sends the WeChat message of one notice.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeliverNotification {
    pub notification_id: Uuid,
}

impl Job for DeliverNotification {
    const KIND: &'static str = "notification.deliver";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        service::deliver(app, self.notification_id).await
    }
}
