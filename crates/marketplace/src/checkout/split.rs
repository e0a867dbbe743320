//! One order per vendor: what each takes over from the cart at the moment of the purchase.

use types::{IdGenerator, kind};

use super::Checkout;
use crate::Settings;
use crate::cart::{Cart, Group, Line};
use crate::catalog::stock::StockLine;
use crate::orders::{NewItem, NewOrder, VendorName};

/// The orders of a checkout, one for each vendor of the cart, in the cart's order. Titles, prices and the
/// commission are written down here, so that nothing that changes later reaches them.
pub(super) fn split(
    cart: &Cart,
    checkout: &Checkout,
    settings: &Settings,
    ids: &IdGenerator,
) -> Vec<NewOrder> {
    cart.groups().iter().map(|group| order(group, checkout, settings, ids)).collect()
}

fn order(group: &Group<'_>, checkout: &Checkout, settings: &Settings, ids: &IdGenerator) -> NewOrder {
    let totals = group.totals();
    NewOrder {
        id: ids.next::<kind::Order>(checkout.created_at),
        checkout: checkout.id,
        vendor: VendorName {
            id: group.vendor.id,
            slug: group.vendor.slug.clone(),
            name: group.vendor.name.clone(),
        },
        user: checkout.user,
        starts: !checkout.payment_method.is_prepaid(),
        fulfilment: group.vendor.fulfilment.unwrap_or(settings.fulfilment),
        discount_total: totals.discount,
        shipping_total: totals.shipping,
        tax_total: totals.tax,
        commission_bps: group.vendor.commission_bps.unwrap_or(settings.commission_bps),
        items: group.lines.iter().map(|line| item(line, checkout, ids)).collect(),
        created_at: checkout.created_at,
    }
}

fn item(line: &Line, checkout: &Checkout, ids: &IdGenerator) -> NewItem {
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
