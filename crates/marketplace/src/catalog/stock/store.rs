//! SQL of the stock.

use db::{Conn, Insert, Kind, Stmt, Tx, Value, params};
use types::{EventId, Limit, OrderId, ProductId, StockLevel, Timestamp, VariantId};

use super::{Movement, StockLine, StockReason};
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &TAKE,
    &GIVE,
    &AVAILABLE,
    &RECORD,
    &ADJUST,
    &PRODUCT_OF,
    &LOCK,
    &SET,
    &LEVEL,
    &INSERT,
    &MOVEMENTS,
    &COUNT_SALES,
];

pub(crate) const INSERTS: &[&Insert] = &[&INSERT_MANY];

static TAKE: Stmt =
    Stmt::new("UPDATE variants SET stock = stock - $2 WHERE id = $1 AND archived_at IS NULL AND stock >= $2");

/// Takes the lines one by one; says of each whether there were enough units.
pub(super) async fn take(tx: &mut Tx, lines: &[StockLine]) -> Result<Vec<bool>> {
    let sets: Vec<_> = lines.iter().map(|line| [value(&line.variant), value(&line.units)]).collect();
    Ok(tx.exec_each(&TAKE, &sets).await?.into_iter().map(|changed| changed == 1).collect())
}

static GIVE: Stmt = Stmt::new("UPDATE variants SET stock = stock + $2 WHERE id = $1");

/// Gives the lines back; says how many variants were there.
pub(super) async fn give(tx: &mut Tx, lines: &[StockLine]) -> Result<usize> {
    let sets: Vec<_> = lines.iter().map(|line| [value(&line.variant), value(&line.units)]).collect();
    Ok(tx.exec_each(&GIVE, &sets).await?.into_iter().filter(|&changed| changed == 1).count())
}

static AVAILABLE: Stmt = Stmt::new("SELECT stock FROM variants WHERE id = $1 AND archived_at IS NULL");

/// The units that can be bought: none of a variant that is archived or unknown.
pub(super) async fn available(conn: &mut Conn, variant: VariantId) -> Result<i64> {
    let row: Option<(i64,)> = conn.opt(&AVAILABLE, params![variant]).await?;
    Ok(row.map_or(0, |(stock,)| stock))
}

/// A movement whose stock is read from the variant that was just changed.
pub(super) struct Entry {
    pub(super) id: EventId,
    pub(super) variant: VariantId,
    pub(super) delta: i64,
    pub(super) reason: StockReason,
    /// What later entries of the same variant change.
    pub(super) later: i64,
    pub(super) order: OrderId,
    pub(super) at: Timestamp,
}

static RECORD: Stmt = Stmt::new(
    "INSERT INTO stock_movements (id, variant_id, delta, reason, stock_after, order_id, at)
     SELECT CAST($1 AS BIGINT), v.id, CAST($3 AS BIGINT), CAST($4 AS TEXT), v.stock - CAST($5 AS BIGINT),
        CAST($6 AS BIGINT), CAST($7 AS BIGINT)
     FROM variants v WHERE v.id = $2",
);

/// Records what was just done to the variants, in the order in which it was done.
pub(super) async fn record(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    let set = |entry: &Entry| {
        [
            Value::Int(entry.id.as_i64()),
            Value::Int(entry.variant.as_i64()),
            Value::Int(entry.delta),
            Value::Text(entry.reason.as_str()),
            Value::Int(entry.later),
            Value::Int(entry.order.as_i64()),
            Value::Int(entry.at.as_micros()),
        ]
    };
    let sets: Vec<_> = entries.iter().map(set).collect();
    tx.exec_each(&RECORD, &sets).await?;
    Ok(())
}

static ADJUST: Stmt = Stmt::new(
    "UPDATE variants SET stock = stock + $2
     WHERE id = $1 AND archived_at IS NULL AND stock + $2 BETWEEN 0 AND 1000000000
     RETURNING stock",
);

/// The stock after the change; `None` when the guard refused it.
pub(super) async fn adjust(tx: &mut Tx, variant: VariantId, delta: i64) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx.opt(&ADJUST, params![variant, delta]).await?;
    Ok(row.map(|(stock,)| stock))
}

static PRODUCT_OF: Stmt = Stmt::new("SELECT product_id FROM variants WHERE id = $1");

pub(super) async fn product_of(conn: &mut Conn, variant: VariantId) -> Result<ProductId> {
    let (product,) = conn.one(&PRODUCT_OF, params![variant]).await?;
    Ok(product)
}

static LOCK: Stmt = Stmt::with_postgres(
    "SELECT stock FROM variants WHERE id = $1",
    "SELECT stock FROM variants WHERE id = $1 FOR UPDATE",
);

/// The stock, which nobody else changes before this transaction ends.
pub(super) async fn lock(tx: &mut Tx, variant: VariantId) -> Result<i64> {
    let (stock,): (i64,) = tx.one(&LOCK, params![variant]).await?;
    Ok(stock)
}

static SET: Stmt = Stmt::new("UPDATE variants SET stock = $2 WHERE id = $1");

/// Sets the stock of a variant that is locked.
pub(super) async fn set(tx: &mut Tx, variant: VariantId, level: StockLevel) -> Result<()> {
    tx.exec_n(1, &SET, params![variant, level]).await?;
    Ok(())
}

static LEVEL: Stmt = Stmt::new("SELECT stock, archived_at FROM variants WHERE id = $1");

/// The stock, and since when the variant is archived.
pub(super) async fn level(conn: &mut Conn, variant: VariantId) -> Result<Option<(i64, Option<Timestamp>)>> {
    Ok(conn.opt(&LEVEL, params![variant]).await?)
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
        ("at", Kind::Int),
    ],
);

/// Inserts movements whose stock is known already.
pub(super) async fn insert_many(tx: &mut Tx, movements: &[Movement]) -> Result<()> {
    let row = |movement: &Movement| {
        [
            Value::Int(movement.id.as_i64()),
            Value::Int(movement.variant.as_i64()),
            Value::Int(movement.delta),
            Value::Text(movement.reason.as_str()),
            Value::Int(movement.stock_after),
            movement.actor.map_or(Value::Null, |actor| Value::Int(actor.as_i64())),
            Value::Null,
            Value::Int(movement.at.as_micros()),
        ]
    };
    let rows: Vec<_> = movements.iter().map(row).collect();
    tx.insert_many(&INSERT_MANY, &rows).await?;
    Ok(())
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

static COUNT_SALES: Stmt = Stmt::new("UPDATE products SET units_sold = units_sold + $2 WHERE id = $1");

pub(super) async fn count_sales(tx: &mut Tx, sales: &[(ProductId, i64)]) -> Result<()> {
    let sets: Vec<_> = sales.iter().map(|(product, units)| [value(product), value(units)]).collect();
    tx.exec_each(&COUNT_SALES, &sets).await?;
    Ok(())
}

fn value<T: db::ToValue>(of: &T) -> Value<'_> {
    of.to_value()
}
