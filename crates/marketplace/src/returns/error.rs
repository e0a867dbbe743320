//! How returns refuse.

use types::Timestamp;

use crate::{Kind, Rejection};

/// Why a return can't be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReturnError {
    /// Too long after delivery.
    #[error("these items could be returned until {0}")]
    WindowClosed(Timestamp),
    /// The units are back, or asked back, already.
    #[error("some of these units are back or asked back already")]
    AlreadyReturned,
}

impl Rejection for ReturnError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        match self {
            Self::WindowClosed(_) => "return_window_closed",
            Self::AlreadyReturned => "already_returned",
        }
    }
}
