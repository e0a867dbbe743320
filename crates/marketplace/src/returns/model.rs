//! What a return is, and the pure rules of its states and of what it refunds.

use types::{ItemId, Money, OrderId, ReturnId, Timestamp, VendorId, allocate};

use crate::orders::{GoingBack, InvalidTransition, Item, Order};
use crate::states::states;

states! {
    /// How far a return is.
    pub enum ReturnStatus {
        /// The buyer asks.
        Requested = "requested",
        /// The seller takes the items back.
        Approved = "approved",
        /// The seller does not.
        Rejected = "rejected",
        /// The items are back, the money is on its way.
        Received = "received",
        /// The buyer has their money back.
        Refunded = "refunded",
    }
}

/// What can be done with a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnMove {
    /// The seller takes the items back.
    Approve,
    /// The seller does not.
    Reject,
    /// The items are back; the money follows by itself.
    Receive,
}

impl ReturnMove {
    const ALL: &[Self] = &[Self::Approve, Self::Reject, Self::Receive];

    const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Receive => "receive",
        }
    }

    const fn states(self) -> (ReturnStatus, ReturnStatus) {
        match self {
            Self::Approve => (ReturnStatus::Requested, ReturnStatus::Approved),
            Self::Reject => (ReturnStatus::Requested, ReturnStatus::Rejected),
            Self::Receive => (ReturnStatus::Approved, ReturnStatus::Received),
        }
    }
}

impl ReturnStatus {
    /// The state after `wanted`, or why that can't be.
    pub fn after(self, wanted: ReturnMove) -> Result<Self, InvalidTransition> {
        let (from, to) = wanted.states();
        if from == self {
            return Ok(to);
        }
        let next = ReturnMove::ALL.iter().filter(|step| step.states().0 == self);
        let allowed = next.map(|step| format!("{} (vendor)", step.word())).collect();
        let (state, attempted) = (self.as_str(), wanted.word());
        Err(InvalidTransition { thing: "return", state, attempted, allowed })
    }
}

/// What goes back for these units of an order's items, of which others came back before: to the buyer what
/// was paid for them, to the marketplace what it added to that; at most what is left of each, since an admin
/// may have given back some of it already.
///
/// What was paid for an item, after coupons and with the tax that came on top, is split over its units by
/// largest remainder, so that all units together give back all of it; so is what the marketplace added.
/// Shipping does not go back for returned goods.
pub fn going_back(order: &Order, lines: &[(ItemId, i64)]) -> GoingBack {
    // An order's tax is either on top of its prices or within them.
    let on_top = order.head.tax_total > Money::ZERO;
    let left = order.head.shares().left();
    let of = |part: fn(&Item, bool) -> Money| -> Money {
        let items = order.items.iter();
        items
            .map(|item| {
                let units = lines.iter().filter(|(id, _)| *id == item.id).map(|(_, units)| *units).sum();
                units_of(part(item, on_top), item.quantity.units(), item.quantity_returned, units)
            })
            .sum()
    };
    GoingBack {
        refund: of(|item, on_top| {
            item.line_total - item.coupon_discount + if on_top { item.tax } else { Money::ZERO }
        })
        .min(left.refund),
        promoted: of(|item, _| item.promoted()).min(left.promoted),
    }
}

/// The part of `whole` that belongs to `units` of `quantity` equal ones, after the first `before`.
fn units_of(whole: Money, quantity: i64, before: i64, units: i64) -> Money {
    let count = |number: i64| usize::try_from(number).unwrap_or(0);
    let equal = vec![Money::from_minor(1); count(quantity)];
    allocate(whole, &equal).into_iter().skip(count(before)).take(count(units)).sum()
}

/// Items that a buyer sends back, or asks to.
#[derive(Debug, Clone)]
pub struct Return {
    /// Identifier.
    pub id: ReturnId,
    /// Whose items they are.
    pub order: OrderId,
    /// Who sold them.
    pub vendor: VendorId,
    /// How far it is.
    pub status: ReturnStatus,
    /// Why the buyer sends them back.
    pub reason: String,
    /// Why the seller does not take them back.
    pub answer: Option<String>,
    /// What is given back for them: expected at first, final once they are received.
    pub refund: Money,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Which items.
    pub items: Vec<ReturnItem>,
}

/// Units of one item that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnItem {
    /// The return.
    pub returned: ReturnId,
    /// The order's item.
    pub item: ItemId,
    /// Units.
    pub quantity: i64,
}

db::from_row!(ReturnItem { returned, item, quantity });

impl db::FromRow for Return {
    fn from_row(row: &db::Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let found = Self {
            id: columns.read()?,
            order: columns.read()?,
            vendor: columns.read()?,
            status: columns.read()?,
            reason: columns.read()?,
            answer: columns.read()?,
            refund: columns.read()?,
            created_at: columns.read()?,
            items: Vec::new(),
        };
        columns.finish()?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// In whichever parts an item's units come back, together they give back all of it.
        #[test]
        fn units_sum_to_the_whole(
            whole in 0_i64..1_000_000_000,
            parts in proptest::collection::vec(1_i64..50, 1..10),
        ) {
            let quantity = parts.iter().sum();
            let mut before = 0;
            let mut sum = Money::ZERO;
            for units in parts {
                sum = sum + units_of(Money::from_minor(whole), quantity, before, units);
                before += units;
            }
            prop_assert_eq!(sum, Money::from_minor(whole));
        }
    }
}
