//! SQL of the low stocks.

use db::{Conn, Stmt, Tx, params};
use types::{EventId, StockLevel, Timestamp, VendorId};

use super::Crossing;
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&LOOKED_UNTIL, &LOOK_UNTIL, &CROSSINGS, &TELL, &OF_SHOP, &SET_FOR_SHOP];

static LOOKED_UNTIL: Stmt = Stmt::new("SELECT value FROM settings WHERE name = 'low_stock_looked_until'");

/// Until when movements were looked at.
pub(super) async fn looked_until(conn: &mut Conn) -> Result<Option<Timestamp>> {
    let found: Option<(String,)> = conn.opt(&LOOKED_UNTIL, params![]).await?;
    Ok(found.and_then(|(micros,)| micros.parse().ok()).map(Timestamp::from_micros))
}

static LOOK_UNTIL: Stmt = Stmt::new(
    "INSERT INTO settings (name, value) VALUES ('low_stock_looked_until', $1)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value",
);

pub(super) async fn look_until(tx: &mut Tx, now: Timestamp) -> Result<()> {
    let micros = now.as_micros().to_string();
    tx.exec_n(1, &LOOK_UNTIL, params![micros]).await?;
    Ok(())
}

static CROSSINGS: Stmt = Stmt::new(
    "SELECT m.id, v.id, v.vendor_id
     FROM stock_movements m
     JOIN variants v ON v.id = m.variant_id
     JOIN vendors s ON s.id = v.vendor_id
     WHERE m.id >= $1 AND m.delta < 0
       AND m.stock_after <= COALESCE(v.low_stock, s.low_stock)
       AND m.stock_after - m.delta > COALESCE(v.low_stock, s.low_stock)
       AND v.stock <= COALESCE(v.low_stock, s.low_stock)
       AND v.archived_at IS NULL AND (v.low_stock_told IS NULL OR v.low_stock_told < m.id)
     ORDER BY m.id LIMIT $2",
);

/// Movements from `since` on by which a stock fell to its threshold, where it still is and nobody was told.
pub(super) async fn crossings(conn: &mut Conn, since: EventId, most: i64) -> Result<Vec<Crossing>> {
    Ok(conn.all(&CROSSINGS, params![since, most]).await?)
}

static TELL: Stmt = Stmt::new(
    "UPDATE variants SET low_stock_told = $2
     WHERE id = $1 AND (low_stock_told IS NULL OR low_stock_told < $2)",
);

/// `false` when somebody else told of this crossing or of a later one.
pub(super) async fn tell(tx: &mut Tx, crossing: &Crossing) -> Result<bool> {
    Ok(tx.exec(&TELL, params![crossing.variant, crossing.movement]).await? == 1)
}

static OF_SHOP: Stmt = Stmt::new("SELECT low_stock FROM vendors WHERE id = $1");

pub(super) async fn of_shop(conn: &mut Conn, vendor: VendorId) -> Result<Option<StockLevel>> {
    let found: Option<(Option<StockLevel>,)> = conn.opt(&OF_SHOP, params![vendor]).await?;
    Ok(found.and_then(|(threshold,)| threshold))
}

static SET_FOR_SHOP: Stmt = Stmt::new("UPDATE vendors SET low_stock = $2 WHERE id = $1");

pub(super) async fn set_for_shop(tx: &mut Tx, vendor: VendorId, threshold: Option<StockLevel>) -> Result<()> {
    tx.exec_n(1, &SET_FOR_SHOP, params![vendor, threshold]).await?;
    Ok(())
}
