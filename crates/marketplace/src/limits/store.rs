//! SQL of the limits.

use std::collections::BTreeMap;

use db::{Asked, Conn, Kind, Many, Stmt, Tx, params};
use types::ProductId;

use super::Bought;
use crate::{Error, Result};

pub(crate) const STATEMENTS: &[&Stmt] = &[BOUGHT.stmt(), &COUNT, &GIVE_BACK];

static BOUGHT: Many = Many::new(
    &[Kind::Int, Kind::Text],
    "SELECT product_id, buyer, units FROM product_buyers WHERE product_id = $1 AND buyer = $2",
    "SELECT b.product_id, b.buyer, b.units
     FROM unnest($1::BIGINT[], $2::TEXT[]) AS d(product_id, buyer)
     CROSS JOIN LATERAL (
        SELECT product_id, buyer, units FROM product_buyers
        WHERE product_id = d.product_id AND buyer = d.buyer LIMIT 1) AS b",
);

pub(super) async fn ask_bought(conn: &mut Conn, wanted: &[(ProductId, String)]) -> Result<Asked<Bought>> {
    let sets: Vec<[db::Value<'_>; 2]> =
        wanted.iter().map(|(product, buyer)| *params![*product, *buyer]).collect();
    let rows: Asked<Vec<(ProductId, String, i64)>> = conn.ask_of(&BOUGHT, &sets).await?;
    let entry = |(product, buyer, units)| ((product, buyer), units);
    Ok(rows.map(move |rows| rows.into_iter().map(entry).collect()))
}

static COUNT: Stmt = Stmt::new(
    "INSERT INTO product_buyers (product_id, buyer, units) VALUES ($1, $2, $3)
     ON CONFLICT (product_id, buyer) DO UPDATE SET units = product_buyers.units + excluded.units
     WHERE product_buyers.units + excluded.units <= $4",
);

/// Counts the units of each product and buyer; `false` when one of them passes its limit.
pub(super) async fn count(tx: &mut Tx, sums: &BTreeMap<(ProductId, &str), (i64, i64)>) -> Result<bool> {
    let sets: Vec<_> = sums
        .iter()
        .map(|((product, buyer), (units, most))| *params![*product, *buyer, *units, *most])
        .collect();
    let changed = tx.exec_each(&COUNT, &sets).await?;
    Ok(changed.iter().all(|rows| *rows == 1))
}

static GIVE_BACK: Stmt =
    Stmt::new("UPDATE product_buyers SET units = units - $3 WHERE product_id = $1 AND buyer = $2");

pub(super) async fn give_back(tx: &mut Tx, sums: &BTreeMap<(ProductId, &str), i64>) -> Result<()> {
    let sets: Vec<_> =
        sums.iter().map(|((product, buyer), units)| *params![*product, *buyer, *units]).collect();
    let changed = tx.exec_each(&GIVE_BACK, &sets).await?;
    if changed.iter().all(|rows| *rows == 1) {
        Ok(())
    } else {
        Err(Error::internal("units were to be given back that nobody had counted"))
    }
}
