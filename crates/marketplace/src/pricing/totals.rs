//! The sums of an order, a cart or a checkout.

use std::iter::Sum;
use std::ops::{Add, Sub};

use types::Money;

use super::UnitPrice;

/// What lines come to. The sums of several parts are the sums of their whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// At list prices.
    pub items: Money,
    /// What offers and coupons take off.
    pub discount: Money,
    /// Shipping.
    pub shipping: Money,
    /// Tax that comes on top.
    pub tax: Money,
}

impl Totals {
    /// Of `quantity` units of one thing, unshipped.
    pub fn of_line(price: UnitPrice, quantity: i64) -> Self {
        let items = price.list.times(quantity);
        Self { items, discount: items - price.final_price.times(quantity), ..Self::default() }
    }

    /// The goods after discounts.
    pub fn subtotal(&self) -> Money {
        self.items - self.discount
    }

    /// What is to be paid.
    pub fn grand(&self) -> Money {
        self.subtotal() + self.shipping + self.tax
    }
}

impl Add for Totals {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            items: self.items + other.items,
            discount: self.discount + other.discount,
            shipping: self.shipping + other.shipping,
            tax: self.tax + other.tax,
        }
    }
}

impl Sub for Totals {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            items: self.items - other.items,
            discount: self.discount - other.discount,
            shipping: self.shipping - other.shipping,
            tax: self.tax - other.tax,
        }
    }
}

impl Sum for Totals {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}
