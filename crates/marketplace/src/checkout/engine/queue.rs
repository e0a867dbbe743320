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
    /// The queue that is served.
    pub(super) fn queue(&self) -> &Arc<Queue<Q, A>> {
        &self.queue
    }

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

    /// How many wait, among them who has left, and how many workers serve them.
    #[cfg(test)]
    pub(super) fn load(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.waiting.len(), state.working)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Line = Queue<u32, u32>;

    fn queue(capacity: usize, workers: usize) -> Arc<Line> {
        Arc::new(Line::new(capacity, workers))
    }

    fn wishes(taken: &[Waiting<u32, u32>]) -> Vec<u32> {
        taken.iter().map(|one| one.wish).collect()
    }

    /// The worker is called for the first and then stands still: the others wait, and are taken in the
    /// order in which they came, never more at once than asked for.
    #[test]
    fn who_waits_longest_is_taken_first() {
        let queue = queue(10, 1);
        let first = queue.join(0).ok().unwrap();
        assert!(first.duty.is_some());
        let others: Vec<_> = (1..7).map(|wish| queue.join(wish).ok().unwrap()).collect();
        assert!(others.iter().all(|joined| joined.duty.is_none()));
        assert_eq!(wishes(&queue.take(4)), [0, 1, 2, 3]);
        assert_eq!(wishes(&queue.take(4)), [4, 5, 6]);
        assert_eq!(wishes(&queue.take(4)), [0; 0]);
    }

    #[test]
    fn one_too_many_is_turned_away_and_the_others_are_served() {
        let queue = queue(3, 1);
        let mut waiting: Vec<_> = (0..3).map(|wish| queue.join(wish).ok().unwrap()).collect();
        assert!(queue.join(3).is_err());
        for one in queue.take(2) {
            one.tell(one.wish * 10);
        }
        assert_eq!(waiting[1].answer.try_recv(), Ok(10));
        // There is room again.
        waiting.push(queue.join(4).ok().unwrap());
        assert_eq!(wishes(&queue.take(9)), [2, 4]);
    }

    #[test]
    fn who_has_left_is_passed_over_and_does_not_count() {
        let queue = queue(10, 1);
        let mut joined: Vec<_> = (0..6).map(|wish| queue.join(wish).ok().unwrap()).collect();
        joined.remove(4);
        joined.remove(1);
        joined.remove(0);
        assert_eq!(wishes(&queue.take(2)), [2, 3]);
        assert_eq!(wishes(&queue.take(2)), [5]);
    }

    /// A worker goes only when nobody waits; who comes at that moment calls the next one.
    #[test]
    fn a_worker_is_called_once_and_again_after_it_has_gone() {
        let queue = queue(10, 2);
        let first = queue.join(0).ok().unwrap().duty.unwrap();
        let second = queue.join(1).ok().unwrap();
        assert!(second.duty.is_some(), "there may be two");
        assert!(queue.join(2).ok().unwrap().duty.is_none());
        let first = first.go_on().unwrap();
        drop(queue.take(9));
        assert!(first.go_on().is_none());
        let third = queue.join(3).ok().unwrap();
        assert!(third.duty.is_some(), "one has gone");
        // One that breaks gives its place up, too.
        drop(third.duty);
        assert!(queue.join(4).ok().unwrap().duty.is_some());
        drop(second);
    }

    #[test]
    fn an_answer_is_given_once() {
        let queue = queue(1, 1);
        let mut joined = queue.join(7).ok().unwrap();
        let taken = queue.take(1);
        taken[0].tell(1);
        taken[0].tell(2);
        assert_eq!(joined.answer.try_recv(), Ok(1));
    }
}
