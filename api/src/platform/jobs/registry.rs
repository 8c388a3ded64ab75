//! Which kinds of job this binary can run.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::schedule::Every;
use super::{Job, JobError, JobRun};
use crate::app::App;
use crate::platform::http::AppError;

type Handler =
    Arc<dyn Fn(App, Value, JobRun) -> BoxFuture<'static, Result<(), JobError>> + Send + Sync>;

/// Filled by the features' `jobs()` at start.
#[derive(Clone, Default)]
pub struct Registry {
    handlers: HashMap<&'static str, Handler>,
    schedules: Vec<Every>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("kinds", &self.kinds()).finish()
    }
}

impl Registry {
    pub fn handle<J: Job>(&mut self) {
        let handler: Handler = Arc::new(|app, payload, run| {
            Box::pin(async move {
                // A payload that cannot be read will not become readable.
                let job: J = serde_json::from_value(payload)
                    .map_err(|cause| JobError::Fail(AppError::internal(cause)))?;
                job.run(&app, run).await
            })
        });
        self.handlers.insert(J::KIND, handler);
    }

    /// Also runs `J` at every full `every`.
    pub fn schedule<J: Job>(&mut self, every: Every) {
        self.handle::<J>();
        self.schedules.push(every);
    }

    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = self.handlers.keys().copied().collect();
        kinds.sort_unstable();
        kinds
    }

    pub(super) fn schedules(&self) -> &[Every] {
        &self.schedules
    }

    pub(super) fn run(
        &self,
        app: &App,
        kind: &str,
        payload: Value,
        run: JobRun,
    ) -> BoxFuture<'static, Result<(), JobError>> {
        match self.handlers.get(kind) {
            Some(handler) => handler(app.clone(), payload, run),
            None => {
                let unknown = AppError::internal(format!("no handler for job {kind}"));
                Box::pin(async move { Err(JobError::Fail(unknown)) })
            }
        }
    }
}
