//! SQL of the images.

use db::{Conn, Stmt, ToValue, Tx, Value, params};
use types::{ImageId, ProductId, Timestamp};

use super::{Image, Stored};
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&OF_PRODUCT, &INSERT, &SET_POSITION, &WAS_SOLD, &MARK_REMOVED, &DELETE, &DELETE_OF, &IS_USED];

static OF_PRODUCT: Stmt = Stmt::new(
    "SELECT id, product_id, content_hash, format, width, height, alt
     FROM images WHERE product_id = $1 AND removed_at IS NULL
     ORDER BY position, id LIMIT 20",
);

pub(super) async fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Image>> {
    Ok(conn.all(&OF_PRODUCT, params![product]).await?)
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO images (id, product_id, position, content_hash, format, width, height, alt, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);

pub(super) async fn insert(
    tx: &mut Tx,
    (id, product): (ImageId, ProductId),
    position: i64,
    (picture, alt): (&Stored, &str),
    now: Timestamp,
) -> Result<()> {
    let (width, height) = picture.size();
    let (hash, format) = (picture.hash(), picture.format());
    let values = params![id, product, position, hash, format, width, height, alt, now];
    tx.exec_n(1, &INSERT, values).await?;
    Ok(())
}

static SET_POSITION: Stmt = Stmt::new("UPDATE images SET position = $2 WHERE id = $1");

/// Numbers images from 0 in this order.
pub(super) async fn set_positions(tx: &mut Tx, order: &[ImageId]) -> Result<()> {
    let sets: Vec<_> = (0..).zip(order).map(|(position, id)| [id.to_value(), Value::Int(position)]).collect();
    tx.exec_each(&SET_POSITION, &sets).await?;
    Ok(())
}

static WAS_SOLD: Stmt = Stmt::new(
    "SELECT m.id FROM variants v JOIN stock_movements m ON m.variant_id = v.id
     WHERE v.product_id = $1 AND m.order_id IS NOT NULL LIMIT 1",
);

/// Whether an order of the product was ever made.
pub(super) async fn was_sold(conn: &mut Conn, product: ProductId) -> Result<bool> {
    let found: Option<(i64,)> = conn.opt(&WAS_SOLD, params![product]).await?;
    Ok(found.is_some())
}

static MARK_REMOVED: Stmt = Stmt::new("UPDATE images SET removed_at = $2 WHERE id = $1");

pub(super) async fn mark_removed(tx: &mut Tx, id: ImageId, now: Timestamp) -> Result<()> {
    tx.exec_n(1, &MARK_REMOVED, params![id, now]).await?;
    Ok(())
}

static DELETE: Stmt = Stmt::new("DELETE FROM images WHERE id = $1");

pub(super) async fn delete(tx: &mut Tx, id: ImageId) -> Result<()> {
    tx.exec_n(1, &DELETE, params![id]).await?;
    Ok(())
}

static DELETE_OF: Stmt =
    Stmt::new("DELETE FROM images WHERE product_id = $1 AND content_hash = $2 AND removed_at IS NULL");

pub(super) async fn delete_of(tx: &mut Tx, product: ProductId, hash: &str) -> Result<()> {
    tx.exec(&DELETE_OF, params![product, hash]).await?;
    Ok(())
}

static IS_USED: Stmt = Stmt::new("SELECT id FROM images WHERE content_hash = $1 ORDER BY id LIMIT 1");

/// Whether a product has, or had when it was sold, an image of this content.
pub(super) async fn is_used(conn: &mut Conn, hash: &str) -> Result<bool> {
    let found: Option<(ImageId,)> = conn.opt(&IS_USED, params![hash]).await?;
    Ok(found.is_some())
}
