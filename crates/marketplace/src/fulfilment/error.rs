//! How fulfilment refuses.

use crate::{Kind, Rejection};

/// Why a parcel can't be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FulfilmentError {
    /// Fewer units are left than are to be sent.
    #[error("`{title}` has only {left} left to ship")]
    AlreadyShipped {
        /// The item's title.
        title: String,
        /// Units that are in no parcel yet.
        left: i64,
    },
}

impl Rejection for FulfilmentError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }
    fn code(&self) -> &'static str {
        "already_shipped"
    }
}
