//! The engine: all purchases that wait at this moment go through together.
//!
//! ```text
//! callers ─▶ queue ─▶ load ─▶ decide ─▶ apply ─▶ one durable commit ─▶ each caller's own answer
//! ```
//!
//! [`Engine::place`] puts a purchase in a bounded queue. A worker takes what waits there when its transaction
//! begins, up to [`Limits::batch`], and never waits for more: with nobody else there a purchase starts at once.
//! `load` reads what all of them need, set-wise; `decide` settles each in the order of arrival against a running
//! view of the stock, in plain Rust; `apply` writes what was decided, set-wise, the stock last. One that is
//! refused leaves no trace and does not touch the others.
//!
//! Another node, or another worker on PostgreSQL, may be faster between `load` and `apply`: with a key, or with
//! the last units. Then the whole transaction goes back and the batch is decided again, this time with the stock
//! locked before it is read. Rows are locked in one order by everybody, carts, keys, variants, each by itself
//! in order: batches wait for one another, never in a circle.

mod apply;
mod decide;
mod load;
mod queue;
mod serving;
mod worker;

pub use worker::{Engine, Limits};

/// The places at which a test has the program die, in the order in which a purchase comes by.
pub const FAIL_POINTS: &[&str] = &[
    "checkout.waiting",
    "checkout.begun",
    "checkout.loaded",
    "checkout.decided",
    "checkout.keys_kept",
    "checkout.rows_written",
    "checkout.stock_taken",
    "checkout.committed",
    "checkout.told",
];

use db::Tx;

use super::Purchase;
use crate::failpoint::reach;
use crate::idempotency::Reply;
use crate::{Error, Market, Result};

/// Why a batch's transaction goes back as a whole.
#[derive(Debug)]
enum Stop {
    /// Somebody else was faster: decided again, it will do.
    Overtaken,
    /// Something broke.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes the purchases of a batch in this transaction, each by itself: the replies are in their order.
async fn run(
    tx: &mut Tx,
    market: &Market,
    batch: &[&Purchase],
    caution: load::Caution,
) -> Result<Vec<Result<Reply>>, Stop> {
    reach("checkout.begun");
    let view = load::load(tx, market, batch, caution).await?;
    reach("checkout.loaded");
    let decided = decide::decide(market, batch, view);
    reach("checkout.decided");
    apply::apply(tx, market, &decided.made).await?;
    reach("checkout.stock_taken");
    Ok(decided.replies)
}
