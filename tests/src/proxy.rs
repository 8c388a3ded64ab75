//! A TCP proxy that can be cut and restored: how a test takes the database or Redis away.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

#[derive(Debug)]
pub struct ChaosProxy {
    pub address: SocketAddr,
    is_up: Arc<watch::Sender<bool>>,
    task: JoinHandle<()>,
}

impl ChaosProxy {
    /// Forwards to `target` until it is cut.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let is_up = Arc::new(watch::Sender::new(true));
        let task = tokio::spawn(forward(listener, target, is_up.subscribe()));
        Self { address, is_up, task }
    }

    /// Ends every connection and refuses new ones.
    pub fn cut(&self) {
        self.is_up.send_replace(false);
    }

    pub fn restore(&self) {
        self.is_up.send_replace(true);
    }
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(listener: TcpListener, target: SocketAddr, is_up: watch::Receiver<bool>) {
    while let Ok((mut client, _)) = listener.accept().await {
        if !*is_up.borrow() {
            continue;
        }
        let mut is_up = is_up.clone();
        tokio::spawn(async move {
            let Ok(mut server) = TcpStream::connect(target).await else { return };
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => {}
                _ = is_up.wait_for(|up| !up) => {}
            }
        });
    }
}
