//! Returns as they are read, with their items.

use db::Conn;
use types::{Limit, OrderId, Page, ReturnId, VendorId};

use super::{Return, store};
use crate::Result;

/// The returns of several orders, oldest first within each.
pub(crate) async fn of_orders(conn: &mut Conn, orders: &[OrderId]) -> Result<Vec<Return>> {
    let returns = store::of_orders(conn, orders).await?;
    with_items(conn, returns).await
}

/// The return, when it is of something that `vendor` sold.
pub async fn find_of_vendor(conn: &mut Conn, vendor: VendorId, returned: ReturnId) -> Result<Option<Return>> {
    let found = store::find(conn, returned).await?.filter(|found| found.vendor == vendor);
    Ok(with_items(conn, found.into_iter().collect()).await?.pop())
}

/// A page of what buyers of `vendor` send back, newest first.
pub async fn of_vendor(
    conn: &mut Conn,
    vendor: VendorId,
    before: Option<ReturnId>,
    limit: Limit,
) -> Result<Page<Return, ReturnId>> {
    let returns = store::of_vendor(conn, vendor, before, limit).await?;
    let Page { entries, next } = Page::cut(returns, limit, |found| found.id);
    Ok(Page { entries: with_items(conn, entries).await?, next })
}

async fn with_items(conn: &mut Conn, mut returns: Vec<Return>) -> Result<Vec<Return>> {
    let ids: Vec<_> = returns.iter().map(|found| found.id).collect();
    let mut items = store::items_of(conn, &ids).await?;
    for found in &mut returns {
        found.items = items.extract_if(.., |item| item.returned == found.id).collect();
    }
    Ok(returns)
}
