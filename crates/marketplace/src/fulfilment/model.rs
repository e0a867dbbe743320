//! What a shipment is, and how it travels.

use types::{ItemId, OrderId, ShipmentId, Timestamp};

use crate::orders::InvalidTransition;
use crate::settings::Fulfilment;
use crate::states::states;

states! {
    /// Where a parcel is.
    pub enum ShipmentStatus {
        /// On its way to the buyer; `direct` only.
        InTransit = "in_transit",
        /// On its way to the hub; `hub` only.
        InTransitToHub = "in_transit_to_hub",
        /// Received at the hub.
        AtHub = "at_hub",
        /// On its way from the hub to the buyer.
        OutForDelivery = "out_for_delivery",
        /// With the buyer.
        Delivered = "delivered",
    }
}

/// A step of a parcel over the hub; an admin makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubStep {
    /// It arrived at the hub.
    Receive,
    /// It left the hub for the buyer.
    SendOut,
    /// The buyer has it.
    Deliver,
}

impl HubStep {
    /// Every step, in the order they are made.
    pub const ALL: &[Self] = &[Self::Receive, Self::SendOut, Self::Deliver];

    /// The word of the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::SendOut => "send-out",
            Self::Deliver => "deliver",
        }
    }

    const fn from(self) -> ShipmentStatus {
        match self {
            Self::Receive => ShipmentStatus::InTransitToHub,
            Self::SendOut => ShipmentStatus::AtHub,
            Self::Deliver => ShipmentStatus::OutForDelivery,
        }
    }

    const fn to(self) -> ShipmentStatus {
        match self {
            Self::Receive => ShipmentStatus::AtHub,
            Self::SendOut => ShipmentStatus::OutForDelivery,
            Self::Deliver => ShipmentStatus::Delivered,
        }
    }
}

impl ShipmentStatus {
    /// Where a parcel that leaves the seller is going.
    pub const fn first(fulfilment: Fulfilment) -> Self {
        match fulfilment {
            Fulfilment::Direct => Self::InTransit,
            Fulfilment::Hub => Self::InTransitToHub,
        }
    }

    /// Where the parcel is after `step`, or why it can't make that step now.
    pub fn after(self, step: HubStep) -> Result<Self, InvalidTransition> {
        if step.from() == self {
            return Ok(step.to());
        }
        let next = HubStep::ALL.iter().filter(|step| step.from() == self);
        let allowed = next.map(|step| format!("{} (admin)", step.word())).collect();
        Err(InvalidTransition { thing: "shipment", state: self.as_str(), attempted: step.word(), allowed })
    }
}

/// A parcel: some units of an order's items.
#[derive(Debug, Clone)]
pub struct Shipment {
    /// Identifier.
    pub id: ShipmentId,
    /// Whose it is.
    pub order: OrderId,
    /// Where it is.
    pub status: ShipmentStatus,
    /// Who carries it.
    pub carrier: Option<String>,
    /// The carrier's number for it.
    pub tracking_number: Option<String>,
    /// When it left the seller.
    pub created_at: Timestamp,
    /// What is in it.
    pub items: Vec<ShipmentItem>,
}

/// Units of one item in a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShipmentItem {
    /// The parcel.
    pub shipment: ShipmentId,
    /// The order's item.
    pub item: ItemId,
    /// Units.
    pub quantity: i64,
}

db::from_row!(ShipmentItem { shipment, item, quantity });

impl db::FromRow for Shipment {
    fn from_row(row: &db::Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let shipment = Self {
            id: columns.read()?,
            order: columns.read()?,
            status: columns.read()?,
            carrier: columns.read()?,
            tracking_number: columns.read()?,
            created_at: columns.read()?,
            items: Vec::new(),
        };
        columns.finish()?;
        Ok(shipment)
    }
}
