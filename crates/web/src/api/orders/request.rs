//! What requests about orders say.

use deserr::Deserr;
use marketplace::fulfilment::NewShipment;
use marketplace::orders::{Line, OrderQuery, OrderStatus};
use types::{FieldErrors, ItemId, OrderId, Prose, Quantity};
use utoipa::ToSchema;

use crate::extract::{FromQuery, QueryReader};

/// The query of a list of orders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OrderList(pub(crate) OrderQuery);

impl FromQuery for OrderList {
    fn from_query(query: &mut QueryReader) -> Self {
        let page = query.page::<i64>();
        let status = query.optional::<OrderStatus>("status");
        Self(OrderQuery { status, before: page.after.map(OrderId::from_i64), limit: page.limit })
    }
}

/// Why an order is cancelled.
#[derive(Debug, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"reason": "ordered twice"}))]
pub(crate) struct CancelRequest {
    #[deserr(default)]
    pub(crate) reason: Option<Prose<500>>,
}

/// Why something is refused.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"reason": "we can't get it any more"}))]
pub(crate) struct RejectRequest {
    pub(crate) reason: Prose<500>,
}

/// Units of an item.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub(crate) struct LineRequest {
    item_id: ItemId,
    quantity: Quantity,
}

/// The lines as the marketplace knows them.
pub(crate) fn lines(items: &[LineRequest]) -> Vec<Line> {
    items.iter().map(|line| Line { item: line.item_id, quantity: line.quantity }).collect()
}

/// What goes back, and why.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"items": [{"item_id": "item_0AXS751X00W7C", "quantity": 1}], "reason": "does not fit"}))]
pub(crate) struct ReturnRequest {
    pub(crate) items: Vec<LineRequest>,
    pub(crate) reason: Prose<500>,
}

/// A parcel: without `items` everything that is left.
#[derive(Debug, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"carrier": "DHL", "tracking_number": "00340434161094042557"}))]
pub(crate) struct ShipRequest {
    #[deserr(default)]
    carrier: Option<types::Line<50>>,
    #[deserr(default)]
    tracking_number: Option<types::Line<100>>,
    #[deserr(default)]
    items: Option<Vec<LineRequest>>,
}

impl ShipRequest {
    /// The parcel.
    pub(crate) fn shipment(&self) -> NewShipment {
        NewShipment {
            carrier: self.carrier.as_ref().map(ToString::to_string),
            tracking_number: self.tracking_number.as_ref().map(ToString::to_string),
            lines: self.items.as_deref().map(lines),
        }
    }
}

/// Whether returned units can be sold again.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"restock": true}))]
pub(crate) struct ReceiveRequest {
    pub(crate) restock: bool,
}
