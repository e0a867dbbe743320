//! The steps of a seller, and the one way in which any step is made.

use db::{Conn, Tx};
use types::{OrderId, Timestamp};

use super::store;
use super::store_new::{self, NewEvent};
use super::{InvalidTransition, Move, Order, OrderStatus, Situation};
use crate::actor::Actor;
use crate::error::Refusal;
use crate::fulfilment;
use crate::jobs::{self, Job};
use crate::notifications::{self, Mail};
use crate::{Market, Result, payments};

/// The seller will fulfil the order; the buyer is told.
pub async fn accept(tx: &mut Tx, market: &Market, order: &Order, by: Actor) -> Result<()> {
    advance(tx, market, order, Move::Accept, by, None).await?;
    notifications::send(tx, market, Mail::OrderAccepted { order: order.head.id.as_i64() }).await
}

/// The seller has packed the order.
pub async fn pack(tx: &mut Tx, market: &Market, order: &Order, by: Actor) -> Result<()> {
    advance(tx, market, order, Move::Pack, by, None).await.map(drop)
}

/// The last of the order's items left the seller.
pub(crate) async fn ship_last(tx: &mut Tx, market: &Market, order: &Order, by: Actor) -> Result<()> {
    advance(tx, market, order, Move::Ship, by, None).await.map(drop)
}

/// All of the order has arrived: the buyer is told, cash is captured, the seller's money begins its hold.
pub(crate) async fn finish(tx: &mut Tx, market: &Market, order: &Order, by: Actor) -> Result<()> {
    let now = market.now();
    let id = order.head.id;
    advance(tx, market, order, Move::Deliver, by, None).await?;
    store::mark_delivered(tx, id, now).await?;
    if order.head.captured_at.is_none() {
        payments::capture_cash(tx, market, &order.head).await?;
    }
    notifications::send(tx, market, Mail::OrderDelivered { order: id.as_i64() }).await?;
    let release = Job::ReleaseFunds { order: id.as_i64() };
    jobs::enqueue(tx, market, &release, now.plus_seconds(market.settings.hold_seconds)).await
}

/// Every item is back and refunded.
pub(crate) async fn take_back(tx: &mut Tx, market: &Market, order: &Order) -> Result<()> {
    advance(tx, market, order, Move::TakeBack, Actor::System, None).await.map(drop)
}

/// Makes `wanted`, if the table allows it and nobody else has moved the order in the meantime.
///
/// The guarded update holds the order's row until the transaction ends.
pub(super) async fn advance(
    tx: &mut Tx,
    market: &Market,
    order: &Order,
    wanted: Move,
    by: Actor,
    note: Option<&str>,
) -> Result<OrderStatus> {
    let to = order.situation().decide(wanted, by.into())?;
    let Situation { status: from, .. } = order.situation();
    if !store::set_status(tx, order.head.id, (from, to), market.now()).await? {
        return Err(overtaken(tx, order, wanted.word(by.into())).await?.into());
    }
    let moved = NewEvent {
        at: market.now(),
        order: order.head.id,
        party: by.into(),
        user: by.user(),
        from: Some(from),
        to,
        note,
    };
    store_new::insert_events(tx, market, &[moved]).await?;
    market.journal.changed("status", &from, &to);
    if let Some(note) = note {
        market.journal.with("reason", &note);
    }
    Ok(to)
}

/// Holds the row of an order that stays in its state, or refuses `attempted` when it has left that state.
pub(crate) async fn hold(tx: &mut Tx, order: &Order, attempted: &'static str, now: Timestamp) -> Result<()> {
    let status = order.head.status;
    if store::set_status(tx, order.head.id, (status, status), now).await? {
        return Ok(());
    }
    Err(overtaken(tx, order, attempted).await?.into())
}

/// Notes in the timeline what happened without changing the state.
pub(crate) async fn note(tx: &mut Tx, market: &Market, order: &Order, by: Actor, note: &str) -> Result<()> {
    let status = order.head.status;
    let entry = NewEvent {
        at: market.now(),
        order: order.head.id,
        party: by.into(),
        user: by.user(),
        from: Some(status),
        to: status,
        note: Some(note),
    };
    store_new::insert_events(tx, market, &[entry]).await
}

/// The refusal of a step that somebody else's came before.
async fn overtaken(conn: &mut Conn, order: &Order, attempted: &'static str) -> Result<InvalidTransition> {
    let situation = situation(conn, order.head.id).await?;
    Ok(situation.refuse(attempted))
}

/// What decides what may happen to an order, as it is now.
async fn situation(conn: &mut Conn, order: OrderId) -> Result<Situation> {
    let head = store::find(conn, order).await?.ok_or(Refusal::NotFound)?;
    let partly_shipped = fulfilment::has_left(conn, order).await?;
    Ok(Situation { status: head.status, fulfilment: head.fulfilment, partly_shipped })
}
