//! The ledger: a double-entry book of every cent.
//!
//! Each transaction is a [`Posting`] of transfers between accounts, so it sums to zero by construction.
//! Entries are never updated or deleted; a correction is a new transaction. The sellers' balances are
//! kept in the same transaction as the entries they sum up, and are the last rows it locks.

mod model;
mod store;

pub use model::{Account, Balance, LedgerEntry, Posting, PostingKind};

pub(crate) use store::{INSERTS, STATEMENTS};

use db::{Conn, Tx};
use types::{EventId, Limit, Page, VendorId};

use crate::{Market, Result};

/// Writes one posting. A reference that was posted before fails the transaction.
pub async fn post(tx: &mut Tx, market: &Market, posting: Posting) -> Result<()> {
    post_all(tx, market, &[posting]).await
}

/// Writes postings together, with the balances last and in one order. One that moves nothing leaves no
/// trace.
pub async fn post_all(tx: &mut Tx, market: &Market, postings: &[Posting]) -> Result<()> {
    let postings: Vec<&Posting> =
        postings.iter().filter(|posting| posting.entries().next().is_some()).collect();
    if postings.is_empty() {
        return Ok(());
    }
    store::insert(tx, market, &postings, market.now()).await?;
    store::add_to_balances(tx, &postings).await
}

/// What a seller is owed.
pub async fn balance(conn: &mut Conn, vendor: VendorId) -> Result<Balance> {
    Ok(store::balance(conn, vendor).await?.unwrap_or_default())
}

/// A page of the entries of a seller's accounts, newest first.
pub async fn entries_of(
    conn: &mut Conn,
    vendor: VendorId,
    before: Option<EventId>,
    limit: Limit,
) -> Result<Page<LedgerEntry, EventId>> {
    let entries = store::entries(conn, vendor, before, limit).await?;
    Ok(Page::cut(entries, limit, |entry| entry.id))
}
