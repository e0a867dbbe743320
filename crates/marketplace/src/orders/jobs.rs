//! Background work of the orders.

use db::Tx;
use types::{Money, OrderId};

use super::store;
use crate::ledger::{self, Account, Posting, PostingKind};
use crate::{Market, Result};

/// Makes the seller's money of a delivered order available, once its hold is over. Running it twice, or
/// early, changes nothing.
pub async fn release_funds(tx: &mut Tx, market: &Market, order: OrderId) -> Result<()> {
    let now = market.now();
    let delivered_by = now.plus_seconds(-market.settings.hold_seconds);
    let Some(released) = store::mark_released(tx, order, delivered_by, now).await? else {
        return Ok(());
    };
    let amount = released.payout_amount();
    if amount == Money::ZERO {
        return Ok(());
    }
    let (pending, available) =
        (Account::VendorPending(released.vendor), Account::VendorAvailable(released.vendor));
    let posting = Posting::new(PostingKind::Release, format!("release:{order}"), order);
    ledger::post(tx, market, posting.transfer(pending, available, amount)).await
}

/// How much later than its job the sweep comes, in seconds.
const OVERDUE_SECONDS: i64 = 60;

/// Makes available what [`release_funds`] left although its time has come: its job came too early, because
/// the hold was made longer since, or was given up. At most `most` orders; says how many.
pub async fn release_overdue(tx: &mut Tx, market: &Market, most: i64) -> Result<usize> {
    let delivered_by = market.now().plus_seconds(-market.settings.hold_seconds - OVERDUE_SECONDS);
    let overdue = store::to_release(tx, delivered_by, most).await?;
    for order in &overdue {
        release_funds(tx, market, *order).await?;
    }
    Ok(overdue.len())
}
