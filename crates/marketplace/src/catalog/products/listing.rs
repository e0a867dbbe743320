//! What lists go by.

use types::{Discount, Money, Timestamp};

/// What lists filter, sort and search by: kept beside the product, worked out from its default variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) price: Money,
    /// The price while the discount holds.
    pub(super) sale_price: Option<Money>,
    pub(super) sale_starts_at: Option<Timestamp>,
    pub(super) sale_ends_at: Option<Timestamp>,
    pub(super) final_price: Money,
    /// When the final price of any variant becomes another one.
    pub(super) price_changes_at: Option<Timestamp>,
    pub(super) text: String,
}

impl Listing {
    pub(super) fn new<'a>(
        (price, discount): (Money, Option<Discount>),
        price_changes_at: Option<Timestamp>,
        description: &str,
        codes: impl Iterator<Item = &'a str>,
        now: Timestamp,
    ) -> Self {
        let mut text = search_key(description);
        for code in codes {
            text.push('\n');
            text.push_str(&search_key(code));
        }
        Self {
            price,
            sale_price: discount.map(|discount| discount.sale_price(price)),
            sale_starts_at: discount.and_then(|discount| discount.starts_at),
            sale_ends_at: discount.and_then(|discount| discount.ends_at),
            final_price: discount.map_or(price, |discount| discount.apply(price, now)),
            price_changes_at,
            text,
        }
    }
}

/// When the first of these discounts begins or ends to hold.
pub(super) fn price_changes_at(
    discounts: impl Iterator<Item = Discount>,
    now: Timestamp,
) -> Option<Timestamp> {
    discounts.filter_map(|discount| discount.changes_after(now)).min()
}

/// A text in the form that the search compares.
pub(in super::super) fn search_key(text: &str) -> String {
    text.to_lowercase()
}
