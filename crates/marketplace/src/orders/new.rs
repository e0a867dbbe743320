//! What makes an order.

use types::{CheckoutId, ItemId, Money, OrderId, ProductId, Quantity, UserId, VariantId, VendorId};

use crate::settings::Fulfilment;

/// An order to be opened. Its sums follow from its items: no other total can be written down.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Identifier.
    pub id: OrderId,
    /// The purchase it belongs to.
    pub checkout: CheckoutId,
    /// Who sells.
    pub vendor: VendorId,
    /// Who buys; absent for a guest.
    pub user: Option<UserId>,
    /// Who brings it to the buyer.
    pub fulfilment: Fulfilment,
    /// Offers and coupons, at most [`NewOrder::items_total`].
    pub discount_total: Money,
    /// Shipping.
    pub shipping_total: Money,
    /// Tax.
    pub tax_total: Money,
    /// The marketplace's share of the goods, in hundredths of a percent.
    pub commission_bps: i64,
    /// What is bought: at least one line.
    pub items: Vec<NewItem>,
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
}

impl NewItem {
    /// Price of all units after offers.
    pub fn line_total(&self) -> Money {
        self.final_unit_price.times(self.quantity.units())
    }
}

impl NewOrder {
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

    /// The marketplace's share: of the goods as sold, not of shipping and tax.
    pub fn commission(&self) -> Money {
        self.subtotal().basis_points(self.commission_bps)
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
