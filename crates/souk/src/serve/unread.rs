//! Requests that hyper itself refuses.
//!
//! A head that is malformed or too long reaches no route: hyper answers it with a bare status and closes the
//! connection. Every error is to be a problem, and hyper has no setting for that. So its connection is wrapped:
//! what is written while no answer of ours is under way is hyper's own, and goes out with a problem as its body.

use std::io;
use std::io::IoSlice;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use hyper::body::{Bytes, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};
use web::Unread;

/// The most bytes that are read for nothing, from who still sends when the answer is out.
const MOST: usize = 1024 * 1024;

/// The longest that they are waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// What hyper says of the body of its own answers.
const NO_BODY: &str = "content-length: 0\r\n";

/// Which answers of ours are under way on a connection. It is used by one task: no order between threads is needed.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// Those that hyper does not have to their end.
    unfinished: AtomicU32,
    /// Whether something of one may not be written yet.
    unwritten: AtomicBool,
}

/// An answer that is under way, until this is dropped with its body.
#[derive(Debug)]
pub(super) struct Answering(Answers);

impl Answers {
    /// Begins an answer.
    pub(super) fn begin(&self) -> Answering {
        self.0.unfinished.fetch_add(1, Relaxed);
        self.0.unwritten.store(true, Relaxed);
        Answering(self.clone())
    }

    /// Notes that hyper has written all that it was given.
    fn note_flush(&self) {
        if self.0.unfinished.load(Relaxed) == 0 {
            self.0.unwritten.store(false, Relaxed);
        }
    }

    fn is_any_under_way(&self) -> bool {
        self.0.unwritten.load(Relaxed)
    }
}

impl Answering {
    /// The body with which the answer ends.
    pub(super) const fn until_end_of(self, body: Body) -> Ending {
        Ending { body, _answering: self }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.unfinished.fetch_sub(1, Relaxed);
    }
}

/// The body of an answer of ours. hyper drops it when it has all of it.
#[derive(Debug)]
pub(super) struct Ending {
    body: Body,
    _answering: Answering,
}

impl hyper::body::Body for Ending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection on which hyper's own answers become problems.
pub(super) struct Doorway<S> {
    stream: S,
    answers: Answers,
    unread: Arc<Unread>,
    /// Instead of what hyper wrote.
    refusal: Option<Box<Refusal>>,
}

/// The last answer of a connection.
struct Refusal {
    answer: Vec<u8>,
    written: usize,
    is_shut: bool,
    /// Bytes that were read since.
    dropped: usize,
    patience: Pin<Box<Sleep>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Doorway<S> {
    pub(super) const fn new(stream: S, answers: Answers, unread: Arc<Unread>) -> Self {
        Self { stream, answers, unread, refusal: None }
    }

    /// Whether hyper wrote an answer of its own, that is replaced by ours.
    fn replaces(&mut self, written: &[IoSlice<'_>]) -> bool {
        if self.answers.is_any_under_way() || self.refusal.is_some() {
            return false;
        }
        let head: Vec<u8> = written.iter().flat_map(|part| part.iter().copied()).collect();
        let Some(answer) = problem(&head, &self.unread) else { return false };
        let patience = Box::pin(sleep(PATIENCE));
        let refusal = Refusal { answer, written: 0, is_shut: false, dropped: 0, patience };
        self.refusal = Some(Box::new(refusal));
        true
    }

    fn poll_refuse(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(refusal) = &mut self.refusal else { return Poll::Ready(Ok(())) };
        while refusal.written < refusal.answer.len() {
            let rest = &refusal.answer[refusal.written..];
            match ready!(Pin::new(&mut self.stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                bytes => refusal.written += bytes,
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Closing while the client still sends would cut off the answer as well: what comes is read for a while.
    fn poll_drop_rest(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(refusal) = &mut self.refusal else { return Poll::Ready(()) };
        let mut space = [0; 4096];
        while refusal.dropped < MOST {
            let mut rest = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(cx, &mut rest) {
                Poll::Ready(Ok(())) if !rest.filled().is_empty() => refusal.dropped += rest.filled().len(),
                Poll::Ready(_) => break,
                Poll::Pending => return refusal.patience.as_mut().poll(cx),
            }
        }
        Poll::Ready(())
    }
}

/// What is answered instead of a bare answer of hyper's; its status, its date and the like stay.
fn problem(bare: &[u8], unread: &Unread) -> Option<Vec<u8>> {
    let head = std::str::from_utf8(bare).ok().filter(|head| head.ends_with("\r\n\r\n"))?;
    let status = StatusCode::from_bytes(head.strip_prefix("HTTP/1.")?.get(2..5)?.as_bytes()).ok()?;
    let (before, after) = head.split_once(NO_BODY).filter(|_| status.is_client_error())?;
    let answer = unread.answer(status);
    let mut text = before.as_bytes().to_vec();
    write_headers(&mut text, answer.headers());
    text.extend_from_slice(format!("content-length: {}\r\n{after}", answer.body().len()).as_bytes());
    text.extend_from_slice(answer.body());
    Some(text)
}

fn write_headers(text: &mut Vec<u8>, headers: &HeaderMap) {
    for (name, value) in headers {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Doorway<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Doorway<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.replaces(&[IoSlice::new(buf)]) {
            return Poll::Ready(Ok(buf.len()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.replaces(bufs) {
            return Poll::Ready(Ok(bufs.iter().map(|part| part.len()).sum()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.answers.note_flush();
        ready!(self.poll_refuse(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refuse(cx))?;
        if self.refusal.as_ref().is_none_or(|refusal| !refusal.is_shut) {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        if let Some(refusal) = &mut self.refusal {
            refusal.is_shut = true;
        }
        self.poll_drop_rest(cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use types::Clock;

    use super::*;

    #[test]
    fn only_a_bare_refusal_becomes_a_problem() {
        let unread = Unread::new(Clock::system(), "http://souk.test".to_owned());
        let bare = |status: &str| {
            format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\ndate: today\r\n\r\n")
        };
        let told = problem(bare("414 URI Too Long").as_bytes(), &unread).unwrap();
        let told = String::from_utf8(told).unwrap();
        assert!(told.starts_with("HTTP/1.1 414 URI Too Long\r\nconnection: close\r\n"), "{told}");
        assert!(told.contains("\r\ndate: today\r\n\r\n{\"type\""), "{told}");
        assert!(told.contains("\"code\":\"uri_too_long\""), "{told}");
        for other in [
            bare("200 OK"),
            "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}".to_owned(),
            String::new(),
        ] {
            assert!(problem(other.as_bytes(), &unread).is_none(), "{other}");
        }
    }
}
