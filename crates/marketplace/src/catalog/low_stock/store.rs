//! SQL of the low stocks.

use db::{Conn, Stmt, Tx, params};
use types::{StockLevel, VariantId, VendorId};

use super::Fallen;
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[&FALLEN, &CLEAR, &OF_SHOP, &SET_FOR_SHOP];

static FALLEN: Stmt = Stmt::new(
    "SELECT v.id, v.vendor_id,
            CASE WHEN v.archived_at IS NULL AND v.stock <= COALESCE(v.low_stock, s.low_stock) THEN 1 ELSE 0 END
     FROM variants v JOIN vendors s ON s.id = v.vendor_id
     WHERE v.low_to_tell = 1 ORDER BY v.vendor_id, v.id LIMIT $1",
);

/// Variants whose stock fell to their threshold and whose sellers were not told, a shop's together.
pub(super) async fn fallen(conn: &mut Conn, most: i64) -> Result<Vec<Fallen>> {
    let rows: Vec<(VariantId, VendorId, i64)> = conn.all(&FALLEN, params![most]).await?;
    let fallen = |(variant, vendor, low)| Fallen { variant, vendor, still_low: low == 1 };
    Ok(rows.into_iter().map(fallen).collect())
}

static CLEAR: Stmt = Stmt::new("UPDATE variants SET low_to_tell = 0 WHERE id = $1 AND low_to_tell = 1");

/// Takes the mark off; `false` when somebody else did.
pub(super) async fn clear(tx: &mut Tx, variant: VariantId) -> Result<bool> {
    Ok(tx.exec(&CLEAR, params![variant]).await? == 1)
}

static OF_SHOP: Stmt = Stmt::new("SELECT low_stock FROM vendors WHERE id = $1");

pub(super) async fn of_shop(conn: &mut Conn, vendor: VendorId) -> Result<Option<StockLevel>> {
    let (threshold,) = conn.one(&OF_SHOP, params![vendor]).await?;
    Ok(threshold)
}

static SET_FOR_SHOP: Stmt = Stmt::new("UPDATE vendors SET low_stock = $2 WHERE id = $1");

pub(super) async fn set_for_shop(tx: &mut Tx, vendor: VendorId, threshold: Option<StockLevel>) -> Result<()> {
    tx.exec_n(1, &SET_FOR_SHOP, params![vendor, threshold]).await?;
    Ok(())
}
