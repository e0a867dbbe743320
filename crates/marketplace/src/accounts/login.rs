//! Logging in and changing the password: what somebody does who knows it.

use db::{Conn, Tx};
use types::{Email, GivenPassword, UserId};

use super::{AccountError, Attempt, Client, PasswordHash, SecondFactor, TokenPair, password, store};
use crate::notifications::{self, Mail};
use crate::{Market, Result, accounts};

/// A user and the hash of their password, to compare a given one with.
#[derive(Debug, Clone)]
pub struct Credentials {
    user: UserId,
    password: PasswordHash,
}

db::from_row!(Credentials { user, password });

/// Proof that somebody knew a user's password when it was compared.
#[derive(Debug, Clone)]
pub struct Proven(Credentials);

impl Proven {
    /// The user whose password it was.
    pub const fn user(&self) -> UserId {
        self.0.user
    }
}

/// What to compare a password with, by e-mail address.
pub async fn credentials_by_email(conn: &mut Conn, email: &Email) -> Result<Option<Credentials>> {
    store::credentials_by_email(conn, email).await
}

/// What to compare a password with, by user.
pub async fn credentials(conn: &mut Conn, user: UserId) -> Result<Option<Credentials>> {
    store::credentials(conn, user).await
}

/// Compares a password: outside of any transaction, since it takes its time. It takes the same time for
/// a user that does not exist.
pub async fn prove(known: Option<Credentials>, given: GivenPassword) -> Result<Proven> {
    let fits = password::verify(given, known.as_ref().map(|known| &known.password)).await?;
    match known {
        Some(known) if fits => Ok(Proven(known)),
        _ => Err(AccountError::InvalidCredentials.into()),
    }
}

/// Refuses where the password was changed since it was proved.
pub async fn still_proven(tx: &mut Tx, proven: &Proven) -> Result<()> {
    let Proven(known) = proven;
    let current = store::lock_user(tx, known.user).await?;
    if current.is_none_or(|current| current.password != known.password) {
        return Err(AccountError::InvalidCredentials.into());
    }
    Ok(())
}

/// Opens a session for somebody who knows the password, unless it was changed just now, and who has the
/// second factor where the account asks for one. A wrong one is counted.
pub async fn log_in(
    tx: &mut Tx,
    market: &Market,
    proven: &Proven,
    second: Option<&SecondFactor>,
    client: &Client,
) -> Result<Attempt<TokenPair>> {
    let Proven(known) = proven;
    let current = store::lock_user(tx, known.user).await?;
    let Some(current) = current.filter(|current| current.password == known.password) else {
        return Err(AccountError::InvalidCredentials.into());
    };
    if current.suspended_at.is_some() {
        return Err(AccountError::Suspended.into());
    }
    if let Err(refused) = accounts::check_second_factor(tx, market, known.user, second).await? {
        return Ok(Err(refused));
    }
    Ok(Ok(accounts::open_session(tx, market, known.user, client).await?))
}

/// Sets a new password for somebody who knows the old one. Every session ends, this one too.
pub async fn change_password(
    tx: &mut Tx,
    market: &Market,
    proven: &Proven,
    new: &PasswordHash,
) -> Result<()> {
    still_proven(tx, proven).await?;
    set_password(tx, market, proven.user(), new).await
}

/// Replaces the password: sessions and reset codes of before are good no more, and the user is told.
/// The caller has locked the user.
pub(super) async fn set_password(
    tx: &mut Tx,
    market: &Market,
    user: UserId,
    new: &PasswordHash,
) -> Result<()> {
    let now = market.now();
    store::set_password(tx, user, new, now).await?;
    store::drop_reset(tx, user).await?;
    store::revoke_sessions(tx, user, now).await?;
    notifications::send(tx, market, Mail::PasswordChanged { user: user.as_i64() }).await
}
