//! Cancelling an order: the stock goes back, the money goes back, everybody is told; each once.

use db::Tx;

use super::closing::{tell, units};
use super::moves::advance;
use super::sales::count_back;
use super::{Move, Order, OrderHead, OrderStatus, Situation, store};
use crate::actor::Actor;
use crate::catalog::stock::{self, StockReason};
use crate::error::Refusal;
use crate::pricing::Totals;
use crate::{Market, Result, checkout, fulfilment, limits, payments};

/// Cancels an order: the buyer or an admin changes their mind, or the seller rejects it.
///
/// What was paid for it is refunded; what was not yet paid is no longer due.
pub async fn cancel(
    tx: &mut Tx,
    market: &Market,
    order: &Order,
    by: Actor,
    reason: Option<&str>,
) -> Result<()> {
    let awaited = order.head.status == OrderStatus::AwaitingPayment;
    order.situation().decide(Move::Cancel, by.into())?;
    if awaited {
        checkout::lock(tx, order.head.checkout).await?;
    }
    advance(tx, market, order, Move::Cancel, by, reason).await?;
    let head = &held(tx, order, by).await?;
    if head.started_at.is_some() {
        count_back(tx, &order.items).await?;
    }
    limits::give_back(tx, &order.items).await?;
    stock::give_back(tx, market, &units(&order.items), StockReason::Cancelled).await?;
    if head.captured_at.is_some() {
        payments::refund_cancelled(tx, market, head, reason).await?;
    } else {
        payments::lower(tx, market, head.checkout, head.total).await?;
    }
    if awaited {
        checkout::lower(tx, market, head.checkout, totals(order)).await?;
    }
    tell(tx, market, head.id, head.started_at.is_some()).await
}

fn totals(order: &Order) -> Totals {
    Totals {
        items: order.head.items_total,
        discount: order.head.discount_total,
        shipping: order.head.shipping_total,
        tax: order.head.tax_total,
    }
}

/// The order as it is now that its row is held: some of its money may have gone back since it was read. Or a
/// parcel has left: nothing of an order that is on its way is cancelled.
async fn held(tx: &mut Tx, order: &Order, by: Actor) -> Result<OrderHead> {
    let head = store::find(tx, order.head.id).await?.ok_or(Refusal::NotFound)?;
    if fulfilment::has_left(tx, head.id).await? {
        let found = Situation { partly_shipped: true, ..order.situation() };
        return Err(found.refuse(Move::Cancel.word(by.into())).into());
    }
    Ok(head)
}
