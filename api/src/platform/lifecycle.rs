//! Start, readiness and stop of the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Whether the process should get requests, and the wish to stop. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    is_draining: Arc<AtomicBool>,
    stop: CancellationToken,
}

impl Lifecycle {
    /// From now on `/readyz` says no, so that a load balancer looks elsewhere.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::SeqCst);
    }

    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::SeqCst)
    }

    /// Cancelled when work should end.
    #[must_use]
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    pub fn stop(&self) {
        self.drain();
        self.stop.cancel();
    }
}

/// Returns at SIGTERM or SIGINT.
///
/// # Errors
/// The signal handlers cannot be installed.
pub async fn asked_to_stop() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
