//! Orders as they are read: whole, with items, parcels, returns and timeline.

use db::Conn;
use types::{CheckoutId, Limit, OrderId, Page, UserId, VendorId};

use super::{Item, Order, OrderHead, OrderStatus, TimelineEntry, store};
use crate::fulfilment::{self, Shipment};
use crate::returns::{self, Return};
use crate::{Error, Result};

/// Which page of a list of orders, newest first.
#[derive(Debug, Clone, Copy)]
pub struct OrderQuery {
    /// Only those in this state.
    pub status: Option<OrderStatus>,
    /// Only those older than this one.
    pub before: Option<OrderId>,
    /// How many.
    pub limit: Limit,
}

/// The order without what belongs to it, when there is one. Whoever shows it checks whose it is.
pub async fn find_head(conn: &mut Conn, order: OrderId) -> Result<Option<OrderHead>> {
    store::find(conn, order).await
}

/// The order with what belongs to it.
pub async fn whole(conn: &mut Conn, head: OrderHead) -> Result<Order> {
    let order = complete(conn, vec![head]).await?.pop();
    order.ok_or_else(|| Error::internal("an order was lost while it was read"))
}

/// The whole order, when there is one. Whoever shows it checks whose it is.
pub async fn find(conn: &mut Conn, order: OrderId) -> Result<Option<Order>> {
    let head = store::find(conn, order).await?;
    Ok(complete(conn, head.into_iter().collect()).await?.pop())
}

/// All orders of a checkout.
pub async fn of_checkout(conn: &mut Conn, checkout: CheckoutId) -> Result<Vec<Order>> {
    let heads = store::of_checkout(conn, checkout).await?;
    complete(conn, heads).await
}

/// All orders of a checkout by id, without what belongs to them.
pub(crate) async fn heads_of_checkout(conn: &mut Conn, checkout: CheckoutId) -> Result<Vec<OrderHead>> {
    store::of_checkout(conn, checkout).await
}

/// A page of what `user` bought.
pub async fn of_buyer(conn: &mut Conn, user: UserId, query: OrderQuery) -> Result<Page<Order, OrderId>> {
    let heads = store::of_user(conn, user, query.status, query.before, query.limit).await?;
    page(conn, heads, query.limit).await
}

/// A page of what `vendor` is to fulfil, or has fulfilled.
pub async fn of_vendor(conn: &mut Conn, vendor: VendorId, query: OrderQuery) -> Result<Page<Order, OrderId>> {
    let heads = store::of_vendor(conn, vendor, query.status, query.before, query.limit).await?;
    page(conn, heads, query.limit).await
}

/// A page of all orders.
pub async fn list(conn: &mut Conn, query: OrderQuery) -> Result<Page<Order, OrderId>> {
    let heads = store::all(conn, query.status, query.before, query.limit).await?;
    page(conn, heads, query.limit).await
}

async fn page(conn: &mut Conn, heads: Vec<OrderHead>, limit: Limit) -> Result<Page<Order, OrderId>> {
    let Page { entries, next } = Page::cut(heads, limit, |head| head.id);
    Ok(Page { entries: complete(conn, entries).await?, next })
}

/// Reads what belongs to the orders: a few statements for all of them together.
async fn complete(conn: &mut Conn, heads: Vec<OrderHead>) -> Result<Vec<Order>> {
    use OrderStatus::{Delivered, Packed, Returned, Shipped};
    let among = |states: &[OrderStatus]| -> Vec<OrderId> {
        heads.iter().filter(|head| states.contains(&head.status)).map(|head| head.id).collect()
    };
    let all = among(OrderStatus::ALL);
    let mut parts = Parts {
        items: store::items_of(conn, &all).await?,
        timeline: store::timelines_of(conn, &all).await?,
        // Before an order is packed it has no parcels, before it is delivered no returns.
        shipments: fulfilment::of_orders(conn, &among(&[Packed, Shipped, Delivered, Returned])).await?,
        returns: returns::of_orders(conn, &among(&[Delivered, Returned])).await?,
    };
    Ok(heads.into_iter().map(|head| parts.assemble(head)).collect())
}

/// The children of several orders, each list in the order it was read.
struct Parts {
    items: Vec<Item>,
    timeline: Vec<TimelineEntry>,
    shipments: Vec<Shipment>,
    returns: Vec<Return>,
}

impl Parts {
    fn assemble(&mut self, head: OrderHead) -> Order {
        let id = head.id;
        Order {
            items: self.items.extract_if(.., |item| item.order == id).collect(),
            timeline: self.timeline.extract_if(.., |entry| entry.order == id).collect(),
            shipments: self.shipments.extract_if(.., |shipment| shipment.order == id).collect(),
            returns: self.returns.extract_if(.., |returned| returned.order == id).collect(),
            head,
        }
    }
}
