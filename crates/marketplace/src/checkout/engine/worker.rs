//! The engine: purchases come into its queue, and are made by transactions.

use std::sync::Arc;

use db::Tx;

use super::load::Caution;
use super::queue::Queue;
use super::serving::{Batch, Maker, Part, serve};
use super::{Stop, run};
use crate::checkout::Purchase;
use crate::failpoint::reach;
use crate::idempotency::Reply;
use crate::{Market, Result};

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

/// The purchases of one transaction.
type Purchases = Batch<Purchase, Reply>;

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
            tokio::spawn(serve(Transactions { market: market.clone() }, self.batch, duty));
        }
        // Without an answer the worker broke, or the program ends.
        joined.answer.await.unwrap_or_else(|_| Err(db::Error::Closed.into()))
    }
}

/// Makes the purchases of a batch in one durable transaction.
#[derive(Clone)]
struct Transactions {
    market: Market,
}

impl Maker<Purchase, Reply> for Transactions {
    /// A batch is decided again when others were faster.
    async fn make(&self, batch: &Arc<Purchases>, part: Part) -> Result<Vec<Result<Reply>>> {
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
}

impl Transactions {
    async fn make_once(
        &self,
        batch: &Arc<Purchases>,
        part: Part,
        caution: Caution,
    ) -> Result<Vec<Result<Reply>>, Stop> {
        let (market, batch) = (self.market.clone(), Arc::clone(batch));
        let op = async move |tx: &mut Tx| run(tx, &market, &batch.wishes(part), caution).await;
        self.market.db.write(op).await
    }
}
