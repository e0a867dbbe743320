//! What an order is.

use types::{
    CheckoutId, ItemId, Money, OrderId, ProductId, Quantity, Timestamp, UserId, VariantId, VendorId,
};

use super::{OrderStatus, Party, Shares, Situation};
use crate::fulfilment::Shipment;
use crate::pricing::{Adjustment, Adjustments, Cause, Funder};
use crate::returns::Return;
use crate::settings::Fulfilment;
use crate::shipping::ShippingOption;

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
    /// What the marketplace no longer pays of [`Breakdown::promoted`], since it went back.
    pub promoted_back: Money,
    /// What its sums are made of besides.
    pub breakdown: Breakdown,
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
            promoted_back: columns.read()?,
            breakdown: Breakdown::read(&mut columns)?,
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
            promoted: self.breakdown.promoted,
            platform_tax: self.breakdown.platform_tax,
            refunded_total: self.refunded_total,
            promoted_back: self.promoted_back,
            released_at: self.released_at,
        }
    }
}

/// What an order's sums are made of, besides what the buyer pays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breakdown {
    /// The tax that the prices contain.
    pub included_tax: Money,
    /// The part of all tax that is on shipping.
    pub shipping_tax: Money,
    /// What the marketplace pays of what coupons took off.
    pub promoted: Money,
    /// The tax that the marketplace collects.
    pub platform_tax: Money,
    /// How it is shipped, where the seller has ways of shipping; its price is before coupons.
    pub shipping: Option<ShippingOption>,
    /// What changed the price of shipping.
    pub adjustments: Vec<Adjustment>,
}

impl Breakdown {
    fn read(columns: &mut db::Columns<'_, '_>) -> db::Result<Self> {
        let (included_tax, shipping_tax) = (columns.read()?, columns.read()?);
        let (promoted, platform_tax) = (columns.read()?, columns.read()?);
        let (shipping, adjustments): (Option<String>, Option<String>) = (columns.read()?, columns.read()?);
        Ok(Self {
            included_tax,
            shipping_tax,
            promoted,
            platform_tax,
            shipping: shipping.as_deref().and_then(ShippingOption::from_json),
            adjustments: Adjustment::from_json(adjustments.as_deref()),
        })
    }
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
    /// What coupons take off that.
    pub coupon_discount: Money,
    /// The tax on the rest: on top, or contained.
    pub tax: Money,
    /// What changed its price.
    pub adjustments: Adjustments,
    /// Towards whose limit of the product the units count, where it has one.
    pub limited_for: Option<String>,
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
    coupon_discount,
    tax,
    adjustments,
    limited_for,
    quantity_shipped,
    quantity_claimed,
    quantity_returned,
});

impl Item {
    /// What the marketplace pays of what coupons take off it.
    pub fn promoted(&self) -> Money {
        let coupons = self.adjustments.0.iter().filter(|change| change.cause == Cause::Coupon);
        coupons.filter(|change| change.funded_by == Funder::Marketplace).map(|change| change.amount).sum()
    }
}

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
