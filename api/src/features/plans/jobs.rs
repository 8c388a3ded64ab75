use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::app::App;
use crate::platform::jobs::{Job, JobError, JobRun};

/// Inserts the slots of a plan that are missing.
#[derive(Debug, Serialize, Deserialize)]
pub struct GeneratePlan {
    pub plan_id: Uuid,
}

impl Job for GeneratePlan {
    const KIND: &'static str = "plan.generate";
    // The next hour tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::generate_plan(app, self.plan_id).await?)
    }
}

/// Hourly: asks for the generation of every active plan.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct GeneratePlans {}

impl Job for GeneratePlans {
    const KIND: &'static str = "plan.generate_all";
    // The next hour tries again.
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::generate_plans(app).await?)
    }
}

/// Carries out the next part of a change of a plan, and asks for the part after it.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApplyPlan {
    pub plan_id: Uuid,
    /// Of the plan after the change.
    pub version: i32,
}

impl Job for ApplyPlan {
    const KIND: &'static str = "plan.apply";

    async fn run(self, app: &App, _: JobRun) -> Result<(), JobError> {
        Ok(service::apply_change(app, self.plan_id, self.version).await?)
    }
}
