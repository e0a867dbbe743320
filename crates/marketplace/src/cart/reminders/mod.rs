//! Reminders of carts that were left: a mail to a user some hours after they last put something in.
//!
//! Off unless the operator sets after how many hours. Invariants: a cart has at most one reminder that waits,
//! and each change of the cart puts it off, so that a cart is told of once for each time it is left as it is;
//! whoever takes reminders that are due removes them in the transaction that writes the mails, so that several
//! nodes never tell twice. Who has bought the cart, has emptied it, is suspended or wants no reminders gets none.

mod store;
mod token;

pub use token::OptOutToken;

pub(crate) use store::STATEMENTS;

use db::{Conn, Tx};
use types::{CartId, Timestamp, UserId};

use super::{Place, Priced, view};
use crate::error::Refusal;
use crate::notifications::{self, Mail};
use crate::{Market, Result, Shopper, signatures};

/// The most hours after which a cart counts as left: 30 days.
pub(crate) const HOURS_MAX: i64 = 720;

/// What was not told within this many seconds of its time, since nothing ran, is told no more: 7 days.
const STALE_SECONDS: i64 = 7 * 24 * 60 * 60;

/// Notes that a user changed what is in their locked cart: it is not left yet.
pub(super) async fn put_off(tx: &mut Tx, market: &Market, cart: CartId, shopper: &Shopper) -> Result<()> {
    let hours = market.settings.cart_reminder_hours;
    if hours == 0 || shopper.user().is_none() {
        return Ok(());
    }
    store::put_off(tx, cart, market.now().plus_seconds(hours * 60 * 60)).await
}

/// Mails the owners of carts that were left, at most `most`, and says how many reminders were taken. Once
/// reminders are switched off, those that wait are dropped.
pub(crate) async fn sweep(tx: &mut Tx, market: &Market, most: i64) -> Result<u64> {
    let now = market.now();
    let is_on = market.settings.cart_reminder_hours > 0;
    let due = store::due(tx, is_on.then_some(now), most).await?;
    let fresh = |due_at: Timestamp| is_on && due_at > now.plus_seconds(-STALE_SECONDS);
    let carts: Vec<CartId> = due.iter().filter(|(_, at)| fresh(*at)).map(|(cart, _)| *cart).collect();
    let mails = store::worth_telling(tx, &carts).await?;
    let mails = mails.into_iter().map(|cart| Mail::CartReminder { cart: cart.as_i64() }).collect();
    store::forget(tx, &due).await?;
    notifications::send_all(tx, market, mails).await?;
    Ok(u64::try_from(due.len()).unwrap_or(0))
}

/// What a reminder tells: the cart as it is now, and whose it is. `None` when there is nothing to tell any more.
pub(crate) async fn read(conn: &mut Conn, market: &Market, cart: CartId) -> Result<Option<(UserId, Priced)>> {
    if store::worth_telling(conn, &[cart]).await?.is_empty() {
        return Ok(None);
    }
    let Some(user) = store::owner(conn, cart).await? else { return Ok(None) };
    let priced = view(conn, market, &Shopper::User(user), Place::Usual).await?;
    Ok(Some((user, priced)))
}

/// Whether a user wants to be reminded.
pub async fn is_wanted(conn: &mut Conn, user: UserId) -> Result<bool> {
    Ok(unwanted_since(conn, user).await?.is_none())
}

/// Since when a user wants no reminders; `None` when they want them.
pub async fn unwanted_since(conn: &mut Conn, user: UserId) -> Result<Option<Timestamp>> {
    store::opted_out_since(conn, user).await
}

/// Whether a user is to be reminded from now on.
pub async fn want(tx: &mut Tx, market: &Market, user: UserId, wanted: bool) -> Result<()> {
    if wanted { store::opt_in(tx, user).await } else { store::opt_out(tx, user, market.now()).await }
}

/// The address by which the reader of a reminder says that they want no more of them.
pub(crate) async fn opt_out_link(market: &Market, user: UserId) -> Result<String> {
    let signature = signatures::sign(market, &token::message(user)).await?;
    let home = &market.settings.public_url;
    Ok(format!("{home}/reminders/stop?token={}", token::text(user, &signature)))
}

/// Whose wish a token says it is. One that was not signed here is `not_found`.
pub async fn reader_of(conn: &mut Conn, token: &OptOutToken) -> Result<UserId> {
    let is_good = signatures::is_signed(conn, &token::message(token.user), &token.signature).await?;
    if is_good { Ok(token.user) } else { Err(Refusal::NotFound.into()) }
}
