//! SQL of the images.

use db::{Conn, Stmt, params};
use types::ProductId;

use super::Image;
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[&OF_PRODUCT];

static OF_PRODUCT: Stmt = Stmt::new(
    "SELECT id, product_id, content_hash, format, width, height, alt
     FROM images WHERE product_id = $1 AND removed_at IS NULL
     ORDER BY position LIMIT 20",
);

pub(super) async fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Image>> {
    Ok(conn.all(&OF_PRODUCT, params![product]).await?)
}
