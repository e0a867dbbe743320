//! Stock: units of a variant, changed by movements only.
//!
//! Invariants: a stock equals the sum of its variant's movements and is never below zero, whatever runs
//! at the same time. Each change is made with its movement in the same transaction, by one guarded update or
//! of a row that is locked; a refusal tells what the row held when it was decided.

mod model;
mod store;

pub use model::{Movement, Shortage, StockLine, StockReason};

pub(crate) use store::{INSERTS, STATEMENTS};

use std::collections::HashMap;

use db::{Asked, Conn, Tx};
use types::{
    EventId, Limit, Line, OrderId, Page, ProductId, StockDelta, StockLevel, UserId, VariantId, kind,
};

use super::CatalogError;
use crate::changes::{self, Change, StockMove};
use crate::error::Refusal;
use crate::{Error, Market, Result};

/// Units that are about to be taken, see [`ask_take`].
pub struct Taking {
    lines: Vec<StockLine>,
    wanted: Vec<(VariantId, i64)>,
    left: Asked<HashMap<VariantId, i64>>,
}

/// Takes the units of all `lines`, or of none: see [`Taking::done`].
///
/// Variants are taken in the order of their identifiers, so that two purchases never wait for each other
/// in a circle.
pub async fn ask_take(tx: &mut Tx, lines: &[StockLine]) -> Result<Taking> {
    let lines = in_order(lines);
    let wanted = by_variant(&lines);
    let left = store::ask_take(tx, &wanted).await?;
    Ok(Taking { lines, wanted, left })
}

impl Taking {
    /// The inner error names the variants that have too few (or are no longer sold) with what there is, by
    /// variant; then nothing is taken.
    pub async fn done(self, tx: &mut Tx, market: &Market) -> Result<std::result::Result<(), Vec<Shortage>>> {
        let Self { lines, wanted, left } = self;
        let left = tx.answer(left).await?;
        if left.len() == wanted.len() {
            store::insert_many(tx, &movements_of(market, &lines, StockReason::Checkout, -1, &left)).await?;
            changes::stock_moved(tx, market, moves(&wanted, &left, -1));
            return Ok(Ok(()));
        }
        let (taken, short): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|(variant, _)| left.contains_key(variant));
        store::give(tx, &taken).await?;
        let short: Vec<VariantId> = short.into_iter().map(|(variant, _)| variant).collect();
        let available = store::available(tx, &short).await?;
        let shortage =
            |variant| Shortage { variant, available: available.get(&variant).copied().unwrap_or_default() };
        Ok(Err(short.into_iter().map(shortage).collect()))
    }
}

/// Locks variants until the transaction ends, in the order of their identifiers: what is read of their
/// stocks afterwards stays true.
pub(crate) async fn lock_all(tx: &mut Tx, variants: &[VariantId]) -> Result<()> {
    store::lock_all(tx, variants).await
}

/// Gives the units of all `lines` back, because of a cancelled or expired order or a return.
pub async fn give_back(tx: &mut Tx, market: &Market, lines: &[StockLine], reason: StockReason) -> Result<()> {
    let lines = in_order(lines);
    let units = by_variant(&lines);
    let left = store::give(tx, &units).await?;
    if left.len() != units.len() {
        return Err(Error::internal("stock was to be given back to a variant that does not exist"));
    }
    store::insert_many(tx, &movements_of(market, &lines, reason, 1, &left)).await?;
    changes::stock_moved(tx, market, moves(&units, &left, 1));
    Ok(())
}

/// Records the stock that new variants were made with, and by whom.
pub(super) async fn begin(
    tx: &mut Tx,
    market: &Market,
    levels: &[(VariantId, StockLevel, UserId)],
    reason: StockReason,
) -> Result<()> {
    let movement = |(variant, level, by): &(VariantId, StockLevel, UserId)| {
        let movement = Movement {
            id: market.id::<kind::Event>(),
            variant: *variant,
            delta: level.units(),
            reason,
            stock_after: level.units(),
            actor: Some(*by),
            note: None,
            at: market.now(),
        };
        (movement, None)
    };
    let stocked = levels.iter().filter(|(_, level, _)| level.units() > 0);
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
        let locked = store::lock(tx, variant).await?;
        let before = locked.ok_or_else(|| Error::internal("a variant is gone"))?.stock;
        if before == level.units() {
            continue;
        }
        store::set(tx, variant, level).await?;
        let movement = Movement {
            id: market.id::<kind::Event>(),
            variant,
            delta: level.units() - before,
            reason,
            stock_after: level.units(),
            actor: Some(by),
            note: None,
            at: market.now(),
        };
        movements.push((movement, None));
    }
    store::insert_many(tx, &movements).await
}

/// Moves the stocks of variants that are locked by hand: each with the stock it is to have, and the units that
/// come or go.
pub(super) async fn move_locked(
    tx: &mut Tx,
    market: &Market,
    by: UserId,
    moves: &[(VariantId, i64, i64)],
) -> Result<()> {
    store::set_many(tx, moves).await?;
    let movement = |&(variant, stock_after, delta): &(VariantId, i64, i64)| {
        let movement = Movement {
            id: market.id::<kind::Event>(),
            variant,
            delta,
            reason: StockReason::Adjustment,
            stock_after,
            actor: Some(by),
            note: None,
            at: market.now(),
        };
        (movement, None)
    };
    store::insert_many(tx, &moves.iter().map(movement).collect::<Vec<_>>()).await
}

/// Changes a variant's stock by hand. Below zero is refused as `insufficient_stock`.
pub async fn adjust(
    tx: &mut Tx,
    market: &Market,
    by: UserId,
    variant: VariantId,
    (delta, note): (StockDelta, &Line<500>),
) -> Result<Movement> {
    let before = store::lock(tx, variant).await?.ok_or(Refusal::NotFound)?;
    if before.archived_at.is_some() {
        return Err(Refusal::Gone.into());
    }
    let level = adjusted(variant, before.stock, delta)?;
    store::set(tx, variant, level).await?;
    let stock_after = level.units();
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
    changes::record(tx, market, &[Change::Product(before.product)]).await?;
    market.journal.changed("stock", &before.stock, &stock_after);
    market.journal.with("reason", &note.as_str());
    Ok(movement)
}

/// The stock that `delta` makes of what is `available`.
fn adjusted(variant: VariantId, available: i64, delta: StockDelta) -> Result<StockLevel> {
    let after = available + delta.units();
    if after < 0 {
        return Err(CatalogError::InsufficientStock { variant, available }.into());
    }
    let most = StockLevel::MAX;
    StockLevel::new(after).ok_or_else(|| {
        Error::invalid("/delta", "too_large", format!("a stock is at most {most}; there are {available}"))
    })
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
pub async fn count_sales(tx: &mut Tx, sales: &[(ProductId, i64)]) -> Result<()> {
    let mut sales = sales.to_vec();
    sales.sort_unstable_by_key(|(product, _)| *product);
    store::count_sales(tx, &sums(&sales)).await
}

/// How the stocks of variants moved: by these units in the direction of `sign`, to what is `left`.
fn moves(units: &[(VariantId, i64)], left: &HashMap<VariantId, i64>, sign: i64) -> Vec<StockMove> {
    let moved = |(variant, units): &(VariantId, i64)| {
        let after = left.get(variant).copied()?;
        Some(StockMove { variant: *variant, before: after - sign * units, after })
    };
    units.iter().filter_map(moved).collect()
}

/// The lines in the order in which variants are locked.
fn in_order(lines: &[StockLine]) -> Vec<StockLine> {
    let mut lines = lines.to_vec();
    lines.sort_unstable_by_key(|line| (line.variant, line.order));
    lines
}

/// The units of each variant in lines that are in order.
fn by_variant(lines: &[StockLine]) -> Vec<(VariantId, i64)> {
    sums(&lines.iter().map(|line| (line.variant, line.units)).collect::<Vec<_>>())
}

/// Each key once, with the sum of its numbers; equal keys stand together.
fn sums<K: PartialEq + Copy>(numbers: &[(K, i64)]) -> Vec<(K, i64)> {
    let sum = |of: &[(K, i64)]| (of[0].0, of.iter().map(|(_, number)| number).sum());
    numbers.chunk_by(|a, b| a.0 == b.0).map(sum).collect()
}

/// The movements of lines that are in order and were just applied. `sign` is the direction of the units,
/// `left` each variant's stock after all of them.
fn movements_of(
    market: &Market,
    lines: &[StockLine],
    reason: StockReason,
    sign: i64,
    left: &HashMap<VariantId, i64>,
) -> Vec<(Movement, Option<OrderId>)> {
    let at = market.now();
    let mut movements = Vec::with_capacity(lines.len());
    for same in lines.chunk_by(|a, b| a.variant == b.variant) {
        let all: i64 = same.iter().map(|line| sign * line.units).sum();
        let mut stock = left.get(&same[0].variant).map_or(0, |left| left - all);
        for line in same {
            let delta = sign * line.units;
            stock += delta;
            let movement = Movement {
                id: market.id::<kind::Event>(),
                variant: line.variant,
                delta,
                reason,
                stock_after: stock,
                actor: None,
                note: None,
                at,
            };
            movements.push((movement, Some(line.order)));
        }
    }
    movements
}
