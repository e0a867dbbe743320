//! How payments refuse.

use super::{Method, PaymentStatus, RefundStatus};
use crate::{Kind, Rejection};

/// Why money does not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// Its money came in already.
    #[error("this is paid already")]
    AlreadyPaid,
    /// The attempt is over; another can be begun.
    #[error("this payment is `{0}`; begin another for its checkout")]
    Over(PaymentStatus),
    /// The method has no provider to be told.
    #[error("a payment by `{0}` is not confirmed this way")]
    NotConfirmable(Method),
    /// Nothing came in that could go back.
    #[error("nothing came in for this that could be given back")]
    NotCaptured,
    /// Only a refund that failed is tried again.
    #[error("this refund is `{0}`; only one that failed is tried again")]
    NotFailed(RefundStatus),
    /// More was to go back than is left of what came in.
    #[error("that is more than is left of what came in")]
    RefundTooLarge,
}

impl Rejection for PaymentError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        match self {
            Self::AlreadyPaid => "already_paid",
            Self::Over(_) | Self::NotConfirmable(_) | Self::NotFailed(_) => "invalid_transition",
            Self::NotCaptured => "not_captured",
            Self::RefundTooLarge => "refund_too_large",
        }
    }
}
