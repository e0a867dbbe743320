//! Periodic work without an input: looks at the state, mends the difference, harmless to run twice or on
//! several nodes at once.

use crate::error::with_causes;
use crate::{Market, Result, idempotency, throttle};

/// Drops what has had its time.
pub(super) async fn sweep(market: &Market) {
    note("throttles", run(market, async |tx, market| throttle::sweep(tx, market).await).await);
    note("idempotency keys", run(market, async |tx, market| idempotency::sweep(tx, market).await).await);
}

async fn run<F>(market: &Market, op: F) -> Result<u64>
where
    F: AsyncFn(&mut db::Tx, &Market) -> Result<u64> + Send + Sync + 'static,
{
    let shared = market.clone();
    market.db.write(async move |tx| op(tx, &shared).await).await
}

fn note(what: &'static str, swept: Result<u64>) {
    match swept {
        Ok(0) => {}
        Ok(rows) => tracing::debug!(sweep = what, rows, "swept rows that had had their time"),
        Err(error) => tracing::warn!(sweep = what, error = with_causes(&error), "a sweep failed"),
    }
}
