//! Checkouts: one purchase over many sellers, the heart of the marketplace.
//!
//! Invariants: a purchase happens whole or not at all; its total is the sum of its orders' totals, without
//! those that were cancelled one by one while it was unpaid; a cart is bought once, whatever comes in at
//! the same time; an unpaid checkout is paid, cancelled or expired exactly once, and the last two give the
//! stock back, and the uses of coupons. Whoever changes a checkout locks its row first and its orders after (see [`crate::orders`]),
//! and decides by [`Situation::decide`].

mod engine;
mod error;
pub mod links;
mod model;
mod purchase;
mod split;
mod store;

pub use engine::{Engine, FAIL_POINTS, Limits};
pub use error::{CheckoutError, LineProblem};
pub use links::LinkToken;
pub use model::{Buyer, Checkout, CheckoutStatus, Move, Situation};
pub use purchase::{Destination, PlaceInput, Placed, Purchase, Render, ShippingChoice};

pub(crate) use store::{INSERTS, STATEMENTS};

use db::{Conn, Tx};
use types::{CheckoutId, Email, UserId};

use crate::error::Refusal;
use crate::jobs::{self, Job};
use crate::orders::{self, Closing};
use crate::payments::{self, Method};
use crate::pricing::Totals;
use crate::{Market, Result, Shopper, coupons};

/// The checkout, when there is one. Whoever shows it checks whose it is.
pub async fn find(conn: &mut Conn, checkout: CheckoutId) -> Result<Option<Checkout>> {
    store::find(conn, checkout).await
}

/// The checkout that `shopper` bought. Somebody else's is `not_found`.
pub async fn find_of(conn: &mut Conn, checkout: CheckoutId, shopper: &Shopper) -> Result<Checkout> {
    let found = store::find(conn, checkout).await?.filter(|checkout| checkout.is_of(shopper));
    found.ok_or_else(|| Refusal::NotFound.into())
}

/// The checkout, locked until the transaction ends: the first step of whatever moves it or its orders.
pub async fn lock(tx: &mut Tx, checkout: CheckoutId) -> Result<Checkout> {
    store::lock(tx, checkout).await?.ok_or_else(|| Refusal::NotFound.into())
}

/// Notes that a checkout's money came in by `method`: its orders go to their sellers. Refused when it is paid
/// already, or when it is too late.
pub async fn confirm(tx: &mut Tx, market: &Market, id: CheckoutId, method: Method) -> Result<()> {
    let checkout = lock(tx, id).await?;
    let status = checkout.situation().decide(Move::Confirm, market.now())?;
    if checkout.payment_method != method {
        // An earlier attempt was paid after another was begun.
        store::set_method(tx, id, method).await?;
    }
    store::end_wait(tx, id, status).await?;
    orders::start(tx, market, id).await
}

/// Refuses a checkout that can't be paid any more, and keeps it as it is until the transaction ends.
pub async fn refuse_unless_payable(tx: &mut Tx, market: &Market, checkout: CheckoutId) -> Result<()> {
    lock(tx, checkout).await?.situation().decide(Move::Confirm, market.now())?;
    Ok(())
}

/// Gives an unpaid checkout up: its orders are cancelled and their stock goes back.
pub async fn cancel(tx: &mut Tx, market: &Market, id: CheckoutId) -> Result<Checkout> {
    let checkout = lock(tx, id).await?;
    let status = checkout.situation().decide(Move::Cancel, market.now())?;
    store::end_wait(tx, id, status).await?;
    coupons::give_back(tx, market, id).await?;
    orders::close_unpaid(tx, market, id, Closing::Cancelled(checkout.user)).await?;
    payments::cancel_open(tx, market, id).await?;
    Ok(Checkout { status, ..checkout })
}

/// Ends a checkout that was not paid in time: its orders are cancelled and their stock goes back. One that
/// is no longer waiting is left alone, so that running twice is harmless. Where there is still time, since the
/// clock was put back, it is seen to again when that is over.
pub async fn expire(tx: &mut Tx, market: &Market, id: CheckoutId) -> Result<()> {
    let Some(checkout) = store::lock(tx, id).await? else { return Ok(()) };
    let status = match checkout.situation().decide(Move::Expire, market.now()) {
        Ok(status) => status,
        Err(CheckoutError::NotDue) => {
            let again = Job::ExpireCheckout { checkout: id.as_i64() };
            return jobs::enqueue(tx, market, &again, checkout.expires_at).await;
        }
        Err(_over) => return Ok(()),
    };
    store::end_wait(tx, id, status).await?;
    coupons::give_back(tx, market, id).await?;
    orders::close_unpaid(tx, market, id, Closing::Expired).await?;
    payments::cancel_open(tx, market, id).await
}

/// How much later than its job the sweep comes, in seconds.
const OVERDUE_SECONDS: i64 = 60;

/// Ends the longest overdue checkout, whose job was given up or lost; says whether there was one. One at a time:
/// the rows of several checkouts have no common order.
pub async fn expire_overdue(tx: &mut Tx, market: &Market) -> Result<bool> {
    let Some(id) = store::overdue(tx, market.now().plus_seconds(-OVERDUE_SECONDS)).await? else {
        return Ok(false);
    };
    expire(tx, market, id).await.map(|()| true)
}

/// Tries to pay an unpaid checkout again, maybe by another method. An attempt by the same method that is
/// still open stays as it is.
pub async fn pay_again(tx: &mut Tx, market: &Market, id: CheckoutId, method: Method) -> Result<Checkout> {
    let checkout = lock(tx, id).await?;
    let status = checkout.situation().decide(Move::Confirm, market.now())?;
    let open = payments::of_checkout(tx, id).await?.filter(|payment| payment.status.is_open());
    if open.is_none_or(|payment| payment.method != method) {
        payments::cancel_open(tx, market, id).await?;
        let due = payments::due(market, id, checkout.user, method, checkout.totals.grand());
        payments::open_all(tx, market, &[&due]).await?;
        store::set_method(tx, id, method).await?;
    }
    let checkout = Checkout { payment_method: method, ..checkout };
    if method.is_prepaid() {
        return Ok(checkout);
    }
    store::end_wait(tx, id, status).await?;
    orders::start(tx, market, id).await?;
    Ok(Checkout { status, ..checkout })
}

/// Gives a user, whose e-mail address was just proven, what was bought with it by guests.
pub async fn claim(tx: &mut Tx, user: UserId, email: &Email) -> Result<()> {
    store::claim(tx, user, &email.key()).await
}

/// Takes `part`, the totals of an order that was just cancelled, off its unpaid checkout. The last order
/// cancels the checkout; where nothing is to be paid for those that are left, they go to their sellers. The
/// caller has lowered the payment.
pub async fn lower(tx: &mut Tx, market: &Market, id: CheckoutId, part: Totals) -> Result<()> {
    let checkout = lock(tx, id).await?;
    let is_last = !orders::any_unpaid(tx, id).await?;
    let (rest, status) = checkout.without(part, is_last, market.now())?;
    if status == CheckoutStatus::Cancelled {
        coupons::give_back(tx, market, id).await?;
    }
    store::lower(tx, id, rest, status).await?;
    if status != CheckoutStatus::AwaitingPayment {
        // Also an attempt that was declined takes no more money.
        payments::cancel_open(tx, market, id).await?;
    }
    if status == CheckoutStatus::Confirmed {
        orders::start(tx, market, id).await?;
        payments::settle_free(tx, market, &Checkout { status, totals: rest, ..checkout }).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
