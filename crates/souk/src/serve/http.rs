//! The HTTP server: hyper's, with the limits that keep slow and many clients from starving the others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tower_http::timeout::RequestBodyTimeoutLayer;
use web::Unread;

use super::leftover;
use super::unread::{Answers, Doorway};
use crate::config::Listen;

/// The longest wait for a whole request head, and the longest that a connection may idle between requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest wait for the next piece of a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The most bytes of a request head.
const HEAD_LIMIT: usize = 64 * 1024;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4_096;

/// The most connections, where the system allows as many files.
const CONNECTIONS: usize = 16_384;

/// Files that are kept for everything that is no client: the database, media, the log.
const OTHER_FILES: u64 = 256;

/// The pause after a failed accept, such as one for which there was no file left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Takes the port.
pub(crate) async fn listen(listen: &Listen) -> Result<TcpListener> {
    let refuse = || format!("can't listen on {listen}");
    let mut last = None;
    for address in lookup_host(listen.address()).await.with_context(refuse)? {
        match bind(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or_else(|| anyhow!("the host has no address"), anyhow::Error::from)).with_context(refuse)
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart need not wait for the connections of the last run to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// A running server.
pub(crate) struct Server {
    accepting: JoinHandle<(TcpListener, GracefulShutdown)>,
    stop: watch::Sender<()>,
}

impl Server {
    /// Answers what comes to `listener` with `router`, and with `unread` what can't be read.
    pub(crate) fn start(listener: TcpListener, router: Router, unread: Unread) -> Result<Self> {
        let router = router.layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT));
        let limit = Arc::new(Semaphore::new(connection_limit()?));
        let (stop, stopped) = watch::channel(());
        let accepting = tokio::spawn(accept(listener, (router, unread), limit, stopped));
        Ok(Self { accepting, stop })
    }

    /// Accepts nothing more, lets each connection finish its request, and waits `grace` for that.
    pub(super) async fn stop(self, grace: Duration) {
        drop(self.stop);
        let Ok((listener, connections)) = self.accepting.await else { return };
        drop(listener);
        let open = connections.count();
        if tokio::time::timeout(grace, connections.shutdown()).await.is_err() {
            tracing::warn!(open, "connections were cut off: they did not finish in time");
        }
    }

    /// Gives the port to whoever answers from now on. Who is connected is answered once more, and comes again;
    /// who is about to waits.
    pub(super) async fn give_way(self) -> Result<TcpListener> {
        drop(self.stop);
        let (listener, connections) = self.accepting.await.context("the port was lost")?;
        tokio::spawn(connections.shutdown());
        Ok(listener)
    }
}

/// As many connections as the system allows files, after asking it for as many as it gives.
pub(crate) fn connection_limit() -> Result<usize> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = CONNECTIONS as u64 + OTHER_FILES;
    let allowed = maximum.unwrap_or(wanted).min(wanted);
    let files = match current {
        Some(current) if current < allowed => {
            setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum })
                .context("the limit of open files can't be raised")?;
            allowed
        }
        _ => current.unwrap_or(wanted),
    };
    Ok(usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(CONNECTIONS).clamp(16, CONNECTIONS))
}

async fn accept(
    listener: TcpListener,
    (router, unread): (Router, Unread),
    limit: Arc<Semaphore>,
    mut stopped: watch::Receiver<()>,
) -> (TcpListener, GracefulShutdown) {
    let unread = Arc::new(unread);
    let graceful = GracefulShutdown::new();
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_LIMIT);
    loop {
        let next = tokio::select! {
            next = next_connection(&listener, &limit) => next,
            _ = stopped.changed() => return (listener, graceful),
        };
        if let Some((stream, peer, permit)) = next {
            let router = router.clone();
            let answers = Answers::default();
            let doorway = Doorway::new(stream, answers.clone(), Arc::clone(&unread));
            let service = service_fn(move |mut request: hyper::Request<Incoming>| {
                let answering = answers.begin();
                request.extensions_mut().insert(ConnectInfo(peer));
                let answer = leftover::answer(router.clone(), request);
                async move { answer.await.map(|response| response.map(|body| answering.until_end_of(body))) }
            });
            let connection = builder.serve_connection(TokioIo::new(doorway), service);
            let watched = graceful.watch(connection);
            tokio::spawn(async move {
                // A client that breaks off or is too slow is no event of ours.
                if let Err(error) = watched.await {
                    tracing::debug!(error = %error, "a connection ended badly");
                }
                drop(permit);
            });
        }
    }
}

/// The next client, once there is room for one.
async fn next_connection(
    listener: &TcpListener,
    limit: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(limit).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are small and whole: waiting to fill a packet only delays them.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(error = %error, "a connection was gone before it was answered");
            }
            Some((stream, peer, permit))
        }
        Err(error) => {
            tracing::warn!(error = %error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
