//! Stock: units of a variant, changed by movements only.
//!
//! Invariants: a stock equals the sum of its variant's movements and is never below zero, whatever runs
//! at the same time. Each change is one guarded update with its movement in the same transaction.

mod model;
mod store;

pub use model::{Movement, Shortage, StockLine, StockReason};

pub(crate) use store::{INSERTS, STATEMENTS};

use db::{Conn, Tx};
use types::{EventId, Limit, Line, Page, ProductId, StockDelta, StockLevel, UserId, VariantId, kind};

use super::CatalogError;
use crate::changes::{self, Change};
use crate::error::Refusal;
use crate::{Error, Market, Result};
use store::Entry;

/// Takes the units of all `lines`, or of none: the inner error names the variants that have too few (or
/// are no longer sold) with what there is, by variant.
///
/// Variants are taken in the order of their identifiers, so that two purchases never wait for each other
/// in a circle.
pub async fn take(
    tx: &mut Tx,
    market: &Market,
    lines: &[StockLine],
) -> Result<std::result::Result<(), Vec<Shortage>>> {
    let lines = in_order(lines);
    let taken = store::take(tx, &lines).await?;
    if taken.iter().all(|&done| done) {
        let entries = entries(market, &lines, StockReason::Checkout, -1);
        store::record(tx, &entries).await?;
        changes::stock_moved(tx, market);
        return Ok(Ok(()));
    }
    let done: Vec<StockLine> =
        lines.iter().zip(&taken).filter_map(|(line, &done)| done.then_some(*line)).collect();
    store::give(tx, &done).await?;
    let mut shortages = Vec::new();
    for line in lines.iter().zip(&taken).filter_map(|(line, &done)| (!done).then_some(line)) {
        let available = store::available(tx, line.variant).await?;
        shortages.push(Shortage { variant: line.variant, available });
    }
    Ok(Err(shortages))
}

/// Gives the units of all `lines` back, because of a cancelled or expired order or a return.
pub async fn give_back(tx: &mut Tx, market: &Market, lines: &[StockLine], reason: StockReason) -> Result<()> {
    let lines = in_order(lines);
    let given = store::give(tx, &lines).await?;
    if given != lines.len() {
        return Err(Error::internal("stock was to be given back to a variant that does not exist"));
    }
    store::record(tx, &entries(market, &lines, reason, 1)).await?;
    changes::stock_moved(tx, market);
    Ok(())
}

/// Records the stock that new variants were made with.
pub(super) async fn begin(
    tx: &mut Tx,
    market: &Market,
    by: UserId,
    levels: &[(VariantId, StockLevel)],
    reason: StockReason,
) -> Result<()> {
    let movement = |(variant, level): &(VariantId, StockLevel)| Movement {
        id: market.id::<kind::Event>(),
        variant: *variant,
        delta: level.units(),
        reason,
        stock_after: level.units(),
        actor: Some(by),
        note: None,
        at: market.now(),
    };
    let stocked = levels.iter().filter(|(_, level)| level.units() > 0);
    store::insert_many(tx, &stocked.map(movement).collect::<Vec<_>>()).await
}

/// Sets the stocks of variants, whatever they were; one that has its stock already gets no movement.
pub(super) async fn set(
    tx: &mut Tx,
    market: &Market,
    by: UserId,
    levels: &[(VariantId, StockLevel)],
    reason: StockReason,
) -> Result<()> {
    let mut levels = levels.to_vec();
    levels.sort_unstable_by_key(|(variant, _)| *variant);
    let mut movements = Vec::new();
    for (variant, level) in levels {
        let before = store::lock(tx, variant).await?;
        if before == level.units() {
            continue;
        }
        store::set(tx, variant, level).await?;
        movements.push(Movement {
            id: market.id::<kind::Event>(),
            variant,
            delta: level.units() - before,
            reason,
            stock_after: level.units(),
            actor: Some(by),
            note: None,
            at: market.now(),
        });
    }
    store::insert_many(tx, &movements).await
}

/// Changes a variant's stock by hand. Below zero is refused as `insufficient_stock`.
pub async fn adjust(
    tx: &mut Tx,
    market: &Market,
    by: UserId,
    variant: VariantId,
    (delta, note): (StockDelta, &Line<500>),
) -> Result<Movement> {
    let Some(stock_after) = store::adjust(tx, variant, delta.units()).await? else {
        return Err(why_not_adjusted(tx, variant, delta).await?);
    };
    let movement = Movement {
        id: market.id::<kind::Event>(),
        variant,
        delta: delta.units(),
        reason: StockReason::Adjustment,
        stock_after,
        actor: Some(by),
        note: Some(note.to_string()),
        at: market.now(),
    };
    store::insert(tx, &movement).await?;
    // Whoever adjusts a stock looks at once whether it is there: the follower's round would be too late.
    let product = store::product_of(tx, variant).await?;
    changes::record(tx, market, &[Change::Product(product)]).await?;
    market.journal.changed("stock", &(stock_after - delta.units()), &stock_after);
    market.journal.with("reason", &note.as_str());
    Ok(movement)
}

async fn why_not_adjusted(conn: &mut Conn, variant: VariantId, delta: StockDelta) -> Result<Error> {
    let available = match store::level(conn, variant).await? {
        Some((_, Some(_))) => return Ok(Refusal::Gone.into()),
        Some((stock, None)) => stock,
        None => return Ok(Refusal::NotFound.into()),
    };
    if delta.units() < 0 {
        return Ok(CatalogError::InsufficientStock { variant, available }.into());
    }
    let most = StockLevel::MAX;
    Ok(Error::invalid("/delta", "too_large", format!("a stock is at most {most}; there are {available}")))
}

/// The movements of a variant, newest first.
pub async fn movements(
    conn: &mut Conn,
    variant: VariantId,
    limit: Limit,
    after: Option<EventId>,
) -> Result<Page<Movement, EventId>> {
    let rows = store::movements(conn, variant, limit, after).await?;
    Ok(Page::cut(rows, limit, |movement| movement.id))
}

/// Counts units that were sold, or below zero came back, for the order of best-selling products.
pub async fn count_sales(tx: &mut Tx, market: &Market, sales: &[(ProductId, i64)]) -> Result<()> {
    let mut sales = sales.to_vec();
    sales.sort_unstable_by_key(|(product, _)| *product);
    store::count_sales(tx, &sales).await?;
    changes::sold(tx, market, sales.into_iter().map(|(product, _)| product).collect());
    Ok(())
}

/// The lines in the order in which variants are locked.
fn in_order(lines: &[StockLine]) -> Vec<StockLine> {
    let mut lines = lines.to_vec();
    lines.sort_unstable_by_key(|line| (line.variant, line.order));
    lines
}

/// The movements of lines that were just applied in order. `sign` is the direction of the units.
fn entries(market: &Market, lines: &[StockLine], reason: StockReason, sign: i64) -> Vec<Entry> {
    let now = market.now();
    let later = |index: usize| -> i64 {
        let line: &StockLine = &lines[index];
        let following = lines[index + 1..].iter().take_while(|next| next.variant == line.variant);
        following.map(|next| sign * next.units).sum()
    };
    let entry = |(index, line): (usize, &StockLine)| Entry {
        id: market.id::<kind::Event>(),
        variant: line.variant,
        delta: sign * line.units,
        reason,
        later: later(index),
        order: line.order,
        at: now,
    };
    lines.iter().enumerate().map(entry).collect()
}
