//! Operations that wait for the writer.

use std::{collections::VecDeque, time::Duration};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::{
    Tx,
    error::{Error, Result},
    operation::run_to_end,
};

/// An operation whose caller waits for an answer.
pub(super) trait Job: Send {
    /// Whether the caller is still there.
    fn is_wanted(&self) -> bool;
    /// Runs the operation, keeps its outcome, and says whether its rows are to be kept.
    fn run(&mut self, tx: &mut Tx) -> bool;
    /// Replaces the outcome of an operation whose rows were lost after it had run.
    fn fail(&mut self, error: Error);
    /// Tells the caller the outcome.
    fn answer(self: Box<Self>);
}

/// An operation with its types.
pub(super) struct Pending<T, E, F> {
    op: F,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Pending<T, E, F> {
    pub(super) fn new(op: F, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self { op, outcome: None, reply }
    }
}

impl<T, E, F> Job for Pending<T, E, F>
where
    F: AsyncFn(&mut Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run(&mut self, tx: &mut Tx) -> bool {
        let op = &self.op;
        let ended = run_to_end(async { op(tx).await });
        let outcome = match ended {
            Err(error) => Err(error.into()),
            // The operation swallowed a statement's error; its transaction is dead all the same.
            Ok(Ok(_)) if tx.refuse_dead().is_err() => Err(Error::Aborted.into()),
            Ok(outcome) => outcome,
        };
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn fail(&mut self, error: Error) {
        self.outcome = Some(Err(error.into()));
    }

    fn answer(self: Box<Self>) {
        // Without an outcome the operation never ran.
        let outcome = self.outcome.unwrap_or_else(|| Err(Error::Closed.into()));
        // A caller that has left needs no answer.
        let _ = self.reply.send(outcome);
    }
}

/// What the writer finds to do.
pub(super) enum Next {
    /// Operations in the order of their arrival, at least one.
    Batch(Vec<Box<dyn Job>>),
    /// Nothing came for a while.
    Idle,
    /// Nothing is left and nothing will come.
    Closed,
}

/// A bounded queue with one taker.
pub(super) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Box<dyn Job>>,
    closed: bool,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { state: Mutex::default(), arrived: Condvar::new(), capacity }
    }

    pub(super) fn push(&self, job: Box<dyn Job>) -> Result<()> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(Error::Closed);
        }
        if state.waiting.len() >= self.capacity {
            return Err(Error::Busy("too many writes are waiting"));
        }
        state.waiting.push_back(job);
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Takes what is waiting, at most `most`; waits up to `idle` for the first.
    pub(super) fn next(&self, most: usize, idle: Duration) -> Next {
        let mut state = self.state.lock();
        while state.waiting.is_empty() {
            if state.closed {
                return Next::Closed;
            }
            if self.arrived.wait_for(&mut state, idle).timed_out() && state.waiting.is_empty() {
                return if state.closed { Next::Closed } else { Next::Idle };
            }
        }
        let taken = state.waiting.len().min(most);
        Next::Batch(state.waiting.drain(..taken).collect())
    }

    /// Lets nothing more in; what waits is still done.
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
        self.arrived.notify_one();
    }

    /// Lets nothing more in and drops what waits: the writer is gone.
    pub(super) fn abandon(&self) {
        let dropped = {
            let mut state = self.state.lock();
            state.closed = true;
            std::mem::take(&mut state.waiting)
        };
        drop(dropped);
    }
}
