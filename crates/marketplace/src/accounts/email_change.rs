//! A new e-mail address: confirmed by whoever reads the new one and whoever reads the old one.
//!
//! Two codes are mailed, one to each; both are needed. So a stolen session and a stolen password together
//! don't take an account over while its owner still reads their mail. Sessions stay: the person is the
//! same, and an owner who did not ask for it needs theirs to react. Codes for a new password that were
//! mailed to the old address are good no more.

use db::Tx;
use types::{Email, Timestamp, UserId};

use super::code::MAX_WRONG_TRIES;
use super::{AccountError, Attempt, OneTimeCode, User, rates, store};
use crate::error::Refusal;
use crate::notifications::{self, Mail};
use crate::{Error, Market, Result, accounts, throttle};

/// The codes that were mailed.
#[derive(Debug)]
pub struct EmailCodes {
    /// To the address that is to be left.
    pub old: OneTimeCode,
    /// To the address that is to be.
    pub new: OneTimeCode,
}

/// Mails a code to each of the two addresses; until when they are good. A change that waits is replaced.
/// An address of another account is refused as `email_taken`.
pub async fn start_email_change(
    tx: &mut Tx,
    market: &Market,
    user: UserId,
    email: &Email,
) -> Result<Timestamp> {
    let account = accounts::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    let owner = accounts::find_user_by_email(tx, email).await?;
    if owner.is_some_and(|owner| owner.id != user) {
        return Err(AccountError::EmailTaken.into());
    }
    if account.email == *email {
        return Err(Error::invalid("/email", "not_allowed", "this is your e-mail address already"));
    }
    if let Some(remaining) = throttle::count(tx, market, rates::EMAIL_BY_ACCOUNT, &user.to_string()).await? {
        remaining.or_refuse()?;
    }
    let codes = EmailCodes { old: OneTimeCode::generate()?, new: OneTimeCode::generate()? };
    let (now, expires) = (market.now(), market.now().plus_seconds(market.settings.otp_ttl_seconds));
    let hashes =
        (codes.old.digest(&purpose("old", user, email)), codes.new.digest(&purpose("new", user, email)));
    store::put_email_change(tx, user, email, (&hashes.0, &hashes.1), (now, expires)).await?;
    for (to, code) in [(&account.email, &codes.old), (email, &codes.new)] {
        let mail = Mail::EmailChangeCode { email: to.to_string(), code: code.expose().to_owned() };
        notifications::send(tx, market, mail).await?;
    }
    Ok(expires)
}

/// Changes the address with both codes. Wrong ones are counted, and drop the change in the end.
pub async fn confirm_email_change(
    tx: &mut Tx,
    market: &Market,
    user: UserId,
    codes: &EmailCodes,
) -> Result<Attempt<User>> {
    let account = accounts::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    let Some(tried) = store::try_email_change(tx, user, market.now()).await? else {
        return Ok(Err(AccountError::InvalidOtp));
    };
    let old_fits = codes.old.matches(&purpose("old", user, &tried.email), &tried.old_otp_hash);
    let new_fits = codes.new.matches(&purpose("new", user, &tried.email), &tried.new_otp_hash);
    if !(old_fits && new_fits) {
        if tried.wrong_tries >= MAX_WRONG_TRIES {
            store::drop_email_change(tx, user).await?;
        }
        return Ok(Err(AccountError::InvalidOtp));
    }
    store::drop_email_change(tx, user).await?;
    if !store::set_email(tx, user, &tried.email, market.now()).await? {
        // Somebody registered it in the meantime.
        return Ok(Err(AccountError::EmailTaken));
    }
    store::drop_reset(tx, user).await?;
    let told = Mail::EmailChanged { email: account.email.to_string() };
    notifications::send(tx, market, told).await?;
    let changed = accounts::find_user(tx, user).await?;
    Ok(Ok(changed.ok_or_else(|| Error::internal("a locked user is not there"))?))
}

fn purpose(side: &str, user: UserId, email: &Email) -> String {
    format!("email {side} {user} {}", email.key())
}
