//! How often products were sold: what the list of best sellers goes by.

use db::Tx;
use types::{OrderId, ProductId};

use super::{Item, store};
use crate::catalog::stock;
use crate::{Market, Result};

/// Counts the units of orders that were started as sold.
pub(super) async fn count(tx: &mut Tx, market: &Market, orders: &[OrderId]) -> Result<()> {
    let items = store::items_of(tx, orders).await?;
    stock::count_sales(tx, market, &sales(&items, 1)).await
}

/// Counts the units of a started order that is cancelled as not sold.
pub(super) async fn count_back(tx: &mut Tx, market: &Market, items: &[Item]) -> Result<()> {
    stock::count_sales(tx, market, &sales(items, -1)).await
}

fn sales(items: &[Item], sign: i64) -> Vec<(ProductId, i64)> {
    items.iter().map(|item| (item.product, sign * item.quantity.units())).collect()
}
