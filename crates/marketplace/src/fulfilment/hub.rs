//! A parcel's way over the hub.

use db::{Conn, Tx};
use types::ShipmentId;

use super::{HubStep, Shipment, ShipmentStatus, store};
use crate::actor::Actor;
use crate::error::Refusal;
use crate::orders::{self, Order, OrderStatus};
use crate::{Error, Market, Result};

/// The parcel, when there is one. Whoever shows it checks who asks.
pub async fn find(conn: &mut Conn, shipment: ShipmentId) -> Result<Option<Shipment>> {
    let Some(mut found) = store::find(conn, shipment).await? else { return Ok(None) };
    found.items = store::items_of(conn, &[shipment]).await?;
    Ok(Some(found))
}

/// An admin moves a parcel one step over the hub. With the last parcel that is delivered the order is.
pub async fn advance(
    tx: &mut Tx,
    market: &Market,
    shipment: ShipmentId,
    step: HubStep,
    by: Actor,
) -> Result<Shipment> {
    let found = find(tx, shipment).await?.ok_or(Refusal::NotFound)?;
    let to = found.status.after(step)?;
    let order = orders::find(tx, found.order).await?;
    let order = order.ok_or_else(|| Error::internal("a shipment has no order"))?;
    // Parcels of one order move one after the other: each sees which others have arrived.
    orders::hold(tx, &order, step.word(), market.now()).await?;
    if !store::set_status(tx, shipment, (found.status, to), market.now()).await? {
        let now = find(tx, shipment).await?.ok_or(Refusal::NotFound)?;
        now.status.after(step)?;
        return Err(Error::internal("a shipment's row could not be moved"));
    }
    market.journal.changed("shipment_status", &found.status, &to);
    let text = format!("{shipment} is now {to}");
    orders::note(tx, market, &order, by, &text).await?;
    if to == ShipmentStatus::Delivered {
        finish_if_last(tx, market, &order, by).await?;
    }
    Ok(Shipment { status: to, ..found })
}

async fn finish_if_last(tx: &mut Tx, market: &Market, order: &Order, by: Actor) -> Result<()> {
    let all_sent = order.head.status == OrderStatus::Shipped;
    if all_sent && !store::any_under_way(tx, order.head.id).await? {
        orders::finish(tx, market, order, by).await?;
    }
    Ok(())
}
