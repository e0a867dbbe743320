//! What things cost: pure, the same for the product page, the cart and the checkout.
//!
//! Invariants: money is whole minor units; a unit is never offered for less than one of them, and only
//! coupons can make it free; a line is the unit's final price times the quantity, so that nothing is lost to
//! rounding between the two; whatever is split (see [`types::allocate`]) sums to the whole.

mod adjustment;
mod couponing;
mod quote;
mod totals;
mod unit;

pub use adjustment::{Adjustment, Adjustments, Cause, Funder};
pub use quote::{Article, Basket, CouponQuote, Delivery, LineQuote, Lineages, OrderQuote, Quote, quote};
pub use totals::Totals;
pub use unit::{UnitPrice, discount};

use types::Money;

/// The marketplace's share of `total`: `basis_points` hundredths of a percent, halves rounded up, and never
/// more than the total itself.
pub fn commission(total: Money, basis_points: i64) -> Money {
    total.basis_points(basis_points.clamp(0, 10_000))
}

#[cfg(test)]
mod quote_tests;
#[cfg(test)]
mod tests;
