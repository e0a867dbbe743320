//! Background work of the orders.

use db::Tx;
use types::OrderId;

use super::store;
use crate::ledger::{self, Account, Posting, PostingKind};
use crate::{Market, Result};
use types::Money;

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
