//! Orders as JSON. The same shape for everybody; a seller sees also what they earn.

use marketplace::Market;
use marketplace::fulfilment::{Shipment, ShipmentStatus};
use marketplace::orders::{Item, Order, OrderStatus, Party, TimelineEntry};
use marketplace::returns::{Return, ReturnStatus};
use marketplace::settings::Fulfilment;
use serde::Serialize;
use types::{
    CheckoutId, Currency, ItemId, Money, OrderId, Price, ProductId, ReturnId, ShipmentId, Timestamp,
    VariantId, VendorId,
};
use utoipa::ToSchema;

use crate::api::cart::view::{AdjustmentView, OptionView};
use crate::api::products::media_url;

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = order)]
pub(crate) struct OrderView {
    id: OrderId,
    /// What people call it by.
    number: String,
    checkout_id: CheckoutId,
    vendor: OrderVendor,
    status: OrderStatus,
    fulfilment: Fulfilment,
    items: Vec<ItemView>,
    /// Where it goes, as it was when it was bought.
    #[schema(value_type = Object)]
    address: serde_json::Value,
    /// The items at list prices.
    items_total: Price,
    /// Offers and coupons.
    discount_total: Price,
    /// `items_total` less `discount_total`.
    subtotal: Price,
    shipping_total: Price,
    tax_total: Price,
    /// Tax that the prices contain.
    included_tax_total: Price,
    /// How it is shipped, where the seller offers ways; its price is before coupons.
    shipping: Option<OptionView>,
    /// What changed the price of shipping, and who pays for it.
    adjustments: Vec<AdjustmentView>,
    /// `subtotal` with shipping and tax.
    total: Price,
    /// What was given back of it.
    refunded_total: Price,
    shipments: Vec<ShipmentView>,
    returns: Vec<ReturnView>,
    /// How it went, the newest last.
    timeline: Vec<TimelineView>,
    created_at: Timestamp,
    delivered_at: Option<Timestamp>,
    /// The marketplace's share; for the seller and admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    commission: Option<Price>,
    /// What the marketplace adds to it, because of a coupon that it pays for; for the seller and admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    promoted: Option<Price>,
    /// What the seller gets; for the seller and admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_amount: Option<Price>,
    /// Who bought; for the seller and admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<OrderBuyer>,
}

/// The shop that fulfils an order.
#[derive(Debug, Serialize, ToSchema)]
struct OrderVendor {
    id: VendorId,
    slug: String,
    name: String,
}

/// What a seller learns of who bought.
#[derive(Debug, Serialize, ToSchema)]
struct OrderBuyer {
    /// Absent for a guest.
    first_name: Option<String>,
}

/// A line of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = order_item)]
struct ItemView {
    id: ItemId,
    product_id: ProductId,
    variant_id: VariantId,
    title: String,
    variant_title: String,
    sku: Option<String>,
    image: Option<String>,
    quantity: i64,
    unit_price: Price,
    final_unit_price: Price,
    line_total: Price,
    /// What coupons take off that.
    coupon_discount: Price,
    /// The tax on the rest: on top, or contained.
    tax: Price,
    /// What changed its price, and who pays for it.
    adjustments: Vec<AdjustmentView>,
    quantity_shipped: i64,
    quantity_returned: i64,
}

/// A parcel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = shipment)]
pub(crate) struct ShipmentView {
    id: ShipmentId,
    order_id: OrderId,
    status: ShipmentStatus,
    carrier: Option<String>,
    tracking_number: Option<String>,
    items: Vec<ItemQuantity>,
    created_at: Timestamp,
}

/// Units of an item.
#[derive(Debug, Serialize, ToSchema)]
struct ItemQuantity {
    item_id: ItemId,
    quantity: i64,
}

/// Items that go back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = order_return)]
pub(crate) struct ReturnView {
    id: ReturnId,
    order_id: OrderId,
    status: ReturnStatus,
    /// Why the buyer sends them back.
    reason: String,
    /// Why the seller does not take them back.
    rejection_reason: Option<String>,
    items: Vec<ItemQuantity>,
    /// What is given back for them: expected until they are received.
    refund: Price,
    created_at: Timestamp,
}

/// A move of an order.
#[derive(Debug, Serialize, ToSchema)]
struct TimelineView {
    at: Timestamp,
    /// In which role it was made.
    actor: Party,
    from: Option<OrderStatus>,
    to: OrderStatus,
    note: Option<String>,
}

impl OrderView {
    /// As its buyer sees it.
    pub(crate) fn for_buyer(order: Order, market: &Market) -> Self {
        let (head, currency) = (order.head, market.settings.currency);
        let price = |amount: Money| amount.in_currency(currency);
        Self {
            id: head.id,
            checkout_id: head.checkout,
            items_total: price(head.items_total),
            discount_total: price(head.discount_total),
            subtotal: price(head.subtotal()),
            shipping_total: price(head.shipping_total),
            tax_total: price(head.tax_total),
            included_tax_total: price(head.breakdown.included_tax),
            shipping: head.breakdown.shipping.as_ref().map(|option| OptionView::of(option, currency)),
            adjustments: AdjustmentView::all(&head.breakdown.adjustments, currency),
            total: price(head.total),
            refunded_total: price(head.refunded_total),
            number: head.number,
            vendor: OrderVendor { id: head.vendor.id, slug: head.vendor.slug, name: head.vendor.name },
            status: head.status,
            fulfilment: head.fulfilment,
            items: order.items.into_iter().map(|item| ItemView::of(item, market)).collect(),
            // It was written as JSON by ourselves.
            address: serde_json::from_str(&head.address).unwrap_or_default(),
            shipments: order.shipments.into_iter().map(ShipmentView::of).collect(),
            returns: order.returns.into_iter().map(|found| ReturnView::of(found, currency)).collect(),
            timeline: order.timeline.into_iter().map(TimelineView::of).collect(),
            created_at: head.created_at,
            delivered_at: head.delivered_at,
            commission: None,
            promoted: None,
            payout_amount: None,
            buyer: None,
        }
    }

    /// As its seller and admins see it.
    pub(crate) fn for_vendor(order: Order, market: &Market) -> Self {
        let currency = market.settings.currency;
        let commission = order.head.shares().commission_kept().in_currency(currency);
        let promoted = order.head.breakdown.promoted.in_currency(currency);
        let payout_amount = order.head.shares().payout_amount().in_currency(currency);
        let buyer = OrderBuyer { first_name: order.head.first_name.clone() };
        Self {
            commission: Some(commission),
            promoted: Some(promoted),
            payout_amount: Some(payout_amount),
            buyer: Some(buyer),
            ..Self::for_buyer(order, market)
        }
    }
}

impl ItemView {
    fn of(item: Item, market: &Market) -> Self {
        let currency = market.settings.currency;
        Self {
            id: item.id,
            product_id: item.product,
            variant_id: item.variant,
            title: item.title,
            variant_title: item.variant_title,
            sku: item.sku,
            image: item.image.map(|path| media_url(market, &path)),
            quantity: item.quantity.units(),
            unit_price: item.unit_price.in_currency(currency),
            final_unit_price: item.final_unit_price.in_currency(currency),
            line_total: item.line_total.in_currency(currency),
            coupon_discount: item.coupon_discount.in_currency(currency),
            tax: item.tax.in_currency(currency),
            adjustments: AdjustmentView::all(&item.adjustments.0, currency),
            quantity_shipped: item.quantity_shipped,
            quantity_returned: item.quantity_returned,
        }
    }
}

impl ShipmentView {
    pub(crate) fn of(shipment: Shipment) -> Self {
        let unit = |item: marketplace::fulfilment::ShipmentItem| ItemQuantity {
            item_id: item.item,
            quantity: item.quantity,
        };
        Self {
            id: shipment.id,
            order_id: shipment.order,
            status: shipment.status,
            carrier: shipment.carrier,
            tracking_number: shipment.tracking_number,
            items: shipment.items.into_iter().map(unit).collect(),
            created_at: shipment.created_at,
        }
    }
}

impl ReturnView {
    pub(crate) fn of(found: Return, currency: Currency) -> Self {
        let unit = |item: marketplace::returns::ReturnItem| ItemQuantity {
            item_id: item.item,
            quantity: item.quantity,
        };
        Self {
            id: found.id,
            order_id: found.order,
            status: found.status,
            reason: found.reason,
            rejection_reason: found.answer,
            items: found.items.into_iter().map(unit).collect(),
            refund: found.refund.in_currency(currency),
            created_at: found.created_at,
        }
    }
}

impl TimelineView {
    fn of(entry: TimelineEntry) -> Self {
        Self { at: entry.at, actor: entry.party, from: entry.from, to: entry.to, note: entry.note }
    }
}
