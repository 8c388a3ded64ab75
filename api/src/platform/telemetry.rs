//! Log lines: JSON for machines, text for people. They carry ids, codes and durations, never a
//! person's data; `docs/OPERATIONS.md` lists the fields.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::TryInitError;

use super::config::{Log, LogFormat};

/// # Errors
/// The filter cannot be parsed, or a subscriber is installed already.
pub fn start(settings: &Log) -> Result<(), TelemetryError> {
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;

    let filter = EnvFilter::try_new(&settings.filter)?;
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_target(true);
    match settings.format {
        LogFormat::Text => registry.with(layer.with_writer(std::io::stderr)).try_init()?,
        LogFormat::Json => {
            registry
                .with(layer.json().flatten_event(true).with_writer(std::io::stdout))
                .try_init()?;
        }
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("log.filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("log: {0}")]
    Install(#[from] TryInitError),
}
