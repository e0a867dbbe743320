//! Returns: delivered items that go back to the seller, and the money that goes back for them.

mod model;
mod store;

pub use model::{Return, ReturnItem, ReturnStatus};

pub(crate) use store::STATEMENTS;

use db::Conn;
use types::OrderId;

use crate::Result;

/// The returns of several orders, oldest first within each.
pub(crate) async fn of_orders(conn: &mut Conn, orders: &[OrderId]) -> Result<Vec<Return>> {
    let returns = store::of_orders(conn, orders).await?;
    with_items(conn, returns).await
}

async fn with_items(conn: &mut Conn, mut returns: Vec<Return>) -> Result<Vec<Return>> {
    let ids: Vec<_> = returns.iter().map(|found| found.id).collect();
    let mut items = store::items_of(conn, &ids).await?;
    for found in &mut returns {
        found.items = items.extract_if(.., |item| item.returned == found.id).collect();
    }
    Ok(returns)
}
