//! Accounts, and postings that cannot but sum to zero.

use std::fmt;

use types::{EventId, Money, OrderId, PaymentId, Timestamp, VendorId};

use crate::payments::Method;
use crate::states::states;

/// An account of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// What a provider collected for the marketplace.
    Clearing(Method),
    /// What a seller is owed, but not yet to be paid out.
    VendorPending(VendorId),
    /// What can be paid out to a seller.
    VendorAvailable(VendorId),
    /// What the marketplace earned.
    Commission,
    /// What the marketplace paid for buyers, because of its coupons; it only gives.
    Promotions,
    /// The tax that the marketplace collected, to be handed over to the state.
    Tax,
    /// What is owed to buyers: money that pays for nothing and has not gone back.
    Owed,
}

impl Account {
    /// The seller, when it is a seller's account.
    pub const fn vendor(self) -> Option<VendorId> {
        match self {
            Self::VendorPending(vendor) | Self::VendorAvailable(vendor) => Some(vendor),
            Self::Clearing(_) | Self::Commission | Self::Promotions | Self::Tax | Self::Owed => None,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clearing(method) => write!(f, "clearing:{method}"),
            Self::VendorPending(vendor) => write!(f, "vendor:{vendor}:pending"),
            Self::VendorAvailable(vendor) => write!(f, "vendor:{vendor}:available"),
            Self::Commission => f.write_str("platform:commission"),
            Self::Promotions => f.write_str("platform:promotions"),
            Self::Tax => f.write_str("platform:tax"),
            Self::Owed => f.write_str("platform:owed"),
        }
    }
}

states! {
    /// Why money moves.
    pub enum PostingKind {
        /// It came in.
        Capture = "capture",
        /// The hold after delivery is over.
        Release = "release",
        /// It goes back to the buyer.
        Refund = "refund",
        /// It was to go back and could not.
        RefundFailed = "refund_failed",
    }
}

/// A transaction of the book, made of transfers: each takes from one account what it gives to another,
/// so that every posting sums to zero.
#[derive(Debug, Clone)]
pub struct Posting {
    pub(super) kind: PostingKind,
    pub(super) reference: String,
    pub(super) order: Option<OrderId>,
    pub(super) payment: Option<PaymentId>,
    entries: Vec<(Account, Money)>,
}

impl Posting {
    /// A posting for `order`; `reference` is unique to what it tells of, so that it happens once only.
    pub const fn new(kind: PostingKind, reference: String, order: OrderId) -> Self {
        Self { kind, reference, order: Some(order), payment: None, entries: Vec::new() }
    }

    /// A posting for money that belongs to no order.
    pub const fn without_order(kind: PostingKind, reference: String) -> Self {
        Self { kind, reference, order: None, payment: None, entries: Vec::new() }
    }

    /// The payment it is part of.
    #[must_use]
    pub const fn of_payment(mut self, payment: PaymentId) -> Self {
        self.payment = Some(payment);
        self
    }

    /// Moves `amount` out of one account into another.
    #[must_use]
    pub fn transfer(mut self, from: Account, to: Account, amount: Money) -> Self {
        self.add(from, -amount);
        self.add(to, amount);
        self
    }

    fn add(&mut self, account: Account, amount: Money) {
        match self.entries.iter_mut().find(|(known, _)| *known == account) {
            Some((_, sum)) => *sum = *sum + amount,
            None => self.entries.push((account, amount)),
        }
    }

    /// What each account gets (credits are positive), without those that come out even.
    pub fn entries(&self) -> impl Iterator<Item = (Account, Money)> {
        self.entries.iter().copied().filter(|(_, amount)| *amount != Money::ZERO)
    }
}

/// What a seller is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// Not yet to be paid out.
    pub pending: Money,
    /// To be paid out; below zero when more was refunded than is there.
    pub available: Money,
}

db::from_row!(Balance { pending, available });

/// One entry as it was written.
#[derive(Debug, Clone)]
pub struct LedgerEntry {
    /// Identifier.
    pub id: EventId,
    /// The transaction it is part of.
    pub transaction: EventId,
    /// The account.
    pub account: String,
    /// What the account got; negative when it gave.
    pub amount: Money,
    /// Why.
    pub kind: PostingKind,
    /// The order it is about.
    pub order: Option<OrderId>,
    /// When.
    pub at: Timestamp,
}

db::from_row!(LedgerEntry { id, transaction, account, amount, kind, order, at });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is transferred between whichever accounts, the entries sum to zero.
        #[test]
        fn postings_sum_to_zero(moves in proptest::collection::vec((0_usize..4, 0_usize..4, -1_000_000_i64..1_000_000), 0..20)) {
            let vendor = VendorId::from_i64(7);
            let accounts = [
                Account::Clearing(Method::Test), Account::VendorPending(vendor),
                Account::VendorAvailable(vendor), Account::Commission,
            ];
            let posting = moves.into_iter().fold(
                Posting::new(PostingKind::Capture, String::new(), OrderId::from_i64(1)),
                |posting, (from, to, amount)| posting.transfer(accounts[from], accounts[to], Money::from_minor(amount)),
            );
            prop_assert_eq!(posting.entries().map(|(_, amount)| amount).sum::<Money>(), Money::ZERO);
        }
    }
}
