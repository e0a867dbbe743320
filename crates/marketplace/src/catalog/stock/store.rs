//! SQL of the stock.

use std::collections::HashMap;

use db::{Asked, Conn, Insert, Kind, Many, Stmt, ToValue, Tx, Value, params};
use types::{EventId, Limit, OrderId, ProductId, StockLevel, Timestamp, VariantId};

use super::Movement;
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    TAKE.stmt(),
    GIVE.stmt(),
    LOCK_ALL.stmt(),
    AVAILABLE.stmt(),
    &LOCK,
    &SET,
    &INSERT,
    &MOVEMENTS,
    COUNT_SALES.stmt(),
];

pub(crate) const INSERTS: &[&Insert] = &[&INSERT_MANY];

/// What a lower stock does to the mark that its seller is to be told: it is set when the stock falls to the
/// variant's threshold, or to its shop's. See `catalog::low_stock`.
macro_rules! marked {
    ($left:literal) => {
        concat!(
            "low_to_tell = CASE
                WHEN COALESCE(variants.low_stock, (SELECT s.low_stock FROM vendors s WHERE s.id = variants.vendor_id))
                     BETWEEN ",
            $left,
            " AND variants.stock - 1
                THEN 1 ELSE variants.low_to_tell END"
        )
    };
}

/// PostgreSQL locks the rows in the order of their ids before it changes one: two batches that want the same
/// variants wait for one another, never in a circle.
static TAKE: Many = Many::new(
    &[Kind::Int, Kind::Int],
    concat!(
        "UPDATE variants SET stock = stock - $2, ",
        marked!("variants.stock - $2"),
        " WHERE id = $1 AND archived_at IS NULL AND stock >= $2 RETURNING id, stock"
    ),
    concat!(
        "WITH wanted AS (
            SELECT v.id, d.units FROM unnest($1::BIGINT[], $2::BIGINT[]) AS d(id, units)
            JOIN variants v ON v.id = d.id ORDER BY v.id FOR NO KEY UPDATE OF v)
         UPDATE variants SET stock = stock - wanted.units, ",
        marked!("variants.stock - wanted.units"),
        " FROM wanted
         WHERE variants.id = wanted.id AND variants.archived_at IS NULL AND variants.stock >= wanted.units
         RETURNING variants.id, variants.stock"
    ),
);

/// Takes units of variants, each once; answers the stock that is left of those that had enough.
pub(super) async fn ask_take(
    tx: &mut Tx,
    units: &[(VariantId, i64)],
) -> Result<Asked<HashMap<VariantId, i64>>> {
    ask_left_after(tx, &TAKE, units).await
}

static GIVE: Many = Many::new(
    &[Kind::Int, Kind::Int],
    "UPDATE variants SET stock = stock + $2 WHERE id = $1 RETURNING id, stock",
    "WITH given AS (
        SELECT v.id, d.units FROM unnest($1::BIGINT[], $2::BIGINT[]) AS d(id, units)
        JOIN variants v ON v.id = d.id ORDER BY v.id FOR NO KEY UPDATE OF v)
     UPDATE variants SET stock = stock + given.units FROM given WHERE variants.id = given.id
     RETURNING variants.id, variants.stock",
);

/// Gives units of variants back, each once; answers the stock that there is then.
pub(super) async fn give(tx: &mut Tx, units: &[(VariantId, i64)]) -> Result<HashMap<VariantId, i64>> {
    let left = ask_left_after(tx, &GIVE, units).await?;
    Ok(tx.answer(left).await?)
}

async fn ask_left_after(
    tx: &mut Tx,
    change: &'static Many,
    units: &[(VariantId, i64)],
) -> Result<Asked<HashMap<VariantId, i64>>> {
    let sets: Vec<[Value<'_>; 2]> = units.iter().map(|(variant, units)| *params![*variant, *units]).collect();
    let left: Asked<Vec<(VariantId, i64)>> = tx.ask_of(change, &sets).await?;
    Ok(left.map(|rows| rows.into_iter().collect()))
}

static LOCK_ALL: Many = Many::new(
    &[Kind::Int],
    "SELECT id FROM variants WHERE id = $1",
    "SELECT id FROM variants WHERE id = ANY($1::BIGINT[]) ORDER BY id FOR NO KEY UPDATE",
);

/// Locks variants, in the order of their ids.
pub(super) async fn lock_all(tx: &mut Tx, variants: &[VariantId]) -> Result<()> {
    let sets: Vec<[Value<'_>; 1]> = variants.iter().map(|variant| [variant.to_value()]).collect();
    let _: Vec<(VariantId,)> = tx.all_of(&LOCK_ALL, &sets).await?;
    Ok(())
}

static AVAILABLE: Many = Many::new(
    &[Kind::Int],
    "SELECT id, stock FROM variants WHERE id = $1 AND archived_at IS NULL",
    "SELECT id, stock FROM variants WHERE id = ANY($1::BIGINT[]) AND archived_at IS NULL",
);

/// The units that can be bought; a variant that is archived or unknown is left out.
pub(super) async fn available(conn: &mut Conn, variants: &[VariantId]) -> Result<HashMap<VariantId, i64>> {
    let sets: Vec<[Value<'_>; 1]> = variants.iter().map(|variant| [variant.to_value()]).collect();
    Ok(conn.all_of::<(VariantId, i64), _>(&AVAILABLE, &sets).await?.into_iter().collect())
}

static LOCK: Stmt = Stmt::with_postgres(
    "SELECT stock, product_id, archived_at FROM variants WHERE id = $1",
    "SELECT stock, product_id, archived_at FROM variants WHERE id = $1 FOR NO KEY UPDATE",
);

/// A variant whose stock nobody else changes before this transaction ends.
pub(super) struct Locked {
    pub(super) stock: i64,
    pub(super) product: ProductId,
    pub(super) archived_at: Option<Timestamp>,
}

db::from_row!(Locked { stock, product, archived_at });

/// Locks a variant until the transaction ends; `None` when there is none.
pub(super) async fn lock(tx: &mut Tx, variant: VariantId) -> Result<Option<Locked>> {
    Ok(tx.opt(&LOCK, params![variant]).await?)
}

static SET: Stmt = Stmt::new(concat!("UPDATE variants SET stock = $2, ", marked!("$2"), " WHERE id = $1"));

/// Sets the stock of a variant that is locked.
pub(super) async fn set(tx: &mut Tx, variant: VariantId, level: StockLevel) -> Result<()> {
    tx.exec_n(1, &SET, params![variant, level]).await?;
    Ok(())
}

/// Sets the stocks of variants that are locked: the variant, its stock, and what that differs by.
pub(super) async fn set_many(tx: &mut Tx, moves: &[(VariantId, i64, i64)]) -> Result<()> {
    let sets: Vec<[Value<'_>; 2]> =
        moves.iter().map(|(variant, stock, _)| *params![*variant, *stock]).collect();
    tx.exec_each(&SET, &sets).await?;
    Ok(())
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO stock_movements (id, variant_id, delta, reason, stock_after, actor_id, note, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);

pub(super) async fn insert(tx: &mut Tx, movement: &Movement) -> Result<()> {
    let Movement { id, variant, delta, reason, stock_after, actor, note, at } = movement;
    tx.exec_n(1, &INSERT, params![id, variant, delta, reason, stock_after, actor, note, at]).await?;
    Ok(())
}

static INSERT_MANY: Insert = Insert::new(
    "stock_movements",
    &[
        ("id", Kind::Int),
        ("variant_id", Kind::Int),
        ("delta", Kind::Int),
        ("reason", Kind::Text),
        ("stock_after", Kind::Int),
        ("actor_id", Kind::Int),
        ("note", Kind::Text),
        ("order_id", Kind::Int),
        ("at", Kind::Int),
    ],
);

/// Inserts movements, each with the order that it is for.
pub(super) async fn insert_many(tx: &mut Tx, movements: &[(Movement, Option<OrderId>)]) -> Result<()> {
    let rows: Vec<_> = movements
        .iter()
        .map(|(made, order)| {
            *params![
                made.id,
                made.variant,
                made.delta,
                made.reason,
                made.stock_after,
                made.actor,
                made.note,
                *order,
                made.at
            ]
        })
        .collect();
    Ok(tx.insert_many(&INSERT_MANY, &rows).await?)
}

static MOVEMENTS: Stmt = Stmt::new(
    "SELECT id, variant_id, delta, reason, stock_after, actor_id, note, at
     FROM stock_movements
     WHERE variant_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR id < $2)
     ORDER BY id DESC LIMIT $3",
);

pub(super) async fn movements(
    conn: &mut Conn,
    variant: VariantId,
    limit: Limit,
    after: Option<EventId>,
) -> Result<Vec<Movement>> {
    Ok(conn.all(&MOVEMENTS, params![variant, after, limit.plus_one()]).await?)
}

static COUNT_SALES: Many = Many::new(
    &[Kind::Int, Kind::Int],
    "UPDATE products SET units_sold = units_sold + $2 WHERE id = $1",
    "WITH sold AS (
        SELECT p.id, d.units FROM unnest($1::BIGINT[], $2::BIGINT[]) AS d(id, units)
        JOIN products p ON p.id = d.id ORDER BY p.id FOR NO KEY UPDATE OF p)
     UPDATE products SET units_sold = units_sold + sold.units FROM sold WHERE products.id = sold.id",
);

/// Counts sales of products, each once.
pub(super) async fn count_sales(tx: &mut Tx, sales: &[(ProductId, i64)]) -> Result<()> {
    let sets: Vec<[Value<'_>; 2]> = sales.iter().map(|(product, units)| *params![*product, *units]).collect();
    tx.exec_of(&COUNT_SALES, &sets).await?;
    Ok(())
}
