//! One order per vendor: what each takes over from the cart at the moment of the purchase.

use types::{IdGenerator, Money, kind};

use super::{Checkout, CheckoutStatus};
use crate::Settings;
use crate::cart::{Cart, Group, Line, Seller};
use crate::catalog::stock::StockLine;
use crate::orders::{Breakdown, NewItem, NewOrder, VendorName};
use crate::pricing::{Delivery, LineQuote, OrderQuote, Quote};
use crate::settings::TaxCollector;

/// The orders of a checkout, one for each vendor of the cart, in the cart's order. Titles, prices, the way
/// of shipping and the commission are written down here, so that nothing that changes later reaches them.
/// `buyer` is by what the buyer's limits are counted.
pub(super) fn split(
    cart: &Cart,
    quote: &Quote,
    (checkout, buyer): (&Checkout, &str),
    settings: &Settings,
    ids: &IdGenerator,
) -> Vec<NewOrder> {
    let lines: Vec<(&Line, &LineQuote)> = cart.lines.iter().zip(&quote.lines).collect();
    let order = |(group, quote): (Group<'_>, &OrderQuote)| {
        let own = lines.iter().filter(|(line, _)| line.offer.vendor.id == group.vendor.id);
        let items = own.map(|(line, quote)| item(line, quote, (checkout, buyer), ids)).collect();
        NewOrder { items, ..order(group.vendor, quote, checkout, settings, ids) }
    };
    cart.groups().into_iter().zip(&quote.orders).map(order).collect()
}

/// An order without its items.
fn order(
    vendor: &Seller,
    quote: &OrderQuote,
    checkout: &Checkout,
    settings: &Settings,
    ids: &IdGenerator,
) -> NewOrder {
    NewOrder {
        id: ids.next::<kind::Order>(checkout.created_at),
        checkout: checkout.id,
        vendor: VendorName { id: vendor.id, slug: vendor.slug.clone(), name: vendor.name.clone() },
        user: checkout.user,
        starts: checkout.status == CheckoutStatus::Confirmed,
        is_free: checkout.totals.grand() == Money::ZERO,
        fulfilment: vendor.fulfilment.unwrap_or(settings.fulfilment),
        discount_total: quote.totals.discount,
        shipping_total: quote.totals.shipping,
        tax_total: quote.totals.tax,
        breakdown: breakdown(quote, settings),
        promoted_goods: quote.promoted_goods,
        commission_bps: vendor.commission_bps.unwrap_or(settings.commission_bps),
        items: Vec::new(),
        created_at: checkout.created_at,
    }
}

fn breakdown(quote: &OrderQuote, settings: &Settings) -> Breakdown {
    Breakdown {
        included_tax: quote.included_tax,
        shipping_tax: quote.shipping_tax,
        promoted: quote.promoted,
        platform_tax: match settings.tax_collected_by {
            TaxCollector::Vendor => Money::ZERO,
            TaxCollector::Marketplace => quote.totals.tax + quote.included_tax,
        },
        shipping: match &quote.delivery {
            Delivery::By(option) => Some(option.clone()),
            Delivery::Free | Delivery::Impossible => None,
        },
        adjustments: quote.adjustments.clone(),
    }
}

fn item(line: &Line, quote: &LineQuote, (checkout, buyer): (&Checkout, &str), ids: &IdGenerator) -> NewItem {
    let offer = &line.offer;
    NewItem {
        id: ids.next::<kind::Item>(checkout.created_at),
        product: offer.product,
        variant: offer.variant,
        title: offer.title.clone(),
        variant_title: offer.variant_title.clone(),
        sku: offer.sku.clone(),
        image: offer.image.clone(),
        quantity: line.quantity,
        unit_price: offer.price.list,
        final_unit_price: offer.price.final_price,
        coupon_discount: quote.coupon_discount,
        tax: quote.tax,
        adjustments: quote.adjustments.clone(),
        limited_for: offer.max_per_customer.map(|_| buyer.to_owned()),
    }
}

/// The units that the orders take.
pub(super) fn units<'o>(orders: impl IntoIterator<Item = &'o NewOrder>) -> Vec<StockLine> {
    let lines = |order: &'o NewOrder| {
        let of = order.id;
        order.items.iter().map(move |item| StockLine {
            variant: item.variant,
            units: item.quantity.units(),
            order: of,
        })
    };
    orders.into_iter().flat_map(lines).collect()
}
