//! The HTTP server, in a thread and an actix system of its own so that it runs under any caller's
//! runtime and outlives the one that started it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, rt, web};
use tokio::sync::{oneshot, watch};

use super::dispatch::dispatch;
use super::world::World;

/// Largest request body read.
const BODY_LIMIT: usize = 1024 * 1024;

/// A running server; stops when dropped.
pub(super) struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    is_over: watch::Receiver<bool>,
}

impl Server {
    pub(super) async fn start(listen: SocketAddr, world: Arc<World>) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        let (started, start) = oneshot::channel();
        let (over, is_over) = watch::channel(false);
        thread::Builder::new().name("wechat-simulator".to_owned()).spawn(move || {
            rt::System::new().block_on(serve(listener, world, started));
            over.send_replace(true);
        })?;
        let handle = start.await.map_err(io::Error::other)??;
        Ok(Self { address, handle, is_over })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn stop(&self) {
        // Not graceful: idle keep-alive connections of clients would hold it up.
        self.handle.stop(false).await;
        let mut is_over = self.is_over.clone();
        // An error means that the thread is gone, which is what we wait for.
        let _ended = is_over.wait_for(|is_over| *is_over).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The command is sent at once; nobody waits for its completion.
        drop(self.handle.stop(false));
    }
}

async fn serve(
    listener: TcpListener,
    world: Arc<World>,
    started: oneshot::Sender<io::Result<ServerHandle>>,
) {
    let factory = move || {
        App::new()
            .app_data(web::PayloadConfig::new(BODY_LIMIT))
            .app_data(web::Data::from(Arc::clone(&world)))
            .default_service(web::to(dispatch))
    };
    let bound = HttpServer::new(factory)
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .keep_alive(Duration::from_secs(75))
        .listen(listener);
    let server = match bound {
        Ok(server) => server.run(),
        Err(error) => {
            // The receiver only goes away with the caller, who then does not care.
            let _unheard = started.send(Err(error));
            return;
        }
    };
    if started.send(Ok(server.handle())).is_ok()
        && let Err(error) = server.await
    {
        tracing::warn!(%error, "wechat simulator ended");
    }
}
