//! How coupons refuse.

use types::FieldError;

use crate::{Kind, Rejection};

/// Why a coupon can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CouponProblem {
    /// Its time has not come.
    #[error("this coupon does not hold yet")]
    NotStarted,
    /// Its time is over.
    #[error("this coupon no longer holds")]
    Ended,
    /// It was used as often as it can be.
    #[error("this coupon was used as often as it can be")]
    Exhausted,
    /// This buyer used it as often as one can.
    #[error("you have used this coupon as often as you can")]
    Spent,
    /// The goods that it is for cost too little.
    #[error("the goods that this coupon is for cost less than it asks for")]
    MinimumNotReached,
    /// It is for nothing that is bought, or switched off.
    #[error("this coupon is not for anything in the cart")]
    NotApplicable,
    /// Another coupon is used, and one of the two goes with no other.
    #[error("this coupon can't be used together with the others")]
    NotStackable,
}

impl CouponProblem {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotStarted => "coupon_not_started",
            Self::Ended => "coupon_ended",
            Self::Exhausted | Self::Spent => "coupon_exhausted",
            Self::MinimumNotReached => "coupon_minimum_not_reached",
            Self::NotApplicable => "coupon_not_applicable",
            Self::NotStackable => "coupon_not_stackable",
        }
    }
}

/// Why a coupon was not made, or not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CouponError {
    /// Another has the code.
    #[error("there is another coupon with this code")]
    CodeTaken,
    /// It can't be used for what is bought.
    #[error("{1}")]
    Refused(Refused, CouponProblem),
    /// As many as a cart takes.
    #[error("a cart takes at most {} coupons", super::IN_CART_MAX)]
    TooMany,
}

/// A coupon that was refused, by its place in the cart where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// A JSON pointer into the request, or into the cart as it is shown.
    pub pointer: String,
}

impl Rejection for CouponError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        match self {
            Self::CodeTaken => "coupon_code_taken",
            Self::Refused(_, problem) => problem.code(),
            Self::TooMany => "too_many_coupons",
        }
    }

    fn errors(&self) -> Vec<FieldError> {
        match self {
            Self::Refused(Refused { pointer }, problem) => {
                vec![FieldError::new(pointer.clone(), problem.code(), problem.to_string())]
            }
            Self::CodeTaken | Self::TooMany => {
                vec![FieldError::new("/code", self.code(), self.to_string())]
            }
        }
    }
}
