//! The order's side of money that comes in and goes back.

use db::Tx;
use types::OrderId;

use super::{GoingBack, Shares, store};
use crate::{Market, Result};

/// Notes that the cash of one order came in; `false` when it had before.
pub(crate) async fn mark_paid(tx: &mut Tx, market: &Market, order: OrderId) -> Result<bool> {
    store::mark_paid(tx, order, market.now()).await
}

/// Counts what goes back of an order, and says how the order's money is shared after it; `None` when that
/// would be more than came in for it.
pub(crate) async fn add_back(
    tx: &mut Tx,
    market: &Market,
    order: OrderId,
    back: GoingBack,
) -> Result<Option<Shares>> {
    store::add_back(tx, order, back, market.now()).await
}
