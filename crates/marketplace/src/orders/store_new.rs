//! SQL of what is added: orders with their items, and the entries of their timelines.

use db::{Insert, Kind::Int, Kind::Text, Tx, params};
use types::{OrderId, Timestamp, UserId};

use super::new::NewOrder;
use super::{Breakdown, OrderStatus, Party};
use crate::pricing::Adjustment;
use crate::shipping::ShippingOption;
use crate::{Market, Result};

/// What is inserted in bulk.
pub(crate) const INSERTS: &[&Insert] = &[&INSERT, &INSERT_ITEMS, &INSERT_EVENTS];

static INSERT: Insert = Insert::new(
    "orders",
    &[
        ("id", Int),
        ("checkout_id", Int),
        ("vendor_id", Int),
        ("user_id", Int),
        ("number", Text),
        ("status", Text),
        ("fulfilment", Text),
        ("items_total", Int),
        ("discount_total", Int),
        ("shipping_total", Int),
        ("tax_total", Int),
        ("total", Int),
        ("included_tax", Int),
        ("shipping_tax", Int),
        ("promoted", Int),
        ("platform_tax", Int),
        ("shipping_method", Text),
        ("adjustments", Text),
        ("commission_bps", Int),
        ("commission", Int),
        ("started_at", Int),
        ("captured_at", Int),
        ("created_at", Int),
        ("updated_at", Int),
    ],
);

static INSERT_ITEMS: Insert = Insert::new(
    "order_items",
    &[
        ("id", Int),
        ("order_id", Int),
        ("product_id", Int),
        ("variant_id", Int),
        ("title", Text),
        ("variant_title", Text),
        ("sku", Text),
        ("image", Text),
        ("quantity", Int),
        ("unit_price", Int),
        ("final_unit_price", Int),
        ("line_total", Int),
        ("coupon_discount", Int),
        ("tax", Int),
        ("adjustments", Text),
        ("limited_for", Text),
    ],
);

pub(super) async fn insert(tx: &mut Tx, orders: &[&NewOrder]) -> Result<()> {
    let derived: Vec<_> = orders
        .iter()
        .map(|order| {
            let sums = (order.items_total(), order.total(), order.commission());
            let Breakdown { shipping, adjustments, .. } = &order.breakdown;
            let shipping = shipping.as_ref().and_then(ShippingOption::to_json);
            let kept = (shipping, Adjustment::to_json(adjustments));
            let since = (order.started_at(), order.captured_at());
            (order.number(), order.status(), sums, since, kept)
        })
        .collect();
    let rows: Vec<_> = orders
        .iter()
        .zip(&derived)
        .map(
            |(
                order,
                (
                    number,
                    status,
                    (items_total, total, commission),
                    (started_at, captured_at),
                    (shipping, adjustments),
                ),
            )| {
                *params![
                    order.id,
                    order.checkout,
                    order.vendor.id,
                    order.user,
                    *number,
                    *status,
                    order.fulfilment,
                    *items_total,
                    order.discount_total,
                    order.shipping_total,
                    order.tax_total,
                    *total,
                    order.breakdown.included_tax,
                    order.breakdown.shipping_tax,
                    order.breakdown.promoted,
                    order.breakdown.platform_tax,
                    *shipping,
                    *adjustments,
                    order.commission_bps,
                    *commission,
                    *started_at,
                    *captured_at,
                    order.created_at,
                    order.created_at
                ]
            },
        )
        .collect();
    tx.insert_many(&INSERT, &rows).await?;
    insert_items(tx, orders).await
}

async fn insert_items(tx: &mut Tx, orders: &[&NewOrder]) -> Result<()> {
    let lines: Vec<_> = orders
        .iter()
        .flat_map(|order| {
            order
                .items
                .iter()
                .map(|item| (order.id, item, item.line_total(), Adjustment::to_json(&item.adjustments)))
        })
        .collect();
    let rows: Vec<_> = lines
        .iter()
        .map(|(order, item, line_total, adjustments)| {
            *params![
                item.id,
                *order,
                item.product,
                item.variant,
                item.title,
                item.variant_title,
                item.sku,
                item.image,
                item.quantity,
                item.unit_price,
                item.final_unit_price,
                *line_total,
                item.coupon_discount,
                item.tax,
                *adjustments,
                item.limited_for
            ]
        })
        .collect();
    tx.insert_many(&INSERT_ITEMS, &rows).await?;
    Ok(())
}

static INSERT_EVENTS: Insert = Insert::new(
    "order_events",
    &[
        ("id", Int),
        ("order_id", Int),
        ("at", Int),
        ("actor", Text),
        ("actor_id", Int),
        ("from_status", Text),
        ("to_status", Text),
        ("note", Text),
    ],
);

/// An entry to be added to a timeline.
pub(super) struct NewEvent<'a> {
    pub(super) at: Timestamp,
    pub(super) order: OrderId,
    pub(super) party: Party,
    pub(super) user: Option<UserId>,
    pub(super) from: Option<OrderStatus>,
    pub(super) to: OrderStatus,
    pub(super) note: Option<&'a str>,
}

pub(super) async fn insert_events(tx: &mut Tx, market: &Market, events: &[NewEvent<'_>]) -> Result<()> {
    let ids: Vec<_> = events.iter().map(|_| market.id::<types::kind::Event>()).collect();
    let rows: Vec<_> = events
        .iter()
        .zip(&ids)
        .map(|(event, id)| {
            *params![*id, event.order, event.at, event.party, event.user, event.from, event.to, event.note]
        })
        .collect();
    Ok(tx.insert_many(&INSERT_EVENTS, &rows).await?)
}
