//! Two-factor login: beside the password the code of an authenticator app (TOTP, RFC 6238).
//!
//! It is set up in two steps, so that nobody locks themselves out: a secret is made, and counts once a code
//! proves that the app has it. A code is taken once, whatever its time step allows, and so is each of the
//! recovery codes. Guesses are counted in the database.

use db::{Conn, Tx};
use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Builder, Secret, Totp};
use types::{SessionId, Timestamp, UserId};

use super::second_factor::RECOVERY_CODES;
use super::{AccountError, Attempt, OneTimeCode, RecoveryCode, SecondFactor, rates, store};
use crate::error::Refusal;
use crate::notifications::{self, Mail, SecurityEvent};
use crate::{Error, Market, Result, accounts, secrets, throttle};

/// Bytes of a secret: as long as what SHA-1 makes of it (RFC 4226, 4).
const SECRET_BYTES: usize = 20;

/// Seconds in which a secret must be confirmed.
const SETUP_SECONDS: i64 = 30 * 60;

/// What an authenticator app needs.
pub struct Enrolment {
    /// The secret in base 32, to be typed in.
    pub secret: String,
    /// The same as an address that apps open.
    pub otpauth_url: String,
    /// The address as a QR code, an SVG picture.
    pub qr_svg: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

/// How somebody's two-factor login stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwoFactor {
    /// Since when it is on.
    pub since: Option<Timestamp>,
    /// Recovery codes that were not used.
    pub recovery_codes_left: i64,
}

/// How somebody's two-factor login stands.
pub async fn two_factor(conn: &mut Conn, user: UserId) -> Result<TwoFactor> {
    let since = store::two_factor_since(conn, user).await?;
    Ok(TwoFactor { since, recovery_codes_left: store::recovery_codes_left(conn, user).await? })
}

/// Makes a secret that [`confirm_two_factor`] puts to use; one that waits is replaced.
pub async fn start_two_factor(tx: &mut Tx, market: &Market, user: UserId) -> Result<Enrolment> {
    let account = accounts::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    if store::two_factor_since(tx, user).await?.is_some() {
        return Err(AccountError::TwoFactorIsOn.into());
    }
    let mut secret = [0; SECRET_BYTES];
    secrets::fill(&mut secret)?;
    let sealed = market.vault.seal(&purpose(user), &secret)?;
    store::put_two_factor(tx, user, &sealed, market.now()).await?;
    let totp = authenticator(&secret, account.email.as_str(), market)?;
    let otpauth_url =
        totp.to_url().map_err(|error| Error::failed("an authenticator's address can't be made", error))?;
    let picture = QrCode::new(&otpauth_url)
        .map_err(|error| Error::failed("an authenticator's address can't be drawn", error))?;
    let qr_svg = picture.render::<svg::Color>().min_dimensions(240, 240).build();
    Ok(Enrolment { secret: totp.secret().to_base32(), otpauth_url, qr_svg })
}

/// Turns two-factor login on with a code of the secret that waits, and answers recovery codes. Every
/// session but the one that asks ends: it was opened with the password alone.
pub async fn confirm_two_factor(
    tx: &mut Tx,
    market: &Market,
    (user, session): (UserId, SessionId),
    code: &OneTimeCode,
) -> Result<Vec<RecoveryCode>> {
    accounts::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    let now = market.now();
    let waiting = store::waiting_two_factor(tx, user, now.plus_seconds(-SETUP_SECONDS)).await?;
    let Some(sealed) = waiting else {
        let is_on = store::two_factor_since(tx, user).await?.is_some();
        return Err(if is_on { AccountError::TwoFactorIsOn } else { AccountError::NoTwoFactor }.into());
    };
    let secret = market.vault.open(&purpose(user), &sealed)?;
    let step = matching_step(&secret, code.expose(), market)?.ok_or(AccountError::InvalidOtp)?;
    // This code proves that the app works. It has opened nothing yet, so the first login may take it.
    store::confirm_two_factor(tx, user, step - 1, now).await?;
    store::revoke_other_sessions(tx, user, session, now).await?;
    tell(tx, market, user, SecurityEvent::TwoFactorOn).await?;
    fresh_recovery_codes(tx, user).await
}

/// Replaces the recovery codes; those of before are good no more.
pub async fn renew_recovery_codes(tx: &mut Tx, market: &Market, user: UserId) -> Result<Vec<RecoveryCode>> {
    accounts::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    if store::two_factor_since(tx, user).await?.is_none() {
        return Err(AccountError::NoTwoFactor.into());
    }
    tell(tx, market, user, SecurityEvent::RecoveryCodesRenewed).await?;
    fresh_recovery_codes(tx, user).await
}

async fn fresh_recovery_codes(tx: &mut Tx, user: UserId) -> Result<Vec<RecoveryCode>> {
    store::drop_recovery_codes(tx, user).await?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let code = RecoveryCode::generate()?;
        store::insert_recovery_code(tx, user, &code.digest(user)).await?;
        codes.push(code);
    }
    Ok(codes)
}

/// Turns two-factor login off, or drops a secret that waits; `not_found` when there is neither.
pub async fn end_two_factor(tx: &mut Tx, market: &Market, user: UserId) -> Result<()> {
    accounts::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    let was_on = store::two_factor_since(tx, user).await?.is_some();
    if !store::drop_two_factor(tx, user, market.now()).await? {
        return Err(Refusal::NotFound.into());
    }
    store::drop_recovery_codes(tx, user).await?;
    if was_on {
        tell(tx, market, user, SecurityEvent::TwoFactorOff).await?;
    }
    Ok(())
}

/// Turns somebody else's two-factor login off, whose second factor is lost: an operator has made sure who they
/// are. All their sessions end, and they are told. `not_found` when it was off.
pub async fn end_lost_two_factor(tx: &mut Tx, market: &Market, user: UserId) -> Result<()> {
    let account = accounts::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    if store::two_factor_since(tx, account.id).await?.is_none() {
        return Err(Refusal::NotFound.into());
    }
    store::drop_two_factor(tx, user, market.now()).await?;
    store::drop_recovery_codes(tx, user).await?;
    store::revoke_sessions(tx, user, market.now()).await?;
    market.journal.about(user);
    market.journal.changed("two_factor", &true, &false);
    tell(tx, market, user, SecurityEvent::TwoFactorLost).await
}

/// Checks what somebody gives beside their password; whoever has no two-factor login needs nothing. The
/// caller has locked the user. A wrong code is counted, so the refusal must be committed; past the rate it
/// is `rate_limited`.
pub async fn check_second_factor(
    tx: &mut Tx,
    market: &Market,
    user: UserId,
    given: Option<&SecondFactor>,
) -> Result<Attempt<()>> {
    let Some(sealed) = store::two_factor_secret(tx, user).await? else { return Ok(Ok(())) };
    let Some(given) = given else { return Ok(Err(AccountError::TotpRequired)) };
    let who = user.to_string();
    if let Some(remaining) = throttle::count(tx, market, rates::TOTP_BY_ACCOUNT, &who).await? {
        remaining.or_refuse()?;
    }
    let fits = match given {
        SecondFactor::Code(code) => {
            let secret = market.vault.open(&purpose(user), &sealed)?;
            match matching_step(&secret, code, market)? {
                Some(step) => store::take_step(tx, user, step).await?,
                None => false,
            }
        }
        SecondFactor::Recovery(code) => store::take_recovery_code(tx, user, &code.digest(user)).await?,
    };
    if !fits {
        return Ok(Err(AccountError::TotpRequired));
    }
    if matches!(given, SecondFactor::Recovery(_)) {
        tell(tx, market, user, SecurityEvent::RecoveryCodeUsed).await?;
    }
    throttle::forget(tx, market, rates::TOTP_BY_ACCOUNT, &who).await?;
    Ok(Ok(()))
}

async fn tell(tx: &mut Tx, market: &Market, user: UserId, event: SecurityEvent) -> Result<()> {
    notifications::send(tx, market, Mail::Security { user: user.as_i64(), event }).await
}

fn purpose(user: UserId) -> String {
    format!("totp {user}")
}

/// The app's half of the secret: SHA-1, six digits, 30 seconds, which is what every app knows.
fn authenticator(secret: &[u8], account: &str, market: &Market) -> Result<Totp> {
    Builder::new()
        .with_secret(Secret::new(secret.into()))
        .with_account_name(account)
        .with_issuer(Some(market.settings.site_name().replace(':', " ")))
        .build()
        .map_err(|error| Error::failed("an authenticator's secret can't be used", error))
}

/// The time step that `code` belongs to: this one, the one before or the next, since clocks differ.
fn matching_step(secret: &[u8], code: &str, market: &Market) -> Result<Option<i64>> {
    let now = u64::try_from(market.now().as_seconds()).unwrap_or(0);
    let step = authenticator(secret, "-", market)?.check(code, now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}
