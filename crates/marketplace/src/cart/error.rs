//! How carts refuse.

use types::{FieldError, Timestamp, VariantId};

use super::LINES_MAX;
use crate::{Kind, Rejection};

/// Why a cart was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CartError {
    /// The line can't be had as it is wanted.
    #[error("{1}")]
    Line(VariantId, Problem),
    /// As many lines as a cart may have.
    #[error("a cart holds at most {LINES_MAX} lines")]
    Full(VariantId),
}

/// Why a line of a cart can't be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The product is not published, the variant no longer sold, or the vendor not accepted.
    #[error("this is not for sale at the moment")]
    NotAvailable,
    /// The shop is closed for a while.
    #[error("the shop is closed at the moment")]
    VendorClosed,
    /// The buyer belongs to the shop.
    #[error("this is from a shop of your own")]
    OwnProduct,
    /// Its sale has not opened.
    #[error("its sale opens at {opens_at}")]
    SaleNotStarted {
        /// When it does.
        opens_at: Timestamp,
    },
    /// A buyer may have fewer of it.
    #[error("you can have {available} of it")]
    CustomerLimit {
        /// Units that this buyer can have, besides those bought before.
        available: i64,
    },
    /// No way of the seller's ships it there.
    #[error("the seller does not ship this there")]
    NotDeliverable,
    /// There are fewer than wanted.
    #[error("only {available} can be had")]
    InsufficientStock {
        /// Units that can be had.
        available: i64,
    },
}

impl Problem {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAvailable => "not_available",
            Self::VendorClosed => "vendor_closed",
            Self::OwnProduct => "own_product",
            Self::SaleNotStarted { .. } => "sale_not_started",
            Self::CustomerLimit { .. } => "customer_limit_reached",
            Self::NotDeliverable => "not_deliverable",
            Self::InsufficientStock { .. } => "insufficient_stock",
        }
    }

    /// As a mistake at `pointer`, about a variant.
    pub fn at(self, pointer: impl Into<String>, variant: VariantId) -> FieldError {
        let mut error = FieldError::new(pointer, self.code(), self.to_string());
        error.variant_id = Some(variant);
        if let Self::InsufficientStock { available } | Self::CustomerLimit { available } = self {
            error.available = Some(available);
        }
        error
    }
}

impl Rejection for CartError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Line(_, problem) => problem.code(),
            Self::Full(_) => "cart_full",
        }
    }

    fn errors(&self) -> Vec<FieldError> {
        match *self {
            Self::Line(variant, problem) => vec![problem.at("/quantity", variant)],
            Self::Full(variant) => {
                let mut error = FieldError::new("", self.code(), self.to_string());
                error.variant_id = Some(variant);
                vec![error]
            }
        }
    }
}
