//! What a stock movement is.

use types::{EventId, OrderId, Timestamp, UserId, VariantId};

use crate::states::states;

states! {
    /// Why a stock changed.
    pub enum StockReason {
        /// The stock that a variant was made with.
        Initial = "initial",
        /// A member of the shop changed it.
        Adjustment = "adjustment",
        /// A file of products said so.
        Import = "import",
        /// Somebody bought.
        Checkout = "checkout",
        /// An order was cancelled.
        Cancelled = "cancelled",
        /// A checkout was not paid in time.
        Expired = "expired",
        /// A buyer sent goods back.
        Returned = "returned",
    }
}

/// Units of one variant that an order takes or gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockLine {
    /// Which variant.
    pub variant: VariantId,
    /// How many; above zero.
    pub units: i64,
    /// For which order.
    pub order: OrderId,
}

/// A variant that has fewer units than were to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// Which variant.
    pub variant: VariantId,
    /// How many there are: none when it is no longer sold.
    pub available: i64,
}

/// A change of a variant's stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// Identifier.
    pub id: EventId,
    /// Of which variant.
    pub variant: VariantId,
    /// Units that came, or below zero went.
    pub delta: i64,
    /// Why.
    pub reason: StockReason,
    /// The stock after it.
    pub stock_after: i64,
    /// Who did it; nobody where the marketplace itself acted.
    pub actor: Option<UserId>,
    /// The words of who did it.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
}

db::from_row!(Movement { id, variant, delta, reason, stock_after, actor, note, at });
