//! What a request's body has left when its answer is ready.
//!
//! Who is refused by the head of a request has often not sent all of its body. Closing the connection then cuts
//! the client off in the middle of sending, and the answer is lost with it; going on would take the rest for the
//! next request. So what is left is read and dropped, within limits, and past those the answer says that the
//! connection ends.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::Request;
use hyper::body::{Body as _, Bytes, Frame, Incoming, SizeHint};
use parking_lot::Mutex;
use tokio::time::timeout;

/// The most bytes that are read for nothing.
const MOST: u64 = 64 * 1024 * 1024;

/// The longest that they are waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The router's answer, when its request is out of the way.
pub(super) async fn answer(mut router: Router, request: Request<Incoming>) -> Result<Response, Infallible> {
    if request.body().is_end_stream() {
        return tower::Service::call(&mut router, request.map(Body::new)).await;
    }
    // A client that asked whether to send its body waits until somebody wants it.
    let asks_first = request.headers().contains_key(header::EXPECT);
    let (head, body) = request.into_parts();
    let body = Shared(Arc::new(Mutex::new(Sent { body, is_read: !asks_first })));
    let request = Request::from_parts(head, Body::new(body.clone()));
    let mut response = tower::Service::call(&mut router, request).await?;
    if !body.is_out_of_the_way().await {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

/// A body, and whether the client sends it or was told to.
struct Sent {
    body: Incoming,
    is_read: bool,
}

/// A body that is still there when whoever was given it has dropped it.
#[derive(Clone)]
struct Shared(Arc<Mutex<Sent>>);

impl Shared {
    /// Reads and drops what is left; `false` when that is too much, or does not come.
    async fn is_out_of_the_way(&self) -> bool {
        {
            let sent = self.0.lock();
            if sent.body.is_end_stream() {
                return true;
            }
            if !sent.is_read || sent.body.size_hint().lower() > MOST {
                return false;
            }
        }
        timeout(PATIENCE, self.drop_rest()).await.unwrap_or(false)
    }

    async fn drop_rest(&self) -> bool {
        let mut dropped = 0;
        while dropped <= MOST {
            match poll_fn(|cx| self.poll(cx)).await {
                None => return true,
                Some(Err(_)) => return false,
                Some(Ok(frame)) => dropped += frame.data_ref().map_or(0, |data| data.len() as u64),
            }
        }
        false
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut sent = self.0.lock();
        sent.is_read = true;
        Pin::new(&mut sent.body).poll_frame(cx)
    }
}

impl hyper::body::Body for Shared {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.poll(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().body.size_hint()
    }
}
