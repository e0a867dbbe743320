//! Orders that were never paid for come to their end.

use db::Tx;
use types::{CheckoutId, OrderId, UserId};

use super::opening::note_all;
use super::{Item, OrderStatus, store};
use crate::actor::Actor;
use crate::catalog::stock::{self, StockLine, StockReason};
use crate::notifications::{self, Mail};
use crate::{Market, Result, limits};

/// Why the orders of a checkout are closed before they were paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Its time ran out.
    Expired,
    /// Its buyer gave it up.
    Cancelled(Option<UserId>),
}

/// Cancels the orders of a checkout that were never paid for: the stock goes back, the buyer is told.
/// Whoever calls it holds the checkout's row and sees to its payment.
pub async fn close_unpaid(tx: &mut Tx, market: &Market, checkout: CheckoutId, why: Closing) -> Result<()> {
    let closed = store::close_unpaid(tx, checkout, market.now()).await?;
    let (actor, reason, note) = match why {
        Closing::Expired => (Actor::System, StockReason::Expired, Some("not paid in time")),
        Closing::Cancelled(user) => (Actor::Buyer(user), StockReason::Cancelled, None),
    };
    let change = (OrderStatus::AwaitingPayment, OrderStatus::Cancelled);
    note_all(tx, market, &closed, actor, change, note).await?;
    let items = store::items_of(tx, &closed).await?;
    limits::give_back(tx, &items).await?;
    stock::give_back(tx, market, &units(&items), reason).await?;
    for order in closed {
        tell(tx, market, order, false).await?;
    }
    Ok(())
}

/// The units that items took from the stock.
pub(super) fn units(items: &[Item]) -> Vec<StockLine> {
    let line =
        |item: &Item| StockLine { variant: item.variant, units: item.quantity.units(), order: item.order };
    items.iter().map(line).collect()
}

/// Mails the buyer, and the seller if they ever saw the order.
pub(super) async fn tell(tx: &mut Tx, market: &Market, order: OrderId, seller_knows: bool) -> Result<()> {
    notifications::send(tx, market, Mail::OrderCancelled { order: order.as_i64() }).await?;
    if seller_knows {
        notifications::send(tx, market, Mail::OrderCancelledForVendor { order: order.as_i64() }).await?;
    }
    Ok(())
}
