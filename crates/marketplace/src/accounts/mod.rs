//! Accounts: who a person is, and how they prove it.
//!
//! Invariants: one user per e-mail address, whatever its case; a registration makes a user only with the
//! code that was mailed to it; every access token belongs to a session, and a session that is revoked
//! or whose user is suspended loses access at once, on every node.

mod addresses;
mod api_keys;
mod code;
mod directory;
mod email_change;
mod error;
mod login;
mod model;
mod password;
pub mod rates;
mod registration;
mod reset;
mod second_factor;
mod sessions;
mod store;
mod sweep;
mod tokens;
mod two_factor;

pub use addresses::{
    Address, MAX_ADDRESSES, PostalAddress, add_address, change_address, find_address, list_addresses,
    lock_address, remove_address,
};
pub(crate) use addresses::{ask_addresses, ask_default_address};
pub use api_keys::{
    ApiKey, Area, MAX_API_KEYS, NewApiKey, PresentedKey, Scope, Scopes, authenticate_key, create_api_key,
    is_api_key, list_api_keys, note_key_use, require_key_owner, revoke_api_key,
};
pub use code::{Attempt, OneTimeCode};
pub use directory::{
    AccountChanges, DirectoryError, administer, is_last_admin, search_users, take_two_factor_off,
};
pub use email_change::{EmailCodes, confirm_email_change, start_email_change};
pub use error::AccountError;
pub use login::{
    Credentials, Proven, change_password, credentials, credentials_by_email, log_in, prove, still_proven,
};
pub use model::{NewUser, User};
pub use password::{PasswordHash, hash_password};
pub use registration::{
    NewRegistration, PendingRegistration, Verified, register, resend_code, verify_registration,
};
pub use reset::{ResetProof, reset_password, start_reset};
pub use second_factor::{RecoveryCode, SecondFactor};
pub use sessions::{
    Client, Session, TokenPair, authenticate, end_session, list_sessions, log_out, open_session, refresh,
};
pub use sweep::sweep;
pub use tokens::{ACCESS_TOKEN_SECONDS, PublicKey, SigningKey, Tokens, retire_signing_keys};
pub use two_factor::{
    Enrolment, TwoFactor, check_second_factor, confirm_two_factor, end_lost_two_factor, end_two_factor,
    renew_recovery_codes, start_two_factor, two_factor,
};

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

/// A user whom nobody else changes until this transaction ends.
pub async fn lock_user(tx: &mut Tx, id: UserId) -> Result<Option<User>> {
    store::lock_user(tx, id).await?;
    store::find_user(tx, id).await
}

/// Changes a user's names.
pub async fn rename_user(
    tx: &mut Tx,
    market: &Market,
    user: UserId,
    first_name: &str,
    last_name: Option<&str>,
) -> Result<()> {
    store::set_names(tx, user, first_name, last_name, market.now()).await
}

/// A user by identifier.
pub async fn find_user(conn: &mut Conn, id: UserId) -> Result<Option<User>> {
    store::find_user(conn, id).await
}

/// A user by e-mail address, whatever its case.
pub async fn find_user_by_email(conn: &mut Conn, email: &Email) -> Result<Option<User>> {
    store::find_user_by_email(conn, email).await
}
