//! The history of prices: what each variant cost when.
//!
//! A row holds the terms of a variant from a moment on, until the next row's; what a unit cost at any time
//! follows from them, also where a discount began or ended by itself. With a reduced price the lowest price
//! of the 30 days before the reduction is shown, as Article 6a of Directive 98/6/EC asks.

mod model;
mod store;

pub use model::{DAYS, Terms, lowest_before_reduction};

pub(crate) use store::{INSERTS, STATEMENTS};

use std::collections::HashMap;

use db::{Conn, Tx};
use types::{Discount, Money, Timestamp, VariantId};

use super::variants::Variant;
use crate::batch::by_parent;
use crate::{Market, Result};

/// Keeps the terms that variants have from now on.
pub(super) async fn keep(
    tx: &mut Tx,
    market: &Market,
    terms: &[(VariantId, Money, Option<Discount>)],
) -> Result<()> {
    store::insert(tx, market, terms).await
}

/// For each of the variants that is reduced at `now`: what it cost at least in the 30 days before. Prices
/// count from when the product was first published; what was reduced ever since has none.
pub async fn lowest(
    conn: &mut Conn,
    now: Timestamp,
    published_at: Option<Timestamp>,
    variants: &[Variant],
) -> Result<HashMap<VariantId, Money>> {
    let reduced = variants.iter().filter(|variant| variant.final_price(now) < variant.price);
    let reduced: Vec<VariantId> = reduced.map(|variant| variant.id).collect();
    let (Some(published_at), false) = (published_at, reduced.is_empty()) else {
        return Ok(HashMap::new());
    };
    let history = by_parent(store::of_variants(conn, &reduced).await?);
    let lowest = |(variant, terms): (VariantId, Vec<Terms>)| {
        Some((variant, lowest_before_reduction(&terms, published_at, now)?))
    };
    Ok(history.into_iter().filter_map(lowest).collect())
}
