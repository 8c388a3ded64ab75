//! Watches the log of a test: an ERROR line that nobody expected fails it.

use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::statements;

static START: Once = Once::new();
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Installs the watcher for the process. Under nextest that is one test.
pub fn watch() {
    START.call_once(|| {
        let filter = tracing_subscriber::EnvFilter::new("debug,hyper=info,sqlx=info,h2=info");
        let watcher = Watcher.with_filter(filter);
        tracing_subscriber::registry().with(watcher).with(statements::counter()).init();
    });
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

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}
