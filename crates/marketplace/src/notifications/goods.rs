//! Mails to sellers about what they sell.

use db::Conn;
use types::{ProductId, VariantId, VendorId};

use super::content::{LowStock, Reviewed, Shelf};
use super::letters::{self, Frame, Rendered};
use super::news::{News, there, written};
use super::store;
use crate::jobs::Failure;

/// A product that an operator has looked at.
pub(super) async fn reviewed(
    conn: &mut Conn,
    product: i64,
    letter: fn(&Reviewed, &Frame<'_>) -> askama::Result<Rendered>,
) -> Result<News, Failure> {
    let row = there(store::reviewed(conn, ProductId::from_i64(product)).await?)?;
    let recipients = store::managers(conn, row.vendor).await?;
    let content = Reviewed { title: row.title, shop: row.shop, reason: row.reason };
    Ok(News::of(recipients, written(letter, content)))
}

/// Stocks that fell to their threshold, as they are now.
pub(super) async fn low_stock(conn: &mut Conn, vendor: i64, variants: &[i64]) -> Result<News, Failure> {
    let id = VendorId::from_i64(vendor);
    let shop = there(store::vendor(conn, id).await?)?.name;
    let recipients = store::managers(conn, id).await?;
    let variants: Vec<VariantId> = variants.iter().copied().map(VariantId::from_i64).collect();
    let shelves = store::shelves(conn, &variants).await?;
    let shelf = |row: store::Shelf| Shelf {
        title: row.title,
        variant: Some(row.variant_title).filter(|title| !title.is_empty()),
        sku: row.sku,
        stock: row.stock,
    };
    let content = LowStock { shop, shelves: shelves.into_iter().map(shelf).collect() };
    Ok(News::of(recipients, written(letters::low_stock, content)))
}
