//! Who waits for the engine: a bounded queue, and how many workers serve it.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

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

    /// Ends when nobody waits, or too few for another batch beside those of the others; goes on otherwise.
    pub(super) fn go_on(mut self) -> Option<Self> {
        let mut state = self.queue.state.lock();
        let others = state.working - 1;
        if !state.waiting.is_empty() && state.are_enough(others) {
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
///
/// Another worker begins only when at least as many wait as are being served: it would take one or two from
/// the queue and leave the first with small batches, too, where half of the transactions do the same work.
/// One who comes while one other is served is served at once.
pub(super) struct Queue<Q, A> {
    state: Mutex<State<Q, A>>,
    capacity: usize,
    workers: usize,
}

struct State<Q, A> {
    waiting: VecDeque<Waiting<Q, A>>,
    /// Turns that are about to take.
    starting: usize,
    /// Those who are taken, while their turn lasts.
    served: usize,
    /// Workers that have begun and not ended.
    working: usize,
}

impl<Q, A> State<Q, A> {
    /// Whether those who wait are worth a worker beside so many others.
    fn are_enough(&self, others: usize) -> bool {
        others == 0 || (self.starting == 0 && self.waiting.len() >= self.served)
    }
}

impl<Q, A> Queue<Q, A> {
    /// A queue of at most `capacity`, served by at most `workers`.
    pub(super) fn new(capacity: usize, workers: usize) -> Self {
        let state = State { waiting: VecDeque::new(), starting: 0, served: 0, working: 0 };
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
        let begins = state.working < self.workers && state.are_enough(state.working);
        let duty = begins.then(|| {
            state.working += 1;
            Duty { queue: Arc::clone(self), over: false }
        });
        Ok(Joined { answer, duty })
    }

    /// How many wait, among them who has left, and how many workers serve them.
    #[cfg(test)]
    pub(super) fn load(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.waiting.len(), state.working)
    }
}

/// A worker's turn: it is about to take, then it has taken, and it is over when it is dropped.
pub(super) struct Turn<Q, A> {
    queue: Arc<Queue<Q, A>>,
    taken: OnceLock<Vec<Waiting<Q, A>>>,
}

impl<Q, A> Turn<Q, A> {
    pub(super) fn begin(queue: &Arc<Queue<Q, A>>) -> Self {
        queue.state.lock().starting += 1;
        Self { queue: Arc::clone(queue), taken: OnceLock::new() }
    }

    /// Who has waited longest, at most `most`; who has left meanwhile is passed over. The same ones each time
    /// that it is asked.
    pub(super) fn taken(&self, most: usize) -> &[Waiting<Q, A>] {
        self.taken.get_or_init(|| {
            let mut state = self.queue.state.lock();
            let mut taken = Vec::with_capacity(most.min(state.waiting.len()));
            while taken.len() < most {
                let Some(mut next) = state.waiting.pop_front() else { break };
                if !next.has_left() {
                    taken.push(next);
                }
            }
            state.starting -= 1;
            state.served += taken.len();
            taken
        })
    }
}

impl<Q, A> Drop for Turn<Q, A> {
    fn drop(&mut self) {
        let mut state = self.queue.state.lock();
        match self.taken.get() {
            None => state.starting -= 1,
            Some(taken) => state.served -= taken.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Line = Queue<u32, u32>;

    fn queue(capacity: usize, workers: usize) -> Arc<Line> {
        Arc::new(Line::new(capacity, workers))
    }

    fn take(queue: &Arc<Line>, most: usize) -> Vec<u32> {
        Turn::begin(queue).taken(most).iter().map(|one| one.wish).collect()
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
        assert_eq!(take(&queue, 4), [0, 1, 2, 3]);
        assert_eq!(take(&queue, 4), [4, 5, 6]);
        assert_eq!(take(&queue, 4), [0; 0]);
    }

    #[test]
    fn one_too_many_is_turned_away_and_the_others_are_served() {
        let queue = queue(3, 1);
        let mut waiting: Vec<_> = (0..3).map(|wish| queue.join(wish).ok().unwrap()).collect();
        assert!(queue.join(3).is_err());
        for one in Turn::begin(&queue).taken(2) {
            one.tell(one.wish * 10);
        }
        assert_eq!(waiting[1].answer.try_recv(), Ok(10));
        // There is room again.
        waiting.push(queue.join(4).ok().unwrap());
        assert_eq!(take(&queue, 9), [2, 4]);
    }

    #[test]
    fn who_has_left_is_passed_over_and_does_not_count() {
        let queue = queue(10, 1);
        let mut joined: Vec<_> = (0..6).map(|wish| queue.join(wish).ok().unwrap()).collect();
        joined.remove(4);
        joined.remove(1);
        joined.remove(0);
        assert_eq!(take(&queue, 2), [2, 3]);
        assert_eq!(take(&queue, 2), [5]);
    }

    /// A worker goes only when nobody waits; who comes at that moment calls the next one.
    #[test]
    fn a_worker_is_called_once_and_again_after_it_has_gone() {
        let queue = queue(10, 1);
        let first = queue.join(0).ok().unwrap().duty.unwrap();
        assert!(queue.join(1).ok().unwrap().duty.is_none());
        let first = first.go_on().unwrap();
        take(&queue, 9);
        assert!(first.go_on().is_none());
        let second = queue.join(2).ok().unwrap();
        assert!(second.duty.is_some(), "the first has gone");
        // One that breaks gives its place up, too.
        drop(second.duty);
        assert!(queue.join(3).ok().unwrap().duty.is_some());
    }

    /// Another worker begins for as many as are being served, not for the first who comes meanwhile.
    #[test]
    fn another_worker_begins_for_as_many_as_are_served() {
        let queue = queue(10, 2);
        let mut joined = vec![queue.join(0).ok().unwrap()];
        let first = joined[0].duty.take().unwrap();
        let turn = Turn::begin(&queue);
        joined.push(queue.join(1).ok().unwrap());
        assert!(joined[1].duty.is_none(), "the first has not taken yet, and takes this one, too");
        assert_eq!(turn.taken(9).len(), 2);
        joined.push(queue.join(2).ok().unwrap());
        assert!(joined[2].duty.is_none(), "one waits, two are served");
        joined.push(queue.join(3).ok().unwrap());
        let second = joined[3].duty.take().expect("two wait, two are served");
        let other = Turn::begin(&queue);
        assert_eq!(other.taken(9).len(), 2);
        joined.push(queue.join(4).ok().unwrap());
        drop(turn);
        assert!(first.go_on().is_none(), "one waits, two are served");
        drop(other);
        assert!(second.go_on().is_some(), "the last one serves who is left");
    }

    #[test]
    fn an_answer_is_given_once() {
        let queue = queue(1, 1);
        let mut joined = queue.join(7).ok().unwrap();
        let turn = Turn::begin(&queue);
        turn.taken(1)[0].tell(1);
        turn.taken(1)[0].tell(2);
        assert_eq!(joined.answer.try_recv(), Ok(1));
    }
}
