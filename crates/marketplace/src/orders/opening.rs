//! From the checkout to the seller: an order is opened unpaid, and started once it is paid for.

use db::{Conn, Tx};
use types::{CheckoutId, OrderId};

use super::new::NewOrder;
use super::sales;
use super::store;
use super::store_new::{self, NewEvent};
use super::{OrderStatus, Party, Shares};
use crate::actor::Actor;
use crate::catalog::stock;
use crate::notifications::{self, Mail};
use crate::{Market, Result};

/// Writes the new orders of several checkouts, with the first entries of each one's timeline. Those that
/// are not to be paid first are put before their sellers, like by [`start`]. The orders of a checkout stand
/// together.
pub(crate) async fn open_all(tx: &mut Tx, market: &Market, orders: &[&NewOrder]) -> Result<()> {
    store_new::insert(tx, orders).await?;
    let moves: Vec<_> =
        orders.iter().flat_map(|order| order.moves().map(move |entry| (order.user, entry))).collect();
    let events = moves.iter().map(|(user, entry)| NewEvent {
        at: entry.at,
        order: entry.order,
        party: entry.party,
        user: user.filter(|_| entry.party == Party::Buyer),
        from: entry.from,
        to: entry.to,
        note: None,
    });
    store_new::insert_events(tx, market, &events.collect::<Vec<_>>()).await?;
    let started: Vec<&NewOrder> = orders.iter().copied().filter(|order| order.starts).collect();
    let sold = started.iter().flat_map(|order| &order.items);
    let sold: Vec<_> = sold.map(|item| (item.product, item.quantity.units())).collect();
    stock::count_sales(tx, &sold).await?;
    let mut mails = Vec::with_capacity(2 * started.len());
    for purchase in started.chunk_by(|a, b| a.checkout == b.checkout) {
        mails.extend(purchase.iter().map(|order| Mail::NewOrder { order: order.id.as_i64() }));
        mails.push(Mail::OrderConfirmation { checkout: purchase[0].checkout.as_i64() });
    }
    notifications::send_all(tx, market, mails).await
}

/// Puts a checkout's orders before their sellers: it was paid, or is to be paid on delivery.
///
/// Tells the sellers and the buyer. Whoever calls it holds the checkout's row.
pub async fn start(tx: &mut Tx, market: &Market, checkout: CheckoutId) -> Result<()> {
    let started = store::start(tx, checkout, market.now()).await?;
    let (from, to) = (OrderStatus::AwaitingPayment, OrderStatus::Pending);
    note_all(tx, market, &started, Actor::System, (from, to), None).await?;
    sales::count(tx, &started).await?;
    let mut mails: Vec<Mail> = started.iter().map(|order| Mail::NewOrder { order: order.as_i64() }).collect();
    mails.push(Mail::OrderConfirmation { checkout: checkout.as_i64() });
    notifications::send_all(tx, market, mails).await
}

/// Whether orders of a checkout still wait to be paid.
pub(crate) async fn any_unpaid(conn: &mut Conn, checkout: CheckoutId) -> Result<bool> {
    let heads = store::of_checkout(conn, checkout).await?;
    Ok(heads.iter().any(|head| head.status == OrderStatus::AwaitingPayment))
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
    let now = market.now();
    let entry = |order: &OrderId| NewEvent {
        at: now,
        order: *order,
        party: actor.into(),
        user: actor.user(),
        from: Some(from),
        to,
        note,
    };
    let entries: Vec<NewEvent<'_>> = orders.iter().map(entry).collect();
    store_new::insert_events(tx, market, &entries).await
}
