//! Low stock: sellers are told when a variant's stock falls to its threshold, once each time that it does.
//!
//! A variant has its own threshold, or its shop's, or none. Nothing is written where stock is taken: the
//! movements tell which stocks fell below their threshold, and each node looks at the new ones every few
//! seconds. A guarded update makes that one node tells of a crossing; what was filled up again meanwhile is
//! not told.

mod store;

pub(crate) use store::STATEMENTS;

use std::collections::{BTreeMap, BTreeSet};

use db::{Conn, Tx};
use types::{EventId, StockLevel, Timestamp, VariantId, VendorId};

use crate::notifications::{self, Mail};
use crate::{Market, Result};

/// How far back movements are read each time, in seconds: those of other nodes and of long transactions
/// do not arrive in order.
const LATENESS_SECONDS: i64 = 120;

/// Crossings that are told in one transaction.
const ROUND: i64 = 500;

/// The most variants that one mail names; the others have mails of their own.
const VARIANTS_OF_A_MAIL: usize = 50;

/// A movement by which a stock fell to its threshold or below.
#[derive(Debug, Clone, Copy)]
pub struct Crossing {
    /// The movement.
    pub movement: EventId,
    /// Whose stock.
    pub variant: VariantId,
    /// Of which shop.
    pub vendor: VendorId,
}

db::from_row!(Crossing { movement, variant, vendor });

/// The threshold of a shop's variants that have none of their own.
pub async fn of_shop(conn: &mut Conn, vendor: VendorId) -> Result<Option<StockLevel>> {
    store::of_shop(conn, vendor).await
}

/// Gives a shop's variants a threshold, but for those that have their own; `None` for no mails.
pub async fn set_for_shop(
    tx: &mut Tx,
    market: &Market,
    vendor: VendorId,
    threshold: Option<StockLevel>,
) -> Result<()> {
    let before = store::of_shop(tx, vendor).await?.map(StockLevel::units);
    store::set_for_shop(tx, vendor, threshold).await?;
    market.journal.changed("low_stock_threshold", &before, &threshold.map(StockLevel::units));
    Ok(())
}

/// Looks at every movement since the last time, those that arrived late too, and tells sellers.
pub(crate) async fn sweep(market: &Market) -> Result<()> {
    let now = market.now();
    let last = store::looked_until(&mut market.db.read().await?).await?.unwrap_or(now);
    look_since(market, last.plus_seconds(-LATENESS_SECONDS)).await?;
    market.db.write(async move |tx| store::look_until(tx, now).await).await
}

/// Tells sellers of stocks that fell to their threshold since `since`. It goes through every sale since then,
/// so it looks as a reader, and writes only when there is somebody to tell.
pub(crate) async fn look_since(market: &Market, since: Timestamp) -> Result<()> {
    loop {
        let mut conn = market.db.read().await?;
        let found = store::crossings(&mut conn, EventId::first_at(since), ROUND).await?;
        drop(conn);
        if found.is_empty() {
            return Ok(());
        }
        let shared = market.clone();
        market.db.write(async move |tx| tell(tx, &shared, &found).await).await?;
    }
}

/// Tells of crossings, unless another node did.
async fn tell(tx: &mut Tx, market: &Market, found: &[Crossing]) -> Result<()> {
    let mut told: BTreeMap<VendorId, BTreeSet<i64>> = BTreeMap::new();
    for crossing in found {
        if store::tell(tx, crossing).await? {
            // One that fell twice since stands in the mail once.
            told.entry(crossing.vendor).or_default().insert(crossing.variant.as_i64());
        }
    }
    for (vendor, variants) in told {
        let variants: Vec<i64> = variants.into_iter().collect();
        for variants in variants.chunks(VARIANTS_OF_A_MAIL) {
            let mail = Mail::LowStock { vendor: vendor.as_i64(), variants: variants.to_vec() };
            notifications::send(tx, market, mail).await?;
        }
    }
    Ok(())
}
