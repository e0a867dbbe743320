//! Accounts: who a person is, and how they prove it.
//!
//! Invariants: one user per e-mail address, whatever its case; a registration makes a user only with the
//! code that was mailed to it; every access token belongs to a session, and a session that is revoked
//! or whose user is suspended loses access at once, on every node.

mod addresses;
mod error;
mod model;
mod password;
mod sessions;
mod store;
mod tokens;

pub use addresses::{Address, PostalAddress, find_address};
pub use error::AccountError;
pub use model::{NewUser, User};
pub use password::{PasswordHash, hash_password};
pub use sessions::{Client, TokenPair, authenticate, open_session};
pub use tokens::{ACCESS_TOKEN_SECONDS, PublicKey, SigningKey, Tokens};

pub(crate) use store::STATEMENTS;

use db::{Conn, Tx};
use types::{Email, UserId, kind};

use crate::error::Refusal;
use crate::{Market, Result};

/// Makes a user. An e-mail address that has one already is refused as `email_taken`.
pub async fn create_user(tx: &mut Tx, market: &Market, new: &NewUser) -> Result<UserId> {
    let id = market.id::<kind::User>();
    if store::insert_user(tx, id, new, market.now()).await? {
        Ok(id)
    } else {
        Err(AccountError::EmailTaken.into())
    }
}

/// Makes a user an operator of the marketplace, or one no longer.
pub async fn set_admin(tx: &mut Tx, market: &Market, user: UserId, is_admin: bool) -> Result<()> {
    store::set_admin(tx, user, is_admin.then(|| market.now()), market.now()).await
}

/// Keeps a user out, or lets them in again; `not_found` when there is none. Every session ends at once.
pub async fn set_suspended(tx: &mut Tx, market: &Market, user: UserId, is_suspended: bool) -> Result<()> {
    let now = market.now();
    if !store::set_suspended(tx, user, is_suspended.then_some(now), now).await? {
        return Err(Refusal::NotFound.into());
    }
    if is_suspended {
        store::revoke_sessions(tx, user, now).await?;
    }
    Ok(())
}

/// A user by identifier.
pub async fn find_user(conn: &mut Conn, id: UserId) -> Result<Option<User>> {
    store::find_user(conn, id).await
}

/// A user by e-mail address, whatever its case.
pub async fn find_user_by_email(conn: &mut Conn, email: &Email) -> Result<Option<User>> {
    store::find_user_by_email(conn, email).await
}
