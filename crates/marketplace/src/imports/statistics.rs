//! Statistics for the database's planner after large imports: those that it takes by itself come later, and until
//! then it plans for the tables as they were.

use crate::Market;

/// Products behind which an import is large.
const LARGE: i64 = 5_000;

/// Has new statistics taken when an import has dealt with many products. It is over all the same when they can't be.
pub(super) async fn keep_up(market: &Market, products: i64) {
    if products < LARGE {
        return;
    }
    if let Err(error) = market.db.analyze().await {
        tracing::warn!(error = %error, "no statistics were taken after an import");
    }
}
