//! Cancelling an order: the stock goes back, the money goes back, everybody is told; each once.

use db::Tx;

use super::closing::{tell, units};
use super::moves::{advance, situation};
use super::sales::count_back;
use super::{Move, Order, OrderStatus, Situation};
use crate::actor::Actor;
use crate::catalog::stock::{self, StockReason};
use crate::pricing::Totals;
use crate::{Market, Result, checkout, limits, payments};

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
    let head = &order.head;
    let awaited = head.status == OrderStatus::AwaitingPayment;
    order.situation().decide(Move::Cancel, by.into())?;
    if awaited {
        checkout::lock(tx, head.checkout).await?;
    }
    advance(tx, market, order, Move::Cancel, by, reason).await?;
    refuse_if_on_its_way(tx, order, by).await?;
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

/// A parcel may have left between the decision and the update that holds the row: nothing of an order
/// that is on its way is cancelled.
async fn refuse_if_on_its_way(tx: &mut Tx, order: &Order, by: Actor) -> Result<()> {
    if situation(tx, order.head.id).await?.partly_shipped {
        let found = Situation { partly_shipped: true, ..order.situation() };
        return Err(found.refuse(Move::Cancel.word(by.into())).into());
    }
    Ok(())
}
