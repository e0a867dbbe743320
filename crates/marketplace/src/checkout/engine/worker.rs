//! The engine's workers: from the queue to the answers.

use std::sync::{Arc, OnceLock};

use db::Tx;

use super::load::Caution;
use super::queue::{Duty, Queue, Waiting};
use super::{Stop, run};
use crate::checkout::Purchase;
use crate::failpoint::reach;
use crate::idempotency::Reply;
use crate::{Error, Market, Result};

/// How often a batch that others overtook is decided again before its purchases are made one by one.
const RUNS: usize = 4;

/// How much the engine takes on.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most purchases that wait; one more is turned away. A flash sale of ten thousand buyers is to fit.
    pub waiting: usize,
    /// Most purchases of one transaction. More only wait longer for one another.
    pub batch: usize,
    /// Most transactions at the same time, where the database has more than one writer.
    pub workers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { waiting: 20_000, batch: 256, workers: 2 }
    }
}

/// Makes purchases, as many at once as there are. Cheap to clone; clones share the queue.
#[derive(Clone)]
pub struct Engine {
    queue: Arc<Queue<Purchase, Result<Reply>>>,
    batch: usize,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("batch", &self.batch).finish_non_exhaustive()
    }
}

/// The purchases of one transaction: taken when it first begins, kept if it has to run again.
type Batch = OnceLock<Vec<Waiting<Purchase, Result<Reply>>>>;

impl Engine {
    /// An engine for a database that makes `parallel_writes` at the same time.
    pub fn new(limits: Limits, parallel_writes: usize) -> Self {
        let workers = limits.workers.min(parallel_writes);
        Self { queue: Arc::new(Queue::new(limits.waiting, workers)), batch: limits.batch.max(1) }
    }

    /// Buys the buyer's cart: prices it afresh, checks every line, takes the stock, opens one order for each
    /// vendor and the payment, empties the cart, and keeps the answer under the purchase's key. Answered
    /// after the durable commit. A refusal leaves everything as it was, and its key free.
    ///
    /// The same key with the same request gets the same answer again, for ever; with another request it is
    /// refused. When too many wait it is refused at once, as a busy database.
    ///
    /// A caller that goes away before its turn buys nothing; after that the purchase is made all the same.
    pub async fn place(&self, market: &Market, purchase: Purchase) -> Result<Reply> {
        let busy = || db::Error::Busy("too many purchases are waiting");
        let joined = self.queue.join(purchase).map_err(|_full| busy())?;
        reach("checkout.waiting");
        if let Some(duty) = joined.duty {
            let worker = Worker { engine: self.clone(), market: market.clone() };
            tokio::spawn(worker.work(duty));
        }
        // Without an answer the worker broke, or the program ends.
        joined.answer.await.unwrap_or_else(|_| Err(db::Error::Closed.into()))
    }
}

/// One that serves the queue until it is empty.
#[derive(Clone)]
struct Worker {
    engine: Engine,
    market: Market,
}

impl Worker {
    async fn work(self, duty: Duty<Purchase, Result<Reply>>) {
        let mut duty = Some(duty);
        while let Some(on_duty) = duty {
            self.serve().await;
            duty = on_duty.go_on();
        }
    }

    /// Makes the purchases that wait, together; if that can't be done, one by one.
    async fn serve(&self) {
        let batch = Arc::new(Batch::new());
        let made = self.make(&batch, Part::All).await;
        // Not taken yet when the database did not even let the transaction begin: who waits is told so.
        let waiting = batch.get_or_init(|| self.take());
        match made {
            Ok(replies) => {
                reach("checkout.committed");
                waiting.iter().zip(replies).for_each(|(one, reply)| one.tell(reply));
                reach("checkout.told");
            }
            Err(error) => match (shared(&error), waiting.as_slice()) {
                (Some(error), all) => all.iter().for_each(|one| one.tell(Err(error.clone().into()))),
                (None, [only]) => only.tell(Err(error)),
                (None, _) => self.serve_one_by_one(&batch, &error).await,
            },
        }
    }

    async fn serve_one_by_one(&self, batch: &Arc<Batch>, error: &Error) {
        let Some(waiting) = batch.get() else { return };
        let (purchases, error) = (waiting.len(), crate::error::with_causes(error));
        tracing::warn!(purchases, error, "a batch of purchases is made one by one");
        for (index, one) in waiting.iter().enumerate() {
            let made = self.make(batch, Part::Only(index)).await;
            one.tell(made.and_then(|mut replies| {
                replies.pop().ok_or_else(|| Error::internal("a purchase got no reply"))?
            }));
        }
    }

    /// One durable transaction over the batch or a part of it, decided again when others were faster.
    async fn make(&self, batch: &Arc<Batch>, part: Part) -> Result<Vec<Result<Reply>>> {
        let mut caution = Caution::Bold;
        for _ in 0..RUNS {
            match self.make_once(batch, part, caution).await {
                Ok(replies) => return Ok(replies),
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::Overtaken) => caution = Caution::Careful,
            }
        }
        Err(db::Error::Conflict.into())
    }

    async fn make_once(
        &self,
        batch: &Arc<Batch>,
        part: Part,
        caution: Caution,
    ) -> Result<Vec<Result<Reply>>, Stop> {
        let (worker, batch) = (self.clone(), Arc::clone(batch));
        let op = async move |tx: &mut Tx| {
            let waiting = batch.get_or_init(|| worker.take());
            let waiting = match part {
                Part::All => waiting.as_slice(),
                Part::Only(index) => &waiting[index..=index],
            };
            let purchases: Vec<&Purchase> = waiting.iter().map(|one| &one.wish).collect();
            run(tx, &worker.market, &purchases, caution).await
        };
        self.market.db.write(op).await
    }

    fn take(&self) -> Vec<Waiting<Purchase, Result<Reply>>> {
        self.engine.queue.take(self.engine.batch)
    }
}

/// Which purchases of a batch.
#[derive(Debug, Clone, Copy)]
enum Part {
    All,
    Only(usize),
}

/// The error, when it would be the same for each purchase alone: the database itself is out of reach.
fn shared(error: &Error) -> Option<db::Error> {
    use db::Error::{Busy, Closed, CommitUnknown, DiskFull, Lost, Unreachable};
    match error {
        Error::Database(
            error @ (Busy(_) | Closed | CommitUnknown(_) | DiskFull(_) | Lost(_) | Unreachable { .. }),
        ) => Some(error.clone()),
        _ => None,
    }
}
