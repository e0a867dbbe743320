//! Lists of products: filtered, sorted, searched by words, a page at a time.
//!
//! A plain search: every word of the query has to be in the title, the description, the name of the
//! category or of the shop, or an SKU. Lists show what is published by open shops; a shop's own list
//! shows its drafts as well. Prices are those at this moment: whoever lists calls [`next_price_change`]
//! first, and [`reprice`] when that is past.

mod model;
mod statements;
mod store;
mod words;

pub use model::{Card, CardCategory, Filter, Place, Sort};
pub use words::Words;

pub(crate) use model::sort_as_text;
pub(crate) use statements::STATEMENTS;

use std::collections::HashMap;

use db::{Conn, Tx};
use types::{Limit, Page, ProductId, Timestamp, VariantId, VendorId};

use super::products::ProductStatus;
use crate::batch::by_parent;
use crate::changes::{self, Change};
use crate::{Market, Result};

/// A page of what the public can buy.
pub async fn list(
    conn: &mut Conn,
    filter: &Filter,
    sort: Sort,
    (limit, after): (Limit, Option<Place>),
) -> Result<Page<Card, Place>> {
    let rows = store::list(conn, filter, sort, (limit, after)).await?;
    Ok(Page::cut(rows, limit, |card| Place { sort, key: card.key, id: card.id.as_i64() }))
}

/// How many products the filter lets through.
pub async fn count(conn: &mut Conn, filter: &Filter) -> Result<i64> {
    store::count(conn, filter).await
}

/// A page of a shop's own products in this status (all that are not archived, without one), newest first.
pub async fn of_vendor(
    conn: &mut Conn,
    vendor: VendorId,
    (status, words): (Option<ProductStatus>, &Words),
    (limit, after): (Limit, Option<ProductId>),
) -> Result<Page<Card, ProductId>> {
    let rows = store::of_vendor(conn, vendor, (status, words), (limit, after)).await?;
    Ok(Page::cut(rows, limit, |card| card.id))
}

/// The products with these identifiers, in this order; those that the public can't see are left out.
pub async fn cards(conn: &mut Conn, ids: &[ProductId]) -> Result<Vec<Card>> {
    let mut found = store::cards(conn, ids).await?;
    let place = |card: &Card| ids.iter().position(|id| *id == card.id);
    found.sort_by_key(place);
    Ok(found)
}

/// The variants of products: what the stock on their cards is of.
pub async fn variants(conn: &mut Conn, ids: &[ProductId]) -> Result<HashMap<ProductId, Vec<VariantId>>> {
    Ok(by_parent(store::variants(conn, ids).await?))
}

/// When the first discount begins or ends after the final prices of lists were worked out.
pub async fn next_price_change(conn: &mut Conn) -> Result<Option<Timestamp>> {
    store::next_price_change(conn).await
}

/// Works out the final prices that have changed since.
pub async fn reprice(tx: &mut Tx, market: &Market) -> Result<()> {
    let repriced = store::reprice(tx, market.now()).await?;
    let changes: Vec<Change> = repriced.into_iter().map(Change::Product).collect();
    changes::record(tx, market, &changes).await
}

/// Makes the prices of lists those of this moment, when they are not.
pub(crate) async fn keep_prices(market: &Market) -> Result<()> {
    let next = next_price_change(&mut market.db.read().await?).await?;
    if next.is_none_or(|next| next > market.now()) {
        return Ok(());
    }
    let shared = market.clone();
    market.db.write(async move |tx| reprice(tx, &shared).await).await
}
