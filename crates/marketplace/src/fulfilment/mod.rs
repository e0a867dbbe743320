//! Fulfilment: how an order's items travel to the buyer, in parcels.
//!
//! With `direct` fulfilment the seller ships to the buyer, and seller or buyer say when it has arrived.
//! With `hub` the seller ships to the hub, where an admin receives, sends out and delivers each parcel;
//! the order is delivered when all its parcels are. No unit of an item is in two parcels.

mod error;
mod hub;
mod model;
mod shipping;
mod store;

pub use error::FulfilmentError;
pub use hub::{advance, find};
pub use model::{HubStep, Shipment, ShipmentItem, ShipmentStatus};
pub use shipping::{NewShipment, deliver, ship};

pub(crate) use store::STATEMENTS;

use db::Conn;
use types::OrderId;

use crate::Result;

/// The parcels of several orders, oldest first within each.
pub(crate) async fn of_orders(conn: &mut Conn, orders: &[OrderId]) -> Result<Vec<Shipment>> {
    let mut shipments = store::of_orders(conn, orders).await?;
    let ids: Vec<_> = shipments.iter().map(|shipment| shipment.id).collect();
    let mut items = store::items_of(conn, &ids).await?;
    for shipment in &mut shipments {
        shipment.items = items.extract_if(.., |item| item.shipment == shipment.id).collect();
    }
    Ok(shipments)
}

/// Whether a parcel of the order has left the seller.
pub(crate) async fn has_left(conn: &mut Conn, order: OrderId) -> Result<bool> {
    store::any(conn, order).await
}
