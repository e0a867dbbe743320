//! A new password for somebody who forgot theirs but reads their mail.

use db::Tx;
use types::{Email, Timestamp, UserId};

use super::code::MAX_WRONG_TRIES;
use super::{
    AccountError, Attempt, Client, OneTimeCode, PasswordHash, SecondFactor, TokenPair, login, rates, store,
};
use crate::notifications::{self, Mail};
use crate::{Market, Result, accounts, throttle};

/// Mails a code to the user of this address, if there is one; until when such a code is good. Nothing in
/// the answer tells whether there is. A new code replaces the one before.
pub async fn start_reset(tx: &mut Tx, market: &Market, email: &Email) -> Result<Timestamp> {
    let now = market.now();
    let expires = now.plus_seconds(market.settings.otp_ttl_seconds);
    // Counted for unknown addresses alike, so that these take a durable write, too.
    let mails = throttle::count(tx, market, rates::FORGOT_BY_ACCOUNT, &email.key()).await?;
    let is_too_often = mails.is_some_and(|mails| mails.tries < 0);
    let user = accounts::find_user_by_email(tx, email).await?;
    if let Some(user) = user.filter(|user| !is_too_often && user.suspended_at.is_none()) {
        let code = OneTimeCode::generate()?;
        store::put_reset(tx, user.id, &code.digest(&purpose(user.id)), (now, expires)).await?;
        let mail = Mail::PasswordResetCode { user: user.id.as_i64(), code: code.expose().to_owned() };
        notifications::send(tx, market, mail).await?;
    }
    Ok(expires)
}

/// What proves that somebody may set a new password without the old one.
#[derive(Debug)]
pub struct ResetProof {
    /// Whose password.
    pub email: Email,
    /// The code that was mailed.
    pub code: OneTimeCode,
    /// Where the account asks for it: who reads the mail alone does not get in.
    pub second: Option<SecondFactor>,
}

/// Sets a new password with the code that was mailed, ends every session and opens a new one. Wrong codes
/// are counted and drop the right one in the end.
pub async fn reset_password(
    tx: &mut Tx,
    market: &Market,
    ResetProof { email, code, second }: &ResetProof,
    new: &PasswordHash,
    client: &Client,
) -> Result<Attempt<TokenPair>> {
    let Some(user) = accounts::find_user_by_email(tx, email).await? else {
        return Ok(Err(AccountError::InvalidOtp));
    };
    let is_suspended = store::lock_user(tx, user.id).await?.is_none_or(|user| user.suspended_at.is_some());
    let Some(tried) = store::try_reset(tx, user.id, market.now()).await? else {
        return Ok(Err(AccountError::InvalidOtp));
    };
    if !code.matches(&purpose(user.id), &tried.otp_hash) {
        if tried.wrong_tries >= MAX_WRONG_TRIES {
            store::drop_reset(tx, user.id).await?;
        }
        return Ok(Err(AccountError::InvalidOtp));
    }
    if is_suspended {
        return Ok(Err(AccountError::Suspended));
    }
    if let Err(refused) = accounts::check_second_factor(tx, market, user.id, second.as_ref()).await? {
        return Ok(Err(refused));
    }
    login::set_password(tx, market, user.id, new).await?;
    Ok(Ok(accounts::open_session(tx, market, user.id, client).await?))
}

fn purpose(user: UserId) -> String {
    format!("reset {user}")
}
