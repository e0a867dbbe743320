//! How a queue is served: what waits is made together, and each of those who wait is told once, whatever
//! becomes of the others.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::queue::{Duty, Queue, Turn, Waiting};
use crate::failpoint::reach;
use crate::{Error, Result};

/// What makes the wishes of a batch.
pub(super) trait Maker<Q, A>: Send + Sync {
    /// Makes a part of a batch, durably and as a whole; each wish has a reply of its own. It takes the batch
    /// when it can begin: see [`Batch::wishes`].
    fn make(
        &self,
        batch: &Arc<Batch<Q, A>>,
        part: Part,
    ) -> impl Future<Output = Result<Vec<Result<A>>>> + Send;
}

/// Which of a batch.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    All,
    Only(usize),
}

/// Those who are served together: who waits at the moment when they can be.
pub(super) struct Batch<Q, A> {
    /// They are taken once, and kept if they have to be made again.
    turn: Turn<Q, Result<A>>,
    most: usize,
}

impl<Q, A> Batch<Q, A> {
    fn new(queue: &Arc<Queue<Q, Result<A>>>, most: usize) -> Self {
        Self { turn: Turn::begin(queue), most }
    }

    fn waiting(&self) -> &[Waiting<Q, Result<A>>] {
        self.turn.taken(self.most)
    }

    /// What they wish.
    pub(super) fn wishes(&self, part: Part) -> Vec<&Q> {
        let waiting = match part {
            Part::All => self.waiting(),
            Part::Only(index) => &self.waiting()[index..=index],
        };
        waiting.iter().map(|one| &one.wish).collect()
    }
}

/// Serves the queue, at most `most` at a time, until nobody waits.
pub(super) async fn serve<Q, A>(maker: impl Maker<Q, A>, most: usize, duty: Duty<Q, Result<A>>) {
    let mut duty = Some(duty);
    while let Some(on_duty) = duty {
        let batch = Arc::new(Batch::new(on_duty.queue(), most));
        serve_batch(&maker, &batch).await;
        drop(batch);
        duty = on_duty.go_on();
    }
}

/// Makes what waits, together; if that can't be done, one by one.
async fn serve_batch<Q, A>(maker: &impl Maker<Q, A>, batch: &Arc<Batch<Q, A>>) {
    let made = make(maker, batch, Part::All).await;
    // Not taken yet when the database did not even let the transaction begin: who waits is told so.
    let waiting = batch.waiting();
    match made {
        Ok(replies) => {
            reach("checkout.committed");
            waiting.iter().zip(replies).for_each(|(one, reply)| one.tell(reply));
            reach("checkout.told");
        }
        Err(error) => match (shared(&error), waiting) {
            (Some(error), all) => all.iter().for_each(|one| one.tell(Err(error.clone().into()))),
            (None, [only]) => only.tell(Err(error)),
            (None, _) => serve_one_by_one(maker, batch, &error).await,
        },
    }
}

async fn serve_one_by_one<Q, A>(maker: &impl Maker<Q, A>, batch: &Arc<Batch<Q, A>>, error: &Error) {
    let (purchases, error) = (batch.waiting().len(), crate::error::with_causes(error));
    tracing::warn!(purchases, error, "a batch of purchases is made one by one");
    for (index, one) in batch.waiting().iter().enumerate() {
        let made = make(maker, batch, Part::Only(index)).await;
        one.tell(made.and_then(|mut replies| {
            replies.pop().ok_or_else(|| Error::internal("a purchase got no reply"))?
        }));
    }
}

/// Makes it; a panic is one batch's failure, not the end of the worker that others wait for.
async fn make<Q, A>(
    maker: &impl Maker<Q, A>,
    batch: &Arc<Batch<Q, A>>,
    part: Part,
) -> Result<Vec<Result<A>>> {
    let made = AssertUnwindSafe(maker.make(batch, part)).catch_unwind().await;
    made.unwrap_or_else(|_panic| Err(Error::internal("making a batch of purchases panicked")))
}

/// The error, when it would be the same for each alone: the database itself is out of reach.
fn shared(error: &Error) -> Option<db::Error> {
    use db::Error::{Busy, Closed, CommitUnknown, DiskFull, Lost, Unreachable};
    match error {
        Error::Database(
            error @ (Busy(_) | Closed | CommitUnknown(_) | DiskFull(_) | Lost(_) | Unreachable { .. }),
        ) => Some(error.clone()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "serving_tests.rs"]
mod tests;
