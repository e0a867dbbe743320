//! What has changed in the catalogue since when, as this node knows it: whoever keeps an answer asks here
//! whether it still holds.
//!
//! A change counts up one number for the whole node and writes it to the places of what changed; an answer
//! that was read at one [`Moment`] holds while none of the places that it depends on has a later number. So
//! a change costs a few atomic writes, however many answers are kept, and an answer that was read while the
//! change was being committed is never taken for a new one.
//!
//! What happens is heard from the feed of [`changes`](marketplace::changes): of this node at the commit, of
//! others by following the database. While that falls behind by more than a second, nothing counts as fresh.

use std::sync::atomic::{AtomicU64, Ordering};

use marketplace::changes::{Change, StockMove};
use types::{ProductId, Timestamp, VariantId, VendorId};

use crate::api::MOST_SHOWN;

/// The longest that the changes of other nodes may stay unknown.
const PATIENCE_SECONDS: i64 = 1;

/// Products share a place when their numbers agree in these bits: harmless, one then outdates the other.
const PRODUCT_PLACES: usize = 1 << 14;

/// The same for the stocks of variants.
const STOCK_PLACES: usize = 1 << 14;

/// The same for vendors.
const VENDOR_PLACES: usize = 1 << 10;

/// A moment of this node's knowledge: take it before reading what is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// A part of the catalogue that answers depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A product with its variants and images.
    Product(ProductId),
    /// How many units of a variant are left.
    Stock(VariantId),
    /// What the public sees of a shop, and of its products because of it.
    Vendor(VendorId),
    /// The tree of categories.
    Categories,
    /// Which products and shops there are, and all that lists of them show.
    Listings,
}

/// The newest change of each part of the catalogue.
#[derive(Debug)]
pub(crate) struct Freshness {
    latest: AtomicU64,
    products: Box<[AtomicU64]>,
    stocks: Box<[AtomicU64]>,
    vendors: Box<[AtomicU64]>,
    categories: AtomicU64,
    listings: AtomicU64,
}

impl Default for Freshness {
    fn default() -> Self {
        let places = |count: usize| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self {
            latest: AtomicU64::new(0),
            products: places(PRODUCT_PLACES),
            stocks: places(STOCK_PLACES),
            vendors: places(VENDOR_PLACES),
            categories: AtomicU64::new(0),
            listings: AtomicU64::new(0),
        }
    }
}

impl Freshness {
    /// The moment before a read.
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.latest.load(Ordering::SeqCst))
    }

    /// Notes what has changed. To be called after it is committed.
    pub(crate) fn hear(&self, changes: &[Change]) {
        for change in changes {
            match *change {
                Change::Product(id) => self.note(Subject::Product(id)),
                Change::Vendor(id) => self.note(Subject::Vendor(id)),
                Change::Category(_) => self.note(Subject::Categories),
            }
        }
        self.note(Subject::Listings);
    }

    /// Notes stocks that this node has moved: pages show them when they are low, lists whether there are any.
    pub(crate) fn hear_of_stock(&self, moves: &[StockMove]) {
        let shown = |units: i64| units.min(MOST_SHOWN);
        for StockMove { variant, .. } in moves.iter().filter(|it| shown(it.before) != shown(it.after)) {
            self.note(Subject::Stock(*variant));
        }
        if moves.iter().any(|it| (it.before > 0) != (it.after > 0)) {
            self.note(Subject::Listings);
        }
    }

    fn note(&self, subject: Subject) {
        let number = self.latest.fetch_add(1, Ordering::SeqCst) + 1;
        self.place(subject).fetch_max(number, Ordering::SeqCst);
    }

    /// Whether nothing that `subjects` stand for has changed since the moment, as far as this node knows.
    pub(crate) fn holds(&self, since: Moment, subjects: &[Subject]) -> bool {
        subjects.iter().all(|subject| self.place(*subject).load(Ordering::SeqCst) <= since.0)
    }

    fn place(&self, subject: Subject) -> &AtomicU64 {
        match subject {
            Subject::Product(id) => spread(&self.products, id.as_i64()),
            Subject::Stock(id) => spread(&self.stocks, id.as_i64()),
            Subject::Vendor(id) => spread(&self.vendors, id.as_i64()),
            Subject::Categories => &self.categories,
            Subject::Listings => &self.listings,
        }
    }
}

/// Whether the changes of other nodes are known well enough at `now`; `followed_until` is absent where nobody
/// follows them, because there are none.
pub(crate) fn knows_others(followed_until: Option<Timestamp>, now: Timestamp) -> bool {
    followed_until.is_none_or(|until| until.plus_seconds(PATIENCE_SECONDS) >= now)
}

/// The place of an identifier. Its low bits are a counter that mostly stands at zero: multiplied by an odd
/// constant (Fibonacci hashing, Knuth 6.4), the high bits depend on all of them.
fn spread(places: &[AtomicU64], id: i64) -> &AtomicU64 {
    let mixed = id.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = places.len().trailing_zeros();
    // The top bits of the product are less than the length, which is a power of two.
    &places[usize::try_from(mixed >> (64 - bits)).unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn product(number: i64) -> ProductId {
        ProductId::from_i64(number)
    }

    #[test]
    fn an_answer_holds_until_what_it_shows_changes() {
        let fresh = Freshness::default();
        let before = fresh.moment();
        fresh.hear(&[Change::Product(product(7))]);
        assert!(!fresh.holds(before, &[Subject::Product(product(7))]));
        assert!(!fresh.holds(before, &[Subject::Listings]));
        assert!(fresh.holds(before, &[Subject::Product(product(8)), Subject::Categories]));
        assert!(fresh.holds(fresh.moment(), &[Subject::Product(product(7)), Subject::Listings]));
    }

    #[test]
    fn nothing_is_fresh_while_other_nodes_are_unknown() {
        let later = |seconds| NOW.plus_seconds(seconds);
        assert!(knows_others(None, later(1_000)));
        assert!(knows_others(Some(NOW), later(PATIENCE_SECONDS)));
        assert!(!knows_others(Some(NOW), later(PATIENCE_SECONDS + 1)));
    }

    #[test]
    fn identifiers_made_one_after_the_other_have_places_of_their_own() {
        let ids = types::IdGenerator::new(1);
        let fresh = Freshness::default();
        let places: std::collections::HashSet<_> = (0..1_000)
            .map(|_| fresh.place(Subject::Product(ids.next(NOW))))
            .map(std::ptr::from_ref)
            .collect();
        assert!(places.len() > 900, "{} places for 1,000 products", places.len());
    }
}
