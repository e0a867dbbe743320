//! SQL of the tax rates.

use db::{Asked, Conn, FromRow, Insert, Kind::Int, Kind::Text, Many, Row, Stmt, Tx, params};

use super::TaxRate;
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[&ALL, OF_COUNTRIES.stmt(), &LOCK, &CLEAR];

/// What is inserted in bulk.
pub(crate) const INSERTS: &[&Insert] = &[&INSERT];

pub(super) struct RateRow(pub(super) TaxRate);

impl FromRow for RateRow {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let country = columns.read()?;
        let (region, tax_class): (String, String) = (columns.read()?, columns.read()?);
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let rate = TaxRate {
            country,
            region: some(region),
            tax_class: some(tax_class),
            name: columns.read()?,
            rate_ppm: columns.read()?,
            on_shipping: columns.read::<i64>()? == 1,
        };
        columns.finish()?;
        Ok(Self(rate))
    }
}

static ALL: Stmt = Stmt::new(
    "SELECT country, region, tax_class, name, rate_ppm, on_shipping FROM tax_rates
     ORDER BY country, region, tax_class LIMIT 2000",
);

pub(super) async fn all(conn: &mut Conn) -> Result<Vec<TaxRate>> {
    let rows: Vec<RateRow> = conn.all(&ALL, params![]).await?;
    Ok(rows.into_iter().map(|RateRow(rate)| rate).collect())
}

static OF_COUNTRIES: Many = Many::new(
    &[Text],
    "SELECT country, region, tax_class, name, rate_ppm, on_shipping FROM tax_rates WHERE country = $1
     ORDER BY region, tax_class LIMIT 2000",
    "SELECT r.country, r.region, r.tax_class, r.name, r.rate_ppm, r.on_shipping
     FROM unnest($1::TEXT[]) AS d(country)
     CROSS JOIN LATERAL (
        SELECT country, region, tax_class, name, rate_ppm, on_shipping FROM tax_rates
        WHERE country = d.country ORDER BY region, tax_class LIMIT 2000) AS r",
);

pub(super) async fn ask_of_countries(conn: &mut Conn, countries: &[String]) -> Result<Asked<Vec<RateRow>>> {
    let sets: Vec<[db::Value<'_>; 1]> = countries.iter().map(|country| *params![*country]).collect();
    Ok(conn.ask_of(&OF_COUNTRIES, &sets).await?)
}

static LOCK: Stmt = Stmt::new(
    "INSERT INTO settings (name, value) VALUES ('tax_rates', '1')
     ON CONFLICT (name) DO UPDATE SET value = excluded.value",
);

/// Two who replace the table follow one another.
pub(super) async fn lock(tx: &mut Tx) -> Result<()> {
    Ok(tx.exec_n(1, &LOCK, params![]).await?)
}

static CLEAR: Stmt = Stmt::new("DELETE FROM tax_rates");

pub(super) async fn clear(tx: &mut Tx) -> Result<()> {
    tx.exec(&CLEAR, params![]).await?;
    Ok(())
}

static INSERT: Insert = Insert::new(
    "tax_rates",
    &[
        ("country", Text),
        ("region", Text),
        ("tax_class", Text),
        ("name", Text),
        ("rate_ppm", Int),
        ("on_shipping", Int),
    ],
);

pub(super) async fn insert(tx: &mut Tx, rates: &[TaxRate]) -> Result<()> {
    let flags: Vec<i64> = rates.iter().map(|rate| i64::from(rate.on_shipping)).collect();
    let rows: Vec<_> = rates
        .iter()
        .zip(&flags)
        .map(|(rate, on_shipping)| {
            let region = rate.region.as_deref().unwrap_or_default();
            let class = rate.tax_class.as_deref().unwrap_or_default();
            [
                db::Value::Text(rate.country.as_str()),
                db::Value::Text(region),
                db::Value::Text(class),
                db::ToValue::to_value(&rate.name),
                db::ToValue::to_value(&rate.rate_ppm),
                db::ToValue::to_value(on_shipping),
            ]
        })
        .collect();
    Ok(tx.insert_many(&INSERT, &rows).await?)
}
