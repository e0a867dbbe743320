//! What a seller sends, and what a direct order's arrival means.

use db::Tx;
use types::{ShipmentId, kind};

use super::{FulfilmentError, ShipmentStatus, store};
use crate::actor::Actor;
use crate::notifications::{self, Mail};
use crate::orders::{self, Line, Move, Order};
use crate::{Market, Result};

/// A parcel to be sent.
#[derive(Debug, Clone, Default)]
pub struct NewShipment {
    /// Who carries it.
    pub carrier: Option<String>,
    /// The carrier's number for it.
    pub tracking_number: Option<String>,
    /// What is in it; absent for everything that is left.
    pub lines: Option<Vec<Line>>,
}

/// Sends a parcel of a packed order. With the last of its items the order is `shipped`.
pub async fn ship(
    tx: &mut Tx,
    market: &Market,
    order: &Order,
    by: Actor,
    parcel: &NewShipment,
) -> Result<ShipmentId> {
    if let Some(lines) = &parcel.lines {
        order.check_lines(lines)?;
    }
    order.situation().decide(Move::Ship, by.into())?;
    orders::hold(tx, order, Move::Ship.word(by.into()), market.now()).await?;
    let before = orders::items(tx, order.head.id).await?;
    let chosen = chosen(&before, parcel.lines.as_deref());
    let left = |item: &orders::Item| item.quantity.units() - item.quantity_shipped;
    for (item, units) in &chosen {
        if *units > left(item) {
            let title = item.title.clone();
            return Err(FulfilmentError::AlreadyShipped { title, left: left(item) }.into());
        }
    }
    let lines: Vec<_> = chosen.iter().map(|(item, units)| (item.id, *units)).collect();
    let shipment = market.id::<kind::Shipment>();
    let status = ShipmentStatus::first(order.head.fulfilment);
    orders::add_shipped(tx, &lines).await?;
    store::insert(tx, shipment, order.head.id, status, parcel, market.now()).await?;
    store::insert_items(tx, shipment, &lines).await?;
    let sent: i64 = lines.iter().map(|(_, units)| units).sum();
    let rest = before.iter().map(left).sum::<i64>() - sent;
    if rest == 0 {
        orders::ship_last(tx, market, order, by).await?;
    } else {
        let text = format!("{sent} units are on their way, {rest} are still to be sent");
        orders::note(tx, market, order, by, &text).await?;
    }
    notifications::send(tx, market, Mail::OrderShipped { shipment: shipment.as_i64() }).await?;
    Ok(shipment)
}

/// The items that are to be sent with their units: those named, or all that is left.
fn chosen<'a>(items: &'a [orders::Item], lines: Option<&[Line]>) -> Vec<(&'a orders::Item, i64)> {
    let units = |item: &orders::Item| match lines {
        None => item.quantity.units() - item.quantity_shipped,
        Some(lines) => lines.iter().find(|line| line.item == item.id).map_or(0, |line| line.quantity.units()),
    };
    items.iter().map(|item| (item, units(item))).filter(|(_, units)| *units > 0).collect()
}

/// A direct order has arrived: the seller says so, or the buyer.
pub async fn deliver(tx: &mut Tx, market: &Market, order: &Order, by: Actor) -> Result<()> {
    orders::finish(tx, market, order, by).await?;
    store::deliver_all(tx, order.head.id, market.now()).await
}
