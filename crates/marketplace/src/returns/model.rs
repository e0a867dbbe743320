//! What a return is, and the pure rules of its states and of what it refunds.

use types::{ItemId, Money, OrderId, ReturnId, Timestamp, VendorId};

use crate::states::states;

states! {
    /// How far a return is.
    pub enum ReturnStatus {
        /// The buyer asks.
        Requested = "requested",
        /// The seller takes the items back.
        Approved = "approved",
        /// The seller does not.
        Rejected = "rejected",
        /// The items are back, the money is on its way.
        Received = "received",
        /// The buyer has their money back.
        Refunded = "refunded",
    }
}

/// Items that a buyer sends back, or asks to.
#[derive(Debug, Clone)]
pub struct Return {
    /// Identifier.
    pub id: ReturnId,
    /// Whose items they are.
    pub order: OrderId,
    /// Who sold them.
    pub vendor: VendorId,
    /// How far it is.
    pub status: ReturnStatus,
    /// Why the buyer sends them back.
    pub reason: String,
    /// Why the seller does not take them back.
    pub answer: Option<String>,
    /// What is given back for them: expected at first, final once they are received.
    pub refund: Money,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Which items.
    pub items: Vec<ReturnItem>,
}

/// Units of one item that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnItem {
    /// The return.
    pub returned: ReturnId,
    /// The order's item.
    pub item: ItemId,
    /// Units.
    pub quantity: i64,
}

db::from_row!(ReturnItem { returned, item, quantity });

impl db::FromRow for Return {
    fn from_row(row: &db::Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let found = Self {
            id: columns.read()?,
            order: columns.read()?,
            vendor: columns.read()?,
            status: columns.read()?,
            reason: columns.read()?,
            answer: columns.read()?,
            refund: columns.read()?,
            created_at: columns.read()?,
            items: Vec::new(),
        };
        columns.finish()?;
        Ok(found)
    }
}
