//! How reviews refuse.

use crate::{Kind, Rejection};

/// Why an operation on a review was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// The caller has not received the product.
    #[error("only buyers who received the product can review it")]
    NotPurchased,
    /// The caller has reviewed the product.
    #[error("you have reviewed this product; you can change your review")]
    AlreadyReviewed,
    /// The caller has reported the review.
    #[error("you have reported this review")]
    AlreadyReported,
    /// It is hidden already.
    #[error("the review is hidden; allowed from there: restore")]
    Hidden,
    /// It is not hidden.
    #[error("the review is shown; allowed from there: hide")]
    Shown,
}

impl Rejection for ReviewError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotPurchased => Kind::Forbidden,
            Self::AlreadyReviewed | Self::AlreadyReported | Self::Hidden | Self::Shown => Kind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotPurchased => "not_purchased",
            Self::AlreadyReviewed => "already_reviewed",
            Self::AlreadyReported => "already_reported",
            Self::Hidden | Self::Shown => "invalid_transition",
        }
    }
}
