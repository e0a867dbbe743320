//! Background work of the orders.

use db::Tx;
use types::{Money, OrderId};

use super::store;
use crate::ledger::{self, Account, Posting, PostingKind};
use crate::{Market, Result};

/// Makes the seller's money of a delivered order available, once its hold is over. Running it twice, or
/// early, changes nothing.
pub async fn release_funds(tx: &mut Tx, market: &Market, order: OrderId) -> Result<()> {
    let posting = release(tx, market, order).await?;
    ledger::post_all(tx, market, posting.as_slice()).await
}

/// Notes that an order's money is released, and answers what is to be posted for it.
async fn release(tx: &mut Tx, market: &Market, order: OrderId) -> Result<Option<Posting>> {
    let now = market.now();
    let delivered_by = now.plus_seconds(-market.settings.hold_seconds);
    let Some(released) = store::mark_released(tx, order, delivered_by, now).await? else {
        return Ok(None);
    };
    let amount = released.payout_amount();
    let (pending, available) =
        (Account::VendorPending(released.vendor), Account::VendorAvailable(released.vendor));
    let posting = Posting::new(PostingKind::Release, format!("release:{order}"), order);
    Ok((amount != Money::ZERO).then(|| posting.transfer(pending, available, amount)))
}

/// How much later than its job the sweep comes, in seconds.
const OVERDUE_SECONDS: i64 = 60;

/// Makes available what [`release_funds`] left although its time has come: its job came too early, because
/// the hold was made longer since, or was given up. At most `most` orders; says how many.
pub async fn release_overdue(tx: &mut Tx, market: &Market, most: i64) -> Result<usize> {
    let delivered_by = market.now().plus_seconds(-market.settings.hold_seconds - OVERDUE_SECONDS);
    let mut overdue = store::to_release(tx, delivered_by, most).await?;
    overdue.sort_unstable();
    let mut postings = Vec::new();
    for order in &overdue {
        postings.extend(release(tx, market, *order).await?);
    }
    ledger::post_all(tx, market, &postings).await?;
    Ok(overdue.len())
}
