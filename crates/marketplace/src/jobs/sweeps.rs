//! Periodic work without an input: looks at the state, mends the difference, harmless to run twice or on
//! several nodes at once.

use db::Tx;

use crate::catalog::images;
use crate::catalog::low_stock;
use crate::error::with_causes;
use crate::mail::mailbox;
use crate::{
    Market, Result, accounts, cart, changes, checkout, idempotency, imports, orders, throttle, vendors,
};

/// Guests' carts that are dropped in one transaction, which others wait for.
const CARTS: i64 = 200;

/// Reminders of carts that are taken in one transaction.
const REMINDERS: i64 = 200;

/// Orders whose money is released in one transaction.
const RELEASES: i64 = 50;

/// Rounds of one sweep: what is left waits for the next minute, so that a sweep never runs for ever.
const ROUNDS: usize = 100;

/// Drops what has had its time, and does what a job should have done and did not.
pub(super) async fn sweep(market: &Market) {
    repeat(market, "accounts", async |tx, market| accounts::sweep(tx, market).await).await;
    repeat(market, "throttles", async |tx, market| throttle::sweep(tx, market).await).await;
    repeat(market, "idempotency keys", async |tx, market| idempotency::sweep(tx, market).await).await;
    repeat(market, "unpaid checkouts", async |tx, market| {
        checkout::expire_overdue(tx, market).await.map(u64::from)
    })
    .await;
    repeat(market, "guests' carts", async |tx, market| {
        let dropped = cart::sweep(tx, market, CARTS).await?;
        Ok(u64::try_from(dropped).unwrap_or(0))
    })
    .await;
    repeat(market, "carts that were left", async |tx, market| {
        cart::reminders::sweep(tx, market, REMINDERS).await
    })
    .await;
    repeat(market, "held money", async |tx, market| {
        let released = orders::release_overdue(tx, market, RELEASES).await?;
        Ok(u64::try_from(released).unwrap_or(0))
    })
    .await;
    repeat(market, "changes", async |tx, market| changes::sweep(tx, market).await).await;
    tell_failure("media files", images::sweep(market).await);
    repeat(market, "uploads", async |tx, market| imports::sweep(tx, market).await).await;
    repeat(market, "invitations", async |tx, market| vendors::sweep_invitations(tx, market).await).await;
    tell_failure("low stocks", low_stock::tell_all(market).await);
    repeat(market, "kept mails", async |tx, _| mailbox::sweep(tx).await).await;
}

/// Runs a sweep, each time in a transaction of its own, until there is nothing more to drop.
async fn repeat<F>(market: &Market, what: &'static str, sweep: F)
where
    F: AsyncFn(&mut Tx, &Market) -> Result<u64> + Copy + Send + Sync + 'static,
{
    for _ in 0..ROUNDS {
        let shared = market.clone();
        match market.db.write(async move |tx: &mut Tx| sweep(tx, &shared).await).await {
            Ok(0) => return,
            Ok(rows) => tracing::debug!(sweep = what, rows, "a sweep found something to do"),
            Err(error) => return tell_failure(what, Err(error)),
        }
    }
}

fn tell_failure(what: &'static str, swept: Result<()>) {
    if let Err(error) = swept {
        tracing::warn!(sweep = what, error = with_causes(&error), "a sweep failed");
    }
}
