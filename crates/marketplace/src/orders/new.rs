//! What makes an order.

use types::{CheckoutId, ItemId, Money, OrderId, ProductId, Quantity, Timestamp, UserId, VariantId};

use super::{Breakdown, Item, Order, OrderHead, OrderStatus, Party, Shares, TimelineEntry, VendorName};
use crate::pricing::{Adjustment, Adjustments};
use crate::settings::Fulfilment;

/// An order to be opened. Its sums follow from its items: no other total can be written down.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Identifier.
    pub id: OrderId,
    /// The purchase it belongs to.
    pub checkout: CheckoutId,
    /// Who sells.
    pub vendor: VendorName,
    /// Who buys; absent for a guest.
    pub user: Option<UserId>,
    /// Whether its seller sees it at once: it is to be paid on delivery, or there is nothing to pay.
    pub starts: bool,
    /// Whether nothing is to be paid for the whole checkout, so that nothing has to come in.
    pub is_free: bool,
    /// Who brings it to the buyer.
    pub fulfilment: Fulfilment,
    /// Offers and coupons, at most [`NewOrder::items_total`].
    pub discount_total: Money,
    /// Shipping.
    pub shipping_total: Money,
    /// Tax.
    pub tax_total: Money,
    /// What its sums are made of besides.
    pub breakdown: Breakdown,
    /// The part of what the marketplace pays that is goods.
    pub promoted_goods: Money,
    /// The marketplace's share of the goods, in hundredths of a percent.
    pub commission_bps: i64,
    /// What is bought: at least one line.
    pub items: Vec<NewItem>,
    /// When it is bought.
    pub created_at: Timestamp,
}

/// A line of a [`NewOrder`]: a snapshot of what is sold.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// Identifier.
    pub id: ItemId,
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
    /// The address of its picture.
    pub image: Option<String>,
    /// Units.
    pub quantity: Quantity,
    /// List price of a unit.
    pub unit_price: Money,
    /// Price of a unit after offers.
    pub final_unit_price: Money,
    /// What coupons take off the line.
    pub coupon_discount: Money,
    /// The tax on what is left of it: on top, or contained.
    pub tax: Money,
    /// What changed its price.
    pub adjustments: Vec<Adjustment>,
    /// Towards whose limit of the product the units count, where it has one.
    pub limited_for: Option<String>,
}

impl NewItem {
    fn opened(&self, order: OrderId) -> Item {
        Item {
            id: self.id,
            order,
            product: self.product,
            variant: self.variant,
            title: self.title.clone(),
            variant_title: self.variant_title.clone(),
            sku: self.sku.clone(),
            image: self.image.clone(),
            quantity: self.quantity,
            unit_price: self.unit_price,
            final_unit_price: self.final_unit_price,
            line_total: self.line_total(),
            coupon_discount: self.coupon_discount,
            tax: self.tax,
            adjustments: Adjustments(self.adjustments.clone()),
            limited_for: self.limited_for.clone(),
            quantity_shipped: 0,
            quantity_claimed: 0,
            quantity_returned: 0,
        }
    }

    /// Price of all units after offers.
    pub fn line_total(&self) -> Money {
        self.final_unit_price.times(self.quantity.units())
    }
}

impl NewOrder {
    /// The moves that it begins with.
    pub(super) fn moves(&self) -> impl Iterator<Item = TimelineEntry> {
        use OrderStatus::{AwaitingPayment, Pending};
        let entry = |party, from, to| TimelineEntry {
            order: self.id,
            at: self.created_at,
            party,
            from,
            to,
            note: None,
        };
        let opened = entry(Party::Buyer, None, AwaitingPayment);
        let started = self.starts.then(|| entry(Party::System, Some(AwaitingPayment), Pending));
        std::iter::once(opened).chain(started)
    }

    /// The state that it begins in.
    pub(super) const fn status(&self) -> OrderStatus {
        if self.starts { OrderStatus::Pending } else { OrderStatus::AwaitingPayment }
    }

    /// The moment from which its seller sees it.
    pub(super) fn started_at(&self) -> Option<Timestamp> {
        self.starts.then_some(self.created_at)
    }

    /// The moment from which nothing is to be paid for it.
    pub(super) fn captured_at(&self) -> Option<Timestamp> {
        self.is_free.then_some(self.created_at)
    }

    /// How its money is shared out.
    pub(crate) fn shares(&self) -> Shares {
        Shares {
            vendor: self.vendor.id,
            total: self.total(),
            commission: self.commission(),
            promoted: self.breakdown.promoted,
            platform_tax: self.breakdown.platform_tax,
            refunded_total: Money::ZERO,
            promoted_back: Money::ZERO,
            released_at: None,
        }
    }

    /// The order as it is once it is written down and goes to `address`, for the answer to its buyer: the
    /// buyer's name is left out.
    pub(crate) fn opened(&self, address: &str) -> Order {
        let head = OrderHead {
            id: self.id,
            checkout: self.checkout,
            vendor: self.vendor.clone(),
            user: self.user,
            first_name: None,
            number: self.number(),
            status: self.status(),
            fulfilment: self.fulfilment,
            items_total: self.items_total(),
            discount_total: self.discount_total,
            shipping_total: self.shipping_total,
            tax_total: self.tax_total,
            total: self.total(),
            commission: self.commission(),
            refunded_total: Money::ZERO,
            promoted_back: Money::ZERO,
            breakdown: self.breakdown.clone(),
            address: address.to_owned(),
            started_at: self.started_at(),
            captured_at: self.captured_at(),
            delivered_at: None,
            released_at: None,
            created_at: self.created_at,
        };
        Order {
            head,
            items: self.items.iter().map(|item| item.opened(self.id)).collect(),
            shipments: Vec::new(),
            returns: Vec::new(),
            timeline: self.moves().collect(),
        }
    }

    /// The items at list prices.
    pub fn items_total(&self) -> Money {
        self.items.iter().map(|item| item.unit_price.times(item.quantity.units())).sum()
    }

    /// The goods after offers and coupons.
    pub fn subtotal(&self) -> Money {
        self.items_total() - self.discount_total
    }

    /// What the buyer pays for it.
    pub fn total(&self) -> Money {
        self.subtotal() + self.shipping_total + self.tax_total
    }

    /// The marketplace's share: of the goods as the seller sells them, after offers and the seller's own
    /// coupons; not of shipping and tax.
    pub fn commission(&self) -> Money {
        (self.subtotal() + self.promoted_goods).basis_points(self.commission_bps)
    }

    /// What people call it by: the identifier in groups, so that it can be read out.
    pub fn number(&self) -> String {
        let id = self.id.to_string();
        let digits = id.split_once('_').map_or(id.as_str(), |(_, digits)| digits);
        let (time, rest) = digits.split_at(4);
        let (middle, end) = rest.split_at(4);
        format!("{time}-{middle}-{end}")
    }
}
