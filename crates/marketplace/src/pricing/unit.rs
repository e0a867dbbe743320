//! The price of one unit, and of several.

use types::{Discount, Money, PriceCut, Timestamp};

/// What one unit costs: as listed, and after the offer that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitPrice {
    /// The list price.
    pub list: Money,
    /// What is paid: at most the list price.
    pub final_price: Money,
}

impl UnitPrice {
    /// The price at `now` of what is listed at `list` under `discount`.
    pub fn at(list: Money, discount: Option<&Discount>, now: Timestamp) -> Self {
        Self { list, final_price: discount.map_or(list, |discount| discount.apply(list, now)) }
    }

    /// Whether an offer takes something off.
    pub fn is_reduced(self) -> bool {
        self.final_price < self.list
    }
}

/// The discount that a variant's four columns stand for, if they stand for one.
pub fn discount(
    percent: Option<u8>,
    amount: Option<Money>,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
) -> Option<Discount> {
    let cut = percent.map(PriceCut::Percent).or_else(|| amount.map(PriceCut::Amount))?;
    Some(Discount { cut, starts_at, ends_at })
}
