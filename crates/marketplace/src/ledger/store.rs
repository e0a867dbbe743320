//! SQL of the ledger.

use std::collections::BTreeMap;

use db::{Conn, Insert, Kind::Int, Kind::Text, Stmt, Tx, params};
use types::{EventId, Limit, Money, Timestamp, VendorId, kind};

use super::{Account, Balance, LedgerEntry, Posting};
use crate::{Market, Result};

pub(crate) const STATEMENTS: &[&Stmt] = &[&ADD_TO_BALANCE, &BALANCE, &ENTRIES];

/// What is inserted in bulk.
pub(crate) const INSERTS: &[&Insert] = &[&INSERT_TRANSACTIONS, &INSERT_ENTRIES];

static INSERT_TRANSACTIONS: Insert = Insert::new(
    "ledger_transactions",
    &[("id", Int), ("kind", Text), ("order_id", Int), ("payment_id", Int), ("reference", Text), ("at", Int)],
);

static INSERT_ENTRIES: Insert = Insert::new(
    "ledger_entries",
    &[
        ("id", Int),
        ("transaction_id", Int),
        ("account", Text),
        ("vendor_id", Int),
        ("amount", Int),
        ("kind", Text),
        ("order_id", Int),
        ("at", Int),
    ],
);

struct NewEntry<'a> {
    id: EventId,
    transaction: EventId,
    account: String,
    vendor: Option<VendorId>,
    amount: Money,
    posting: &'a Posting,
}

pub(super) async fn insert(
    tx: &mut Tx,
    market: &Market,
    postings: &[&Posting],
    now: Timestamp,
) -> Result<()> {
    let ids: Vec<EventId> = postings.iter().map(|_| market.id::<kind::Event>()).collect();
    let transactions: Vec<_> = postings
        .iter()
        .zip(&ids)
        .map(|(posting, id)| {
            *params![*id, posting.kind, posting.order, posting.payment, posting.reference, now]
        })
        .collect();
    tx.insert_many(&INSERT_TRANSACTIONS, &transactions).await?;
    let entries: Vec<NewEntry<'_>> = postings
        .iter()
        .zip(&ids)
        .flat_map(|(posting, id)| posting.entries().map(move |entry| (*posting, *id, entry)))
        .map(|(posting, transaction, (account, amount))| NewEntry {
            id: market.id::<kind::Event>(),
            transaction,
            account: account.to_string(),
            vendor: account.vendor(),
            amount,
            posting,
        })
        .collect();
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            let NewEntry { id, transaction, account, vendor, amount, posting } = entry;
            *params![*id, *transaction, *account, *vendor, *amount, posting.kind, posting.order, now]
        })
        .collect();
    Ok(tx.insert_many(&INSERT_ENTRIES, &rows).await?)
}

static ADD_TO_BALANCE: Stmt = Stmt::new(
    "INSERT INTO vendor_balances (vendor_id, pending, available) VALUES ($1, $2, $3)
     ON CONFLICT (vendor_id) DO UPDATE SET
        pending = vendor_balances.pending + excluded.pending,
        available = vendor_balances.available + excluded.available",
);

/// Adds what sellers' accounts get to their balances, in the order of the sellers' ids.
pub(super) async fn add_to_balances(tx: &mut Tx, postings: &[&Posting]) -> Result<()> {
    let mut changes: BTreeMap<VendorId, Balance> = BTreeMap::new();
    for (account, amount) in postings.iter().flat_map(|posting| posting.entries()) {
        match account {
            Account::VendorPending(vendor) => {
                let balance = changes.entry(vendor).or_default();
                balance.pending = balance.pending + amount;
            }
            Account::VendorAvailable(vendor) => {
                let balance = changes.entry(vendor).or_default();
                balance.available = balance.available + amount;
            }
            Account::Clearing(_)
            | Account::Commission
            | Account::Promotions
            | Account::Tax
            | Account::Owed => {}
        }
    }
    let sets: Vec<_> = changes
        .iter()
        .map(|(vendor, balance)| *params![*vendor, balance.pending, balance.available])
        .collect();
    tx.exec_each(&ADD_TO_BALANCE, &sets).await?;
    Ok(())
}

static BALANCE: Stmt = Stmt::new("SELECT pending, available FROM vendor_balances WHERE vendor_id = $1");

pub(super) async fn balance(conn: &mut Conn, vendor: VendorId) -> Result<Option<Balance>> {
    Ok(conn.opt(&BALANCE, params![vendor]).await?)
}

static ENTRIES: Stmt = Stmt::new(
    "SELECT id, transaction_id, account, amount, kind, order_id, at FROM ledger_entries
     WHERE vendor_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR id < $2)
     ORDER BY id DESC LIMIT $3",
);

pub(super) async fn entries(
    conn: &mut Conn,
    vendor: VendorId,
    before: Option<EventId>,
    limit: Limit,
) -> Result<Vec<LedgerEntry>> {
    Ok(conn.all(&ENTRIES, params![vendor, before, limit.plus_one()]).await?)
}
