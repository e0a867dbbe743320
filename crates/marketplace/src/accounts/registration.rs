//! Registration: held until the code that was mailed comes back.
//!
//! Up to three may wait for one e-mail address, each in a slot of its own, which the schema keeps to. The
//! first to be verified becomes the user; the others are dead from then on, since their address is taken.

use db::Tx;
use types::{Email, Timestamp, UserId, kind};

use super::code::MAX_WRONG_TRIES;
use super::store::{self, Held, Hold};
use super::{AccountError, Attempt, Client, NewUser, OneTimeCode, TokenPair, User};
use crate::error::Refusal;
use crate::notifications::{self, Mail};
use crate::vendors::{self, Application};
use crate::{Error, Market, Result, accounts, checkout, secrets};

/// Registrations that may wait for one e-mail address.
const SLOTS: i64 = 3;

/// Seconds between two codes of one registration.
const RESEND_WAIT_SECONDS: i64 = 30;

/// Codes that are sent again for one registration.
const MAX_RESENDS: i64 = 5;

/// Who wants to register, and with which shop.
#[derive(Debug, Clone)]
pub struct NewRegistration {
    /// The user to be.
    pub user: NewUser,
    /// The shop that they apply for as soon as they are a user.
    pub vendor: Option<Application>,
}

/// A registration that waits for its code.
#[derive(Debug, Clone)]
pub struct PendingRegistration {
    /// What only the registering client knows.
    pub registration_id: String,
    /// Where the code went.
    pub email: Email,
    /// Until when the code is good.
    pub otp_expires_at: Timestamp,
}

/// A registration that has become a user, logged in.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The user.
    pub user: User,
    /// Their first session.
    pub tokens: TokenPair,
}

/// Holds a registration and mails its code. A fourth for one e-mail address has to wait until one of the
/// three expires.
pub async fn register(tx: &mut Tx, market: &Market, new: &NewRegistration) -> Result<PendingRegistration> {
    let email = &new.user.email;
    if accounts::find_user_by_email(tx, email).await?.is_some() {
        return Err(AccountError::EmailTaken.into());
    }
    let registration_id = secrets::token::<16>("reg_")?;
    let code = OneTimeCode::generate()?;
    let vendor = new.vendor.as_ref().map(serde_json::to_string).transpose();
    let hold = Hold {
        id_hash: secrets::digest(&registration_id),
        user: &new.user,
        vendor: vendor.map_err(|error| Error::failed("a vendor's application is no JSON", error))?,
        otp_hash: code.digest(&registration_id),
        now: market.now(),
        expires: code_expiry(market),
    };
    if !hold_in_a_slot(tx, &hold).await? {
        let first_end = store::first_registration_end(tx, email).await?.unwrap_or(hold.now);
        return Err(Refusal::RateLimited { retry_after: first_end.seconds_since(hold.now).max(1) }.into());
    }
    mail_code(tx, market, email, new.user.first_name.as_str(), &code).await?;
    Ok(PendingRegistration { registration_id, email: email.clone(), otp_expires_at: hold.expires })
}

async fn hold_in_a_slot(tx: &mut Tx, hold: &Hold<'_>) -> Result<bool> {
    for slot in 0..SLOTS {
        if store::hold_registration(tx, slot, hold).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes the user of a registration whose code is right; wrong codes are counted and drop it in the end.
pub async fn verify_registration(
    tx: &mut Tx,
    market: &Market,
    registration_id: &str,
    code: &OneTimeCode,
    client: &Client,
) -> Result<Attempt<Verified>> {
    let id_hash = secrets::digest(registration_id);
    let Some(held) = store::try_registration(tx, &id_hash, market.now()).await? else {
        return Ok(Err(AccountError::RegistrationNotFound));
    };
    if !code.matches(registration_id, &held.otp_hash) {
        if held.wrong_tries >= MAX_WRONG_TRIES {
            store::drop_registration(tx, &id_hash).await?;
        }
        return Ok(Err(AccountError::InvalidOtp));
    }
    store::drop_registration(tx, &id_hash).await?;
    let email = held.user.email.clone();
    let id = market.id::<kind::User>();
    if !store::insert_user(tx, id, &held.user, market.now()).await? {
        // Another registration of this address was verified in the meantime.
        return Ok(Err(AccountError::RegistrationNotFound));
    }
    store::drop_registrations_of(tx, &email).await?;
    settle(tx, market, id, held).await?;
    let tokens = accounts::open_session(tx, market, id, client).await?;
    let user =
        accounts::find_user(tx, id).await?.ok_or_else(|| Error::internal("a new user is not there"))?;
    Ok(Ok(Verified { user, tokens }))
}

/// What follows from a verified registration.
async fn settle(tx: &mut Tx, market: &Market, user: UserId, held: Held) -> Result<()> {
    checkout::claim(tx, user, &held.user.email).await?;
    notifications::send(tx, market, Mail::Welcome { user: user.as_i64() }).await?;
    if let Some(vendor) = held.vendor {
        let application: Application = serde_json::from_str(&vendor)
            .map_err(|error| Error::failed("a held application can't be read", error))?;
        vendors::enrol(tx, market, user, &application).await?;
    }
    Ok(())
}

/// Mails a new code, which is good for a new while; the one before is good no more.
pub async fn resend_code(tx: &mut Tx, market: &Market, registration_id: &str) -> Result<PendingRegistration> {
    let id_hash = secrets::digest(registration_id);
    let code = OneTimeCode::generate()?;
    let (now, expires) = (market.now(), code_expiry(market));
    let wait = if market.settings.throttle { RESEND_WAIT_SECONDS } else { 0 };
    let otp_hash = code.digest(registration_id);
    let limits = store::ResendLimits { max: MAX_RESENDS, sent_before: now.plus_seconds(-wait) };
    let sent = store::renew_registration(tx, &id_hash, &otp_hash, limits, (now, expires)).await?;
    let Some((email, first_name)) = sent else {
        let held = store::registration_sends(tx, &id_hash, now).await?;
        let held = held.ok_or(AccountError::RegistrationNotFound)?;
        let next =
            if held.resends >= MAX_RESENDS { held.expires_at } else { held.sent_at.plus_seconds(wait) };
        return Err(Refusal::RateLimited { retry_after: next.seconds_since(now).max(1) }.into());
    };
    mail_code(tx, market, &email, &first_name, &code).await?;
    Ok(PendingRegistration { registration_id: registration_id.to_owned(), email, otp_expires_at: expires })
}

fn code_expiry(market: &Market) -> Timestamp {
    market.now().plus_seconds(market.settings.otp_ttl_seconds)
}

async fn mail_code(
    tx: &mut Tx,
    market: &Market,
    email: &Email,
    first_name: &str,
    code: &OneTimeCode,
) -> Result<()> {
    let mail = Mail::VerificationCode {
        email: email.to_string(),
        first_name: first_name.to_owned(),
        code: code.expose().to_owned(),
    };
    notifications::send(tx, market, mail).await
}
