//! Who waits for the engine: a bounded queue, and how many workers serve it.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// Somebody who waits, with what they want.
pub(super) struct Waiting<Q, A> {
    pub(super) wish: Q,
    /// Absent once they were told.
    answer: Mutex<Option<oneshot::Sender<A>>>,
}

impl<Q, A> Waiting<Q, A> {
    /// Tells them, once. Who has left needs no answer.
    pub(super) fn tell(&self, answer: A) {
        if let Some(sender) = self.answer.lock().take() {
            let _ = sender.send(answer);
        }
    }

    fn has_left(&mut self) -> bool {
        self.answer.get_mut().as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}

/// Somebody who has joined the queue.
pub(super) struct Joined<Q, A> {
    /// Where their answer comes. It never comes if the worker that took them ended without one.
    pub(super) answer: oneshot::Receiver<A>,
    /// For a worker that must begin now: there is one too few.
    pub(super) duty: Option<Duty<Q, A>>,
}

/// A worker's place at the queue, given up when it goes, however it goes.
pub(super) struct Duty<Q, A> {
    queue: Arc<Queue<Q, A>>,
    over: bool,
}

impl<Q, A> Duty<Q, A> {
    /// Ends when nobody waits; goes on otherwise.
    pub(super) fn go_on(mut self) -> Option<Self> {
        let mut state = self.queue.state.lock();
        if !state.waiting.is_empty() {
            drop(state);
            return Some(self);
        }
        // Under the same lock: who joins next finds a worker too few.
        state.working -= 1;
        drop(state);
        self.over = true;
        None
    }
}

impl<Q, A> Drop for Duty<Q, A> {
    fn drop(&mut self) {
        if !self.over {
            self.queue.state.lock().working -= 1;
        }
    }
}

/// As many wait as may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// The queue. A worker begins when somebody comes and ends when nobody waits, so an idle queue costs nothing
/// and needs no end of its own.
pub(super) struct Queue<Q, A> {
    state: Mutex<State<Q, A>>,
    capacity: usize,
    workers: usize,
}

struct State<Q, A> {
    waiting: VecDeque<Waiting<Q, A>>,
    /// Workers that have begun and not ended.
    working: usize,
}

impl<Q, A> Queue<Q, A> {
    /// A queue of at most `capacity`, served by at most `workers`.
    pub(super) fn new(capacity: usize, workers: usize) -> Self {
        let state = State { waiting: VecDeque::new(), working: 0 };
        Self { state: Mutex::new(state), capacity, workers: workers.max(1) }
    }

    /// Joins at the end, or is turned away at once.
    pub(super) fn join(self: &Arc<Self>, wish: Q) -> Result<Joined<Q, A>, Full> {
        let (sender, answer) = oneshot::channel();
        let mut state = self.state.lock();
        if state.waiting.len() >= self.capacity {
            return Err(Full);
        }
        state.waiting.push_back(Waiting { wish, answer: Mutex::new(Some(sender)) });
        let duty = (state.working < self.workers).then(|| {
            state.working += 1;
            Duty { queue: Arc::clone(self), over: false }
        });
        Ok(Joined { answer, duty })
    }

    /// Takes who has waited longest, at most `most`; who has left meanwhile is passed over.
    pub(super) fn take(&self, most: usize) -> Vec<Waiting<Q, A>> {
        let mut state = self.state.lock();
        let mut taken = Vec::with_capacity(most.min(state.waiting.len()));
        while taken.len() < most {
            let Some(mut next) = state.waiting.pop_front() else { break };
            if !next.has_left() {
                taken.push(next);
            }
        }
        taken
    }
}
