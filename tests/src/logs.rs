//! Watches the log of a test: an ERROR line that nobody expected fails it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

static START: Once = Once::new();
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static STATEMENTS: AtomicUsize = AtomicUsize::new(0);
/// Telling of a statement costs more than many a statement, so that nobody does until somebody counts.
static IS_COUNTING: AtomicBool = AtomicBool::new(false);

/// Installs the watcher for the process. Under nextest that is one test.
pub fn watch() {
    START.call_once(|| {
        let filter = tracing_subscriber::EnvFilter::new("debug,hyper=info,sqlx=info,h2=info");
        let counted = dynamic_filter_fn(|metadata: &Metadata<'_>, _: &Context<'_, _>| {
            metadata.target() == "sqlx::query" && IS_COUNTING.load(Ordering::Relaxed)
        });
        tracing_subscriber::registry()
            .with(Watcher.with_filter(filter))
            .with(Counter.with_filter(counted))
            .init();
    });
}

/// How many statements went to the database since somebody first asked for their number.
pub fn statements() -> usize {
    IS_COUNTING.store(true, Ordering::Relaxed);
    STATEMENTS.load(Ordering::Relaxed)
}

/// How many statements `work` takes, with those of log-in and of whoever else is at work.
pub async fn count_statements<T>(work: impl Future<Output = T>) -> (usize, T) {
    let before = statements();
    let done = work.await;
    (statements() - before, done)
}

/// Every line logged so far, with its fields.
pub fn lines() -> Vec<String> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The ERROR lines. A reply that breaks off is the simulator's: it does so to order.
pub fn errors() -> Vec<String> {
    let is_simulated = |line: &String| line.contains("Response payload stream error");
    lines().into_iter().filter(|line| line.starts_with("ERROR") && !is_simulated(line)).collect()
}

struct Watcher;

impl<S: Subscriber> Layer<S> for Watcher {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = *event.metadata().level();
        if level > Level::DEBUG {
            return;
        }
        let mut line = Line(format!("{level} {}", event.metadata().target()));
        event.record(&mut line);
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
    }
}

struct Counter;

impl<S: Subscriber> Layer<S> for Counter {
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        STATEMENTS.fetch_add(1, Ordering::Relaxed);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}
