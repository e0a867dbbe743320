//! What an order is, and how its money is shared.

use types::{
    CheckoutId, ItemId, Money, OrderId, ProductId, Quantity, Timestamp, UserId, VariantId, VendorId,
};

use super::{OrderStatus, Party, Situation};
use crate::fulfilment::Shipment;
use crate::returns::Return;
use crate::settings::Fulfilment;

/// The vendor of an order, as shown with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorName {
    /// Identifier.
    pub id: VendorId,
    /// Its place in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// An order without its items, shipments, returns and timeline.
#[derive(Debug, Clone)]
pub struct OrderHead {
    /// Identifier.
    pub id: OrderId,
    /// The purchase it belongs to.
    pub checkout: CheckoutId,
    /// Who sells.
    pub vendor: VendorName,
    /// Who bought; absent for a guest.
    pub user: Option<UserId>,
    /// The buyer's first name, when they have an account.
    pub first_name: Option<String>,
    /// What people call it by.
    pub number: String,
    /// How far it is.
    pub status: OrderStatus,
    /// Who brings it to the buyer.
    pub fulfilment: Fulfilment,
    /// The items at list prices.
    pub items_total: Money,
    /// Offers and coupons.
    pub discount_total: Money,
    /// Shipping.
    pub shipping_total: Money,
    /// Tax.
    pub tax_total: Money,
    /// What the buyer pays for it.
    pub total: Money,
    /// The marketplace's share of `total`, fixed when it was bought.
    pub commission: Money,
    /// What was given back so far.
    pub refunded_total: Money,
    /// Where it goes: JSON, as it was when it was bought.
    pub address: String,
    /// When the seller first saw it.
    pub started_at: Option<Timestamp>,
    /// When its money came in.
    pub captured_at: Option<Timestamp>,
    /// When all of it had arrived.
    pub delivered_at: Option<Timestamp>,
    /// When the seller's money became available.
    pub released_at: Option<Timestamp>,
    /// When it was bought.
    pub created_at: Timestamp,
}

impl db::FromRow for OrderHead {
    fn from_row(row: &db::Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let head = Self {
            id: columns.read()?,
            checkout: columns.read()?,
            vendor: VendorName { id: columns.read()?, slug: columns.read()?, name: columns.read()? },
            user: columns.read()?,
            first_name: columns.read()?,
            number: columns.read()?,
            status: columns.read()?,
            fulfilment: columns.read()?,
            items_total: columns.read()?,
            discount_total: columns.read()?,
            shipping_total: columns.read()?,
            tax_total: columns.read()?,
            total: columns.read()?,
            commission: columns.read()?,
            refunded_total: columns.read()?,
            address: columns.read()?,
            started_at: columns.read()?,
            captured_at: columns.read()?,
            delivered_at: columns.read()?,
            released_at: columns.read()?,
            created_at: columns.read()?,
        };
        columns.finish()?;
        Ok(head)
    }
}

impl OrderHead {
    /// Whether this shop sells it and has it before them: a seller never sees what was not paid.
    pub fn is_before(&self, vendor: VendorId) -> bool {
        self.vendor.id == vendor && self.started_at.is_some()
    }

    /// The goods after offers and coupons.
    pub fn subtotal(&self) -> Money {
        self.items_total - self.discount_total
    }

    /// How its money is shared out.
    pub const fn shares(&self) -> Shares {
        Shares {
            vendor: self.vendor.id,
            total: self.total,
            commission: self.commission,
            refunded_total: self.refunded_total,
            released_at: self.released_at,
        }
    }
}

/// How an order's money is shared between the seller and the marketplace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Who sells.
    pub vendor: VendorId,
    /// What the buyer pays for it.
    pub total: Money,
    /// The marketplace's share of `total`.
    pub commission: Money,
    /// What was given back of `total`.
    pub refunded_total: Money,
    /// When the seller's share became available.
    pub released_at: Option<Timestamp>,
}

db::from_row!(Shares { vendor, total, commission, refunded_total, released_at });

impl Shares {
    /// What was not given back.
    pub fn unrefunded(&self) -> Money {
        self.total - self.refunded_total
    }

    /// The marketplace's share of what was not given back.
    pub fn commission_kept(&self) -> Money {
        self.commission - commission_share(self.commission, self.total, self.refunded_total)
    }

    /// What the seller gets of what was not given back.
    pub fn payout_amount(&self) -> Money {
        self.unrefunded() - self.commission_kept()
    }

    /// The commission in the last `amount` that was given back.
    pub fn commission_refunded(&self, amount: Money) -> Money {
        let share = |part| commission_share(self.commission, self.total, part);
        share(self.refunded_total) - share(self.refunded_total - amount)
    }
}

/// The commission on the first `part` of an order's `total`.
///
/// Refunds one after the other each reverse the difference of two such shares: whatever the parts,
/// giving back the whole total gives back the whole commission.
pub fn commission_share(commission: Money, total: Money, part: Money) -> Money {
    commission.fraction(part.minor(), total.minor())
}

/// A line of an order, as it was when it was bought.
#[derive(Debug, Clone)]
pub struct Item {
    /// Identifier.
    pub id: ItemId,
    /// Whose it is.
    pub order: OrderId,
    /// The product.
    pub product: ProductId,
    /// The variant.
    pub variant: VariantId,
    /// The product's title.
    pub title: String,
    /// The variant's title.
    pub variant_title: String,
    /// The seller's number.
    pub sku: Option<String>,
    /// Its picture.
    pub image: Option<String>,
    /// Units.
    pub quantity: Quantity,
    /// List price of a unit.
    pub unit_price: Money,
    /// Price of a unit after offers.
    pub final_unit_price: Money,
    /// Price of all units after offers.
    pub line_total: Money,
    /// Units in shipments.
    pub quantity_shipped: i64,
    /// Units in returns that were not rejected.
    pub quantity_claimed: i64,
    /// Units that came back.
    pub quantity_returned: i64,
}

db::from_row!(Item {
    id,
    order,
    product,
    variant,
    title,
    variant_title,
    sku,
    image,
    quantity,
    unit_price,
    final_unit_price,
    line_total,
    quantity_shipped,
    quantity_claimed,
    quantity_returned,
});

/// An entry of an order's timeline.
#[derive(Debug, Clone)]
pub struct TimelineEntry {
    /// Whose it is.
    pub order: OrderId,
    /// When.
    pub at: Timestamp,
    /// In which role it was moved.
    pub party: Party,
    /// The state before; absent for the first.
    pub from: Option<OrderStatus>,
    /// The state after.
    pub to: OrderStatus,
    /// What was said about it.
    pub note: Option<String>,
}

db::from_row!(TimelineEntry { order, at, party, from, to, note });

/// An order with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct Order {
    /// The order itself.
    pub head: OrderHead,
    /// What was bought.
    pub items: Vec<Item>,
    /// Its parcels.
    pub shipments: Vec<Shipment>,
    /// What the buyer sends back.
    pub returns: Vec<Return>,
    /// How it went, oldest first.
    pub timeline: Vec<TimelineEntry>,
}

impl Order {
    /// What decides what may happen to it.
    pub fn situation(&self) -> Situation {
        Situation {
            status: self.head.status,
            fulfilment: self.head.fulfilment,
            partly_shipped: !self.shipments.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// In whichever parts an order is given back, the commission goes back with it: never more than
        /// there is, and all of it in the end.
        #[test]
        fn commission_goes_back_in_parts(
            parts in proptest::collection::vec(1_i64..1_000_000_000, 1..20),
            bps in 0_i64..=10_000,
        ) {
            let total: Money = parts.iter().map(|part| Money::from_minor(*part)).sum();
            let mut shares = Shares {
                vendor: VendorId::from_i64(1),
                total,
                commission: total.basis_points(bps),
                refunded_total: Money::ZERO,
                released_at: None,
            };
            let mut back = Money::ZERO;
            for part in parts {
                let part = Money::from_minor(part);
                shares.refunded_total = shares.refunded_total + part;
                let commission = shares.commission_refunded(part);
                prop_assert!(Money::ZERO <= commission && commission <= part);
                back = back + commission;
                prop_assert_eq!(back + shares.commission_kept(), shares.commission);
                prop_assert_eq!(shares.payout_amount() + shares.commission_kept(), shares.unrefunded());
            }
            prop_assert_eq!(back, shares.commission);
            prop_assert_eq!(shares.payout_amount(), Money::ZERO);
        }
    }
}
