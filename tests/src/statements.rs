//! Counts the statements that reach the database, so that a list which asks once for each of its rows is
//! found out.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Where sqlx tells of each statement.
const TARGET: &str = "sqlx::query";

static IS_COUNTING: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicUsize = AtomicUsize::new(0);

struct Counter;

impl<S: Subscriber> Layer<S> for Counter {
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        COUNT.fetch_add(1, Ordering::SeqCst);
    }
}

/// Costs nothing while nobody counts.
pub(crate) fn counter<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    let is_wanted = |metadata: &tracing::Metadata<'_>, _: &Context<'_, S>| {
        metadata.target() == TARGET && IS_COUNTING.load(Ordering::SeqCst)
    };
    Counter.with_filter(dynamic_filter_fn(is_wanted))
}

/// How many statements `work` takes, with those of log-in and of whoever else is at work.
pub async fn count_statements<T>(work: impl Future<Output = T>) -> (usize, T) {
    let before = COUNT.load(Ordering::SeqCst);
    IS_COUNTING.store(true, Ordering::SeqCst);
    let done = work.await;
    IS_COUNTING.store(false, Ordering::SeqCst);
    (COUNT.load(Ordering::SeqCst) - before, done)
}
