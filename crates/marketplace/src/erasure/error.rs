//! How erasing refuses.

use crate::{Kind, Rejection};

/// Why an account can't be erased now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ErasureError {
    /// Something was bought and is not there yet, or is on its way back.
    #[error("orders or returns are still under way; erase the account when they are done or cancelled")]
    OpenOrders,
    /// Buyers rely on a shop's owner.
    #[error("you own a shop: pass it on first, or ask the marketplace to close it")]
    OwnsShop,
    /// Nobody would be left to operate the marketplace.
    #[error("you are the last admin: make somebody else one first")]
    LastAdmin,
}

impl Rejection for ErasureError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        match self {
            Self::OpenOrders => "open_orders",
            Self::OwnsShop => "owns_shop",
            Self::LastAdmin => "last_admin",
        }
    }
}
