//! Writing down what was decided: each kind of row for all purchases at once.

use db::Tx;
use types::CartId;

use super::Stop;
use super::decide::Made;
use crate::cart::{self, Cart};
use crate::catalog::stock;
use crate::checkout::split::units;
use crate::checkout::{Checkout, CheckoutStatus, store};
use crate::coupons::{self, Redemption};
use crate::failpoint::reach;
use crate::idempotency;
use crate::jobs::{self, Job};
use crate::limits::{self, Counted};
use crate::orders::{self, NewOrder};
use crate::payments::{self, Payment};
use crate::{Market, Result};

/// Writes the purchases that are made. The keys come first: two nodes with the same key meet there. The stock
/// comes last, so that what everybody wants is locked for the shortest time.
pub(super) async fn apply(tx: &mut Tx, market: &Market, made: &[Made<'_>]) -> Result<(), Stop> {
    if made.is_empty() {
        return Ok(());
    }
    let now = made[0].checkout.created_at;
    let answers: Vec<_> = made.iter().map(|made| (made.key, &made.answer)).collect();
    let keeping = idempotency::ask_keep_all(tx, &answers, now).await?;
    reach("checkout.keys_kept");
    let checkouts: Vec<&Checkout> = made.iter().map(|made| &made.checkout).collect();
    store::insert(tx, &checkouts, market.settings.currency).await?;
    let orders: Vec<&NewOrder> = made.iter().flat_map(|made| &made.orders).collect();
    orders::open_all(tx, market, &orders).await?;
    let payments: Vec<&Payment> = made.iter().map(|made| &made.payment).collect();
    payments::open_all(tx, market, &payments).await?;
    enqueue_expiries(tx, market, &checkouts).await?;
    let carts: Vec<&Cart> = made.iter().map(|made| &made.cart).collect();
    cart::consume_all(tx, &carts).await?;
    let uses: Vec<&Redemption> = made.iter().flat_map(|made| &made.uses).collect();
    let with_coupons = made.iter().filter(|made| !made.uses.is_empty());
    let with_coupons: Vec<CartId> = with_coupons.filter_map(|made| made.cart.id).collect();
    coupons::clear_carts(tx, &with_coupons).await?;
    let counted: Vec<&Counted> = made.iter().flat_map(|made| &made.counted).collect();
    if !coupons::redeem(tx, &uses, now).await? || !limits::count(tx, &counted).await? {
        return Err(Stop::Overtaken);
    }
    reach("checkout.rows_written");
    let taking = stock::ask_take(tx, &units(orders)).await?;
    if !keeping.are_kept(tx).await? || taking.done(tx, market).await?.is_err() {
        return Err(Stop::Overtaken);
    }
    let free: Vec<_> = made.iter().filter(|made| made.payment.is_free()).collect();
    let shares: Vec<_> = free
        .iter()
        .flat_map(|made| made.orders.iter().map(|order| (&made.payment, order.id, order.shares())))
        .collect();
    payments::share_out(tx, market, &shares).await?;
    Ok(())
}

/// Sees to it that those to be paid first end when they are not paid in time.
async fn enqueue_expiries(tx: &mut Tx, market: &Market, checkouts: &[&Checkout]) -> Result<()> {
    let unpaid = checkouts.iter().filter(|checkout| checkout.status == CheckoutStatus::AwaitingPayment);
    let expiries: Vec<_> = unpaid
        .map(|checkout| (Job::ExpireCheckout { checkout: checkout.id.as_i64() }, checkout.expires_at))
        .collect();
    let expiries: Vec<_> = expiries.iter().map(|(job, due)| (job, *due)).collect();
    jobs::enqueue_all(tx, market, &expiries).await
}
