//! The least that a server can do: one route that answers the same bytes to everybody, on the server of
//! `souk serve`. What reads are measured against.

use std::path::Path;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use tokio::net::TcpListener;
use types::Clock;
use web::Unread;

use crate::output;
use crate::serve::http::Server;

/// Answers the bytes of a file until the process is ended.
pub(super) async fn serve(file: &Path) -> Result<()> {
    let body = Bytes::from(std::fs::read(file).context("the body can't be read")?);
    let answer = move || {
        let body = body.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], body) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().fallback(answer);
    let unread = Unread::new(Clock::system(), format!("http://{address}"));
    let _server = Server::start(listener, router, unread)?;
    output::line(format_args!("A bare route answers at http://{address}"));
    std::future::pending().await
}
