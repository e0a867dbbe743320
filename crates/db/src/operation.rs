//! Polling an operation under supervision: it may await its transaction and nothing else.
//!
//! Two flags of the polling thread do it. `INSIDE` is set exactly while an operation is polled, so a
//! `write` or `read` in it is seen at once. `WAITING` is set by a statement that returns `Pending`; an
//! operation that is `Pending` without it awaits something foreign. SQLite's statements never wait, so
//! there an operation must finish in one poll: code that breaks the rule fails alike on both engines.

use std::{
    any::Any,
    cell::Cell,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use crate::error::{Error, Result};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static WAITING: Cell<bool> = const { Cell::new(false) };
}

/// Fails inside of an operation.
pub(crate) fn refuse_nested() -> Result<()> {
    if INSIDE.get() { Err(Error::Nested) } else { Ok(()) }
}

/// One poll of an operation; ends with the value, also by unwinding.
struct Turn;

impl Turn {
    fn begin() -> Self {
        INSIDE.set(true);
        WAITING.set(false);
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        INSIDE.set(false);
    }
}

/// Drives an operation; a panic or a foreign await ends it with an error.
pub(crate) fn supervised<F: Future>(mut operation: Pin<&mut F>) -> impl Future<Output = Result<F::Output>> {
    poll_fn(move |context| {
        let turn = Turn::begin();
        let polled = catch_unwind(AssertUnwindSafe(|| operation.as_mut().poll(context)));
        drop(turn);
        match polled {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) if WAITING.get() => Poll::Pending,
            Ok(Poll::Pending) => Poll::Ready(Err(Error::Awaited)),
            Err(payload) => Poll::Ready(Err(panicked(payload.as_ref()))),
        }
    })
}

/// Drives an operation whose statements never wait, in one poll.
pub(crate) fn run_to_end<F: Future>(operation: F) -> Result<F::Output> {
    // The outer guard is for a panic in a destructor, when the unfinished future is dropped.
    let polled = catch_unwind(AssertUnwindSafe(|| {
        let operation = pin!(operation);
        pin!(supervised(operation)).poll(&mut Context::from_waker(Waker::noop()))
    }));
    match polled {
        Ok(Poll::Ready(outcome)) => outcome,
        Ok(Poll::Pending) => Err(Error::Awaited),
        Err(payload) => Err(panicked(payload.as_ref())),
    }
}

/// A statement's future: tells the supervisor that it is what the operation waits for. Pinned by the
/// caller, since a future that is handed over is kept twice in the one that it becomes part of.
pub(crate) fn statement<F: Future>(mut work: Pin<&mut F>) -> impl Future<Output = F::Output> {
    poll_fn(move |context| {
        let polled = work.as_mut().poll(context);
        if polled.is_pending() {
            WAITING.set(true);
        }
        polled
    })
}

/// What to run after the durable commit.
pub(crate) type Hook = Box<dyn FnOnce() + Send>;

/// Runs the hooks of a committed transaction. Its rows are durable, so a hook's panic must not look like
/// a failure of the operation, nor keep the next hook from running.
pub(crate) fn run_hooks(hooks: Vec<Hook>) {
    for hook in hooks {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(hook)) {
            tracing::error!(panic = %panic_text(payload.as_ref()), "work after a commit panicked");
        }
    }
}

fn panicked(payload: &(dyn Any + Send)) -> Error {
    Error::Panicked(panic_text(payload))
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}
