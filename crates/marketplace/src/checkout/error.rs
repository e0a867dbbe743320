//! How checkouts refuse.

use types::{FieldError, Money, VariantId};

use crate::cart::Problem;
use crate::coupons::CouponProblem;
use crate::{Kind, Rejection};

/// Why nothing was bought, paid or cancelled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckoutError {
    /// There is nothing to buy.
    #[error("the cart is empty")]
    CartEmpty,
    /// Lines of the cart can't be bought; at least one.
    #[error("{}", summary(.0))]
    Lines(Vec<LineProblem>),
    /// Coupons of the cart can't be used, by their places in it; at least one.
    #[error("a coupon of the cart can't be used: {}", .0.first().map(|(_, problem)| problem.to_string()).unwrap_or_default())]
    Coupons(Vec<(usize, CouponProblem)>),
    /// It costs something else than the buyer expects.
    #[error("it comes to {}, not to {} (in minor units): look at the cart again", actual.minor(), expected.minor())]
    TotalChanged {
        /// What the buyer expects to pay.
        expected: Money,
        /// What it costs.
        actual: Money,
    },
    /// It is paid, or to be paid on delivery.
    #[error("this is already paid, or will be on delivery")]
    AlreadyPaid,
    /// It was not paid in time.
    #[error("this was not paid in time, and what was reserved for it has gone back")]
    Expired,
    /// There is still time to pay.
    #[error("this is `awaiting_payment`, and there is still time to pay")]
    NotDue,
    /// It was cancelled.
    #[error("this is `cancelled`; nothing more can be done with it")]
    Cancelled,
}

/// Why a line of the cart can't be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// The line's place in the cart as it is shown: its vendor's group, and the item in it.
    pub place: (usize, usize),
    /// The line's variant.
    pub variant: VariantId,
    /// The reason.
    pub problem: Problem,
}

fn summary(problems: &[LineProblem]) -> String {
    match problems {
        [only] => format!("a line of the cart can't be bought: {}", only.problem),
        several => format!("{} lines of the cart can't be bought; `errors` says why", several.len()),
    }
}

impl Rejection for CheckoutError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        match self {
            Self::CartEmpty => "cart_empty",
            // The first line's; `errors` has each line's own.
            Self::Lines(problems) => problems.first().map_or("not_available", |first| first.problem.code()),
            Self::Coupons(problems) => {
                problems.first().map_or("coupon_not_applicable", |(_, first)| first.code())
            }
            Self::TotalChanged { .. } => "total_changed",
            Self::AlreadyPaid => "already_paid",
            Self::Expired => "checkout_expired",
            Self::NotDue | Self::Cancelled => "invalid_transition",
        }
    }

    fn errors(&self) -> Vec<FieldError> {
        if let Self::Coupons(problems) = self {
            let at = |(place, problem): &(usize, CouponProblem)| {
                FieldError::new(format!("/coupons/{place}"), problem.code(), problem.to_string())
            };
            return problems.iter().map(at).collect();
        }
        let Self::Lines(problems) = self else { return Vec::new() };
        let at = |LineProblem { place: (group, item), variant, problem }: &LineProblem| {
            problem.at(format!("/groups/{group}/items/{item}"), *variant)
        };
        problems.iter().map(at).collect()
    }
}
