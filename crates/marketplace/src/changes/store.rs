//! SQL of the feed.

use db::{Conn, FromRow, Insert, Kind, Row, Stmt, Tx, Value, params};
use types::{CategoryId, EventId, ProductId, VendorId};

use super::{Change, SHOWN_STOCK};
use crate::Result;
use crate::states::states;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&CHANGES_PAGE, &CHANGES_COUNT, &MOVEMENTS_PAGE, &MOVEMENTS_COUNT, &DROP_UNTIL];

pub(crate) const INSERTS: &[&Insert] = &[&INSERT];

/// Rows that are read at a time.
const PAGE: usize = 1_000;

states! {
    /// What a change is of.
    enum Subject {
        /// A product.
        Product = "product",
        /// A shop.
        Vendor = "vendor",
        /// A category.
        Category = "category",
    }
}

static INSERT: Insert =
    Insert::new("changes", &[("id", Kind::Int), ("kind", Kind::Text), ("subject", Kind::Int)]);

pub(super) async fn insert(tx: &mut Tx, rows: &[(EventId, Change)]) -> Result<()> {
    let row = |(id, change): &(EventId, Change)| {
        let (kind, subject) = match change {
            Change::Product(id) => (Subject::Product, id.as_i64()),
            Change::Vendor(id) => (Subject::Vendor, id.as_i64()),
            Change::Category(id) => (Subject::Category, id.as_i64()),
        };
        [Value::Int(id.as_i64()), Value::Text(kind.as_str()), Value::Int(subject)]
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    tx.insert_many(&INSERT, &rows).await?;
    Ok(())
}

/// A table whose rows tell of changes in the order of their identifiers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trail {
    /// What was recorded.
    Changes = 0,
    /// Movements of stock that the public sees.
    Movements = 1,
}

impl Trail {
    /// How many there are.
    pub(super) const COUNT: usize = 2;

    const fn page(self) -> &'static Stmt {
        match self {
            Self::Changes => &CHANGES_PAGE,
            Self::Movements => &MOVEMENTS_PAGE,
        }
    }

    const fn count(self) -> &'static Stmt {
        match self {
            Self::Changes => &CHANGES_COUNT,
            Self::Movements => &MOVEMENTS_COUNT,
        }
    }
}

static CHANGES_PAGE: Stmt = Stmt::new(
    "SELECT id, kind, subject FROM changes WHERE id > $1 AND CAST($3 AS BIGINT) > 0 ORDER BY id LIMIT $2",
);

static CHANGES_COUNT: Stmt =
    Stmt::new("SELECT COUNT(*) FROM changes WHERE id > $1 AND id <= $2 AND CAST($3 AS BIGINT) > 0");

static MOVEMENTS_PAGE: Stmt = Stmt::new(
    "SELECT m.id, 'product', v.product_id FROM stock_movements m CROSS JOIN variants v
     WHERE m.id > $1 AND (m.stock_after < $3 OR m.stock_after - m.delta < $3) AND v.id = m.variant_id
     ORDER BY m.id LIMIT $2",
);

static MOVEMENTS_COUNT: Stmt = Stmt::new(
    "SELECT COUNT(*) FROM stock_movements m
     WHERE m.id > $1 AND m.id <= $2 AND (m.stock_after < $3 OR m.stock_after - m.delta < $3)",
);

struct Found(EventId, Change);

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let (id, kind, subject): (EventId, Subject, i64) =
            (columns.read()?, columns.read()?, columns.read()?);
        columns.finish()?;
        let change = match kind {
            Subject::Product => Change::Product(ProductId::from_i64(subject)),
            Subject::Vendor => Change::Vendor(VendorId::from_i64(subject)),
            Subject::Category => Change::Category(CategoryId::from_i64(subject)),
        };
        Ok(Self(id, change))
    }
}

/// The rows after one, and the last of them when there may be more.
pub(super) async fn page(
    conn: &mut Conn,
    trail: Trail,
    after: EventId,
) -> Result<(Vec<(EventId, Change)>, Option<EventId>)> {
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let rows: Vec<Found> = conn.all(trail.page(), params![after, limit, SHOWN_STOCK]).await?;
    let next = if rows.len() == PAGE { rows.last().map(|Found(id, _)| *id) } else { None };
    Ok((rows.into_iter().map(|Found(id, change)| (id, change)).collect(), next))
}

pub(super) async fn count(conn: &mut Conn, trail: Trail, after: EventId, until: EventId) -> Result<usize> {
    let (rows,): (i64,) = conn.one(trail.count(), params![after, until, SHOWN_STOCK]).await?;
    Ok(usize::try_from(rows).unwrap_or(0))
}

static DROP_UNTIL: Stmt =
    Stmt::new("DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE id < $1 ORDER BY id LIMIT $2)");

pub(super) async fn drop_until(tx: &mut Tx, until: EventId, most: i64) -> Result<u64> {
    Ok(tx.exec(&DROP_UNTIL, params![until, most]).await?)
}
