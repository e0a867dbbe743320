//! From the checkout to the seller: an order is opened unpaid, and started once it is paid for.

use db::Tx;
use types::{CheckoutId, OrderId};

use super::new::NewOrder;
use super::sales;
use super::store::{self, NewEvent};
use super::{OrderStatus, Party, Shares};
use crate::actor::Actor;
use crate::notifications::{self, Mail};
use crate::{Market, Result};

/// Writes new orders, awaiting their payment, with the first entry of each one's timeline.
pub async fn open(tx: &mut Tx, market: &Market, orders: &[NewOrder]) -> Result<()> {
    store::insert(tx, orders, market.now()).await?;
    let opened: Vec<NewEvent<'_>> = orders
        .iter()
        .map(|order| NewEvent {
            order: order.id,
            party: Party::Buyer,
            user: order.user,
            from: None,
            to: OrderStatus::AwaitingPayment,
            note: None,
        })
        .collect();
    store::insert_events(tx, market, &opened).await
}

/// Puts a checkout's orders before their sellers: it was paid, or is to be paid on delivery.
///
/// Tells the sellers and the buyer. Whoever calls it holds the checkout's row.
pub async fn start(tx: &mut Tx, market: &Market, checkout: CheckoutId) -> Result<()> {
    let started = store::start(tx, checkout, market.now()).await?;
    let (from, to) = (OrderStatus::AwaitingPayment, OrderStatus::Pending);
    note_all(tx, market, &started, Actor::System, (from, to), None).await?;
    sales::count(tx, market, &started).await?;
    for order in &started {
        notifications::send(tx, market, Mail::NewOrder { order: order.as_i64() }).await?;
    }
    notifications::send(tx, market, Mail::OrderConfirmation { checkout: checkout.as_i64() }).await
}

/// Notes that the money of a checkout's started orders came in, and says how it is to be shared out.
pub(crate) async fn mark_captured(
    tx: &mut Tx,
    market: &Market,
    checkout: CheckoutId,
) -> Result<Vec<(OrderId, Shares)>> {
    let mut captured = store::mark_captured(tx, checkout, market.now()).await?;
    captured.sort_unstable_by_key(|(order, _)| *order);
    Ok(captured)
}

/// Adds the same entry to the timelines of several orders.
pub(super) async fn note_all(
    tx: &mut Tx,
    market: &Market,
    orders: &[OrderId],
    actor: Actor,
    (from, to): (OrderStatus, OrderStatus),
    note: Option<&str>,
) -> Result<()> {
    let entry = |order: &OrderId| NewEvent {
        order: *order,
        party: actor.into(),
        user: actor.user(),
        from: Some(from),
        to,
        note,
    };
    let entries: Vec<NewEvent<'_>> = orders.iter().map(entry).collect();
    store::insert_events(tx, market, &entries).await
}
