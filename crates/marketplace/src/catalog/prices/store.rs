//! SQL of the history of prices.

use db::{Conn, FromRow, Insert, Kind, Row, Stmt, Tx, Value};
use types::{Discount, Money, Timestamp, VariantId, kind};

use super::Terms;
use crate::batch::{self, in_batch};
use crate::catalog::discounts::{self, DiscountColumns};
use crate::{Market, Result};

pub(crate) const STATEMENTS: &[&Stmt] = &[&OF_VARIANTS];
pub(crate) const INSERTS: &[&Insert] = &[&INSERT];

static INSERT: Insert = Insert::new(
    "price_history",
    &[
        ("id", Kind::Int),
        ("variant_id", Kind::Int),
        ("price", Kind::Int),
        ("discount_percent", Kind::Int),
        ("discount_amount", Kind::Int),
        ("discount_starts_at", Kind::Int),
        ("discount_ends_at", Kind::Int),
        ("valid_from", Kind::Int),
    ],
);

pub(super) async fn insert(
    tx: &mut Tx,
    market: &Market,
    terms: &[(VariantId, Money, Option<Discount>)],
) -> Result<()> {
    let optional = |value: Option<i64>| value.map_or(Value::Null, Value::Int);
    let now = market.now();
    let row = |(variant, price, discount): &(VariantId, Money, Option<Discount>)| {
        let DiscountColumns { percent, amount, starts_at, ends_at } = (*discount).into();
        [
            Value::Int(market.id::<kind::Event>().as_i64()),
            Value::Int(variant.as_i64()),
            Value::Int(price.minor()),
            optional(percent),
            optional(amount.map(Money::minor)),
            optional(starts_at.map(Timestamp::as_micros)),
            optional(ends_at.map(Timestamp::as_micros)),
            Value::Int(now.as_micros()),
        ]
    };
    let rows: Vec<_> = terms.iter().map(row).collect();
    tx.insert_many(&INSERT, &rows).await?;
    Ok(())
}

/// Terms with the variant that had them.
struct Entry(VariantId, Terms);

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let variant = columns.read()?;
        let terms =
            Terms { from: columns.read()?, price: columns.read()?, discount: discounts::read(&mut columns)? };
        columns.finish()?;
        Ok(Self(variant, terms))
    }
}

// The newest of each variant are enough: whoever changes a price more often in a month shows the lowest of
// these.
static OF_VARIANTS: Stmt = Stmt::new(concat!(
    "SELECT variant_id, valid_from, price, discount_percent, discount_amount, discount_starts_at,
        discount_ends_at
     FROM price_history WHERE variant_id IN ",
    in_batch!("", " ORDER BY variant_id, valid_from DESC, id DESC LIMIT 10000")
));

/// The terms of variants, each variant's in order of time.
pub(super) async fn of_variants(conn: &mut Conn, variants: &[VariantId]) -> Result<Vec<(VariantId, Terms)>> {
    let mut found: Vec<Entry> = batch::all(conn, &OF_VARIANTS, variants).await?;
    found.reverse();
    Ok(found.into_iter().map(|Entry(variant, terms)| (variant, terms)).collect())
}
