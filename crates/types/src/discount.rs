//! What is taken off a variant's price, and when.

use crate::{Money, Timestamp};

/// How much is taken off the list price of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceCut {
    /// Hundredths of the list price, 1 to 95.
    Percent(u8),
    /// Minor units; the final price stays at least one minor unit.
    Amount(Money),
}

/// A cut with the time in which it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discount {
    /// How much.
    pub cut: PriceCut,
    /// From this moment on; at once when absent.
    pub starts_at: Option<Timestamp>,
    /// Until just before this moment; for ever when absent.
    pub ends_at: Option<Timestamp>,
}

impl Discount {
    /// Whether it holds at `now`.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.starts_at.is_none_or(|start| start <= now) && self.ends_at.is_none_or(|end| now < end)
    }

    /// The price of one unit at `now`: a percentage rounds the final price half-up, and nothing is
    /// ever sold for less than one minor unit.
    pub fn apply(&self, list: Money, now: Timestamp) -> Money {
        if !self.holds_at(now) {
            return list;
        }
        let final_price = match self.cut {
            PriceCut::Percent(percent) => list.fraction(100 - i64::from(percent.min(100)), 100),
            PriceCut::Amount(amount) => list - amount,
        };
        final_price.max(Money::from_minor(1)).min(list)
    }
}
