//! The audit log: what operators and shops' members did, from where, and what it changed.
//!
//! Invariants: an entry is written in the transaction of what it tells of, and is never changed. The web
//! layer makes every write of an admin or a member an [`Act`] by itself; operations only note what
//! changed, in [`Market::journal`].
//!
//! Each entry's hash covers the entry and the hash before it, so that an altered, removed or inserted row
//! shows ([`verify()`]). There is one chain for each shop, and one for the operators: a single chain would
//! make every seller's step wait for the commits of all others, since the last link is locked until then.
//! It is locked last, after everything else that the transaction locks, so that no two can block one another.

mod export;
mod journal;
mod model;
mod store;
mod verify;

pub use export::Export;
pub use journal::Journal;
pub use model::{Act, ActorRole, Entry, Filter, Origin};
pub use verify::verify;

pub(crate) use store::STATEMENTS;

use db::{Conn, Tx};
use types::{EventId, Limit, Page, kind};

use crate::{Market, Result};

/// Writes the entry of the act that the journal is for, with what was noted. Call it last in the
/// transaction. Writes nothing when nobody acts, or nothing happened.
pub async fn record(tx: &mut Tx, market: &Market) -> Result<()> {
    let Some((act, notes)) = market.journal.close() else { return Ok(()) };
    let shop = act.vendor.map(|vendor| vendor.to_string());
    let (chain, link) = (act.chain(), store::lock(tx, act.chain()).await?);
    let mut entry = Entry {
        chain,
        place: link.length + 1,
        id: market.id::<kind::Event>(),
        at: market.now(),
        actor: act.actor,
        role: act.role,
        action: act.action,
        subject: notes.subject.or(act.subject).or(shop),
        changes: notes.changes,
        request_id: act.origin.request_id,
        address: act.origin.address,
        user_agent: act.origin.user_agent,
        hash: [0; 32],
    };
    entry.hash = entry.digest(&link.hash);
    store::append(tx, &entry).await
}

/// The entries that fit the filter, newest first.
pub async fn list(
    conn: &mut Conn,
    filter: &Filter,
    limit: Limit,
    after: Option<EventId>,
) -> Result<Page<Entry, EventId>> {
    let rows = store::list(conn, filter, limit.plus_one(), after).await?;
    Ok(Page::cut(rows, limit, |entry| entry.id))
}
