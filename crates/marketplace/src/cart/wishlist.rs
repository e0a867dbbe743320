//! The wishlist: products that a user thinks of buying.

use db::{Conn, Stmt, Tx, params};
use types::{Limit, Page, ProductId, Timestamp, UserId};

use crate::error::Refusal;
use crate::{Market, Result};

/// A product that a user thinks of buying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// The product.
    pub product: ProductId,
    /// Since when.
    pub added_at: Timestamp,
}

db::from_row!(Wish { product, added_at });

/// A place in a wishlist, which goes from the newest wish to the oldest.
pub type WishPlace = (i64, i64);

pub(crate) const STATEMENTS: &[&Stmt] = &[&FIND_PRODUCT, &INSERT, &DELETE, &LIST];

static FIND_PRODUCT: Stmt = Stmt::new(
    "SELECT p.id FROM products p JOIN vendors s ON s.id = p.vendor_id
     WHERE p.id = $1 AND p.status = 'published' AND s.status = 'accepted'",
);

static INSERT: Stmt = Stmt::new(
    "INSERT INTO wishlist_items (user_id, product_id, added_at) VALUES ($1, $2, $3)
     ON CONFLICT (user_id, product_id) DO NOTHING",
);

/// Adds a product, if it is not there yet. One that nobody can see is `not_found`.
pub async fn add(tx: &mut Tx, market: &Market, user: UserId, product: ProductId) -> Result<()> {
    let found: Option<(ProductId,)> = tx.opt(&FIND_PRODUCT, params![product]).await?;
    found.ok_or(Refusal::NotFound)?;
    tx.exec(&INSERT, params![user, product, market.now()]).await?;
    Ok(())
}

static DELETE: Stmt = Stmt::new("DELETE FROM wishlist_items WHERE user_id = $1 AND product_id = $2");

/// Takes a product off, if it is there.
pub async fn remove(tx: &mut Tx, user: UserId, product: ProductId) -> Result<()> {
    tx.exec(&DELETE, params![user, product]).await?;
    Ok(())
}

/// What can't be seen at the moment is left out, and comes back with its product.
static LIST: Stmt = Stmt::new(
    "SELECT w.product_id, w.added_at
     FROM wishlist_items w
     JOIN products p ON p.id = w.product_id
     JOIN vendors s ON s.id = p.vendor_id
     WHERE w.user_id = $1 AND p.status = 'published' AND s.status = 'accepted'
        AND (CAST($2 AS BIGINT) IS NULL OR (w.added_at, w.product_id) < ($2, $3))
     ORDER BY w.added_at DESC, w.product_id DESC LIMIT $4",
);

/// A page of a user's wishes, newest first.
pub async fn list(
    conn: &mut Conn,
    user: UserId,
    after: Option<WishPlace>,
    limit: Limit,
) -> Result<Page<Wish, WishPlace>> {
    let (added_at, product) = after.unzip();
    let wishes: Vec<Wish> = conn.all(&LIST, params![user, added_at, product, limit.plus_one()]).await?;
    Ok(Page::cut(wishes, limit, |wish| (wish.added_at.as_micros(), wish.product.as_i64())))
}
