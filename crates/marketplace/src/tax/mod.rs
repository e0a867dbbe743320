//! Tax: which rate applies to what goes where.
//!
//! Admins keep one table of rates for the marketplace; [`TaxProvider`] is what a purchase asks, so that
//! another source of rates can take the table's place. Each line is taxed and rounded by itself, and sums
//! are sums of lines.

mod model;
mod store;

pub use model::{TaxProvider, TaxRate, TaxTable, contained, on_top};

pub(crate) use store::{INSERTS, STATEMENTS};

use db::{Asked, Conn, Tx};
use types::{FieldError, FieldErrors};

use crate::Result;

/// The most rates of a table.
pub const RATES_MAX: usize = 2_000;

/// All rates, by country, region and class.
pub async fn table(conn: &mut Conn) -> Result<TaxTable> {
    Ok(TaxTable::new(store::all(conn).await?))
}

/// The rates of these countries.
pub(crate) async fn ask_of_countries(conn: &mut Conn, countries: &[String]) -> Result<Asked<TaxTable>> {
    let asked = store::ask_of_countries(conn, countries).await?;
    Ok(asked.map(|rows| TaxTable::new(rows.into_iter().map(|row| row.0).collect())))
}

/// All rates, which nobody else replaces until the transaction ends.
pub async fn lock(tx: &mut Tx) -> Result<TaxTable> {
    store::lock(tx).await?;
    table(tx).await
}

/// Replaces all rates, after [`lock`]. Two for the same place and class are a mistake of the second.
pub async fn replace(tx: &mut Tx, rates: &[TaxRate]) -> Result<TaxTable> {
    check(rates)?;
    store::clear(tx).await?;
    store::insert(tx, rates).await?;
    table(tx).await
}

fn check(rates: &[TaxRate]) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    if rates.len() > RATES_MAX {
        errors.push(FieldError::new("/rates", "too_long", format!("at most {RATES_MAX} rates")));
    }
    let key = |rate: &TaxRate| {
        let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
        (rate.country.as_str().to_owned(), lower(&rate.region), rate.tax_class.clone())
    };
    let mut seen = std::collections::HashSet::new();
    for (index, rate) in rates.iter().enumerate() {
        if !seen.insert(key(rate)) {
            let detail = "there is a rate for this place and class already";
            errors.push(FieldError::new(format!("/rates/{index}"), "duplicate", detail));
        }
    }
    errors.into_result()
}
