//! How accounts refuse.

use crate::{Kind, Rejection};

/// Why an account operation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Another user has this e-mail address.
    #[error("this e-mail address is taken")]
    EmailTaken,
    /// The user was suspended by an admin.
    #[error("this account is suspended")]
    Suspended,
    /// No registration waits under this id: there was none, or it expired, was dropped or overtaken.
    #[error("no registration waits for a code here; register again")]
    RegistrationNotFound,
    /// The one-time code is wrong, spent or expired.
    #[error("this code is not the right one")]
    InvalidOtp,
    /// E-mail address and password do not belong together, or there is no such user: nobody learns which.
    #[error("e-mail address or password are wrong")]
    InvalidCredentials,
    /// The password is right, and what this account asks for beside it is missing, wrong, or was used before.
    #[error("give the code of your authenticator, or a recovery code, as `totp`")]
    TotpRequired,
    /// Two-factor login is on already.
    #[error("two-factor login is on already; turn it off first")]
    TwoFactorIsOn,
    /// Two-factor login is off, and no secret waits to be confirmed.
    #[error("no two-factor login is set up; begin by asking for a secret")]
    NoTwoFactor,
    /// The caller's role calls for two-factor login.
    #[error("your role needs two-factor login: set it up first")]
    TwoFactorRequired,
    /// The login was too long ago for what is asked.
    #[error("give your password as `current_password`, or log in again first")]
    ReauthenticationRequired,
    /// The refresh token is unknown, spent, expired or revoked.
    #[error("this refresh token is not good any more; log in again")]
    InvalidRefreshToken,
    /// The address book has no room.
    #[error("the address book is full; delete an address first")]
    AddressBookFull,
    /// The user has as many API keys as anybody may.
    #[error("there are 50 keys already; revoke one first")]
    TooManyApiKeys,
    /// The API key is not for this.
    #[error("this key is not for that: it lacks the scope, or it is for people only")]
    InsufficientScope,
    /// More passwords wait to be checked than the server takes on.
    #[error("too many logins at the moment; try again")]
    Overloaded,
}

impl Rejection for AccountError {
    fn kind(&self) -> Kind {
        match self {
            Self::EmailTaken
            | Self::AddressBookFull
            | Self::TwoFactorIsOn
            | Self::NoTwoFactor
            | Self::TooManyApiKeys => Kind::Conflict,
            Self::Suspended
            | Self::TwoFactorRequired
            | Self::ReauthenticationRequired
            | Self::InsufficientScope => Kind::Forbidden,
            Self::RegistrationNotFound => Kind::NotFound,
            Self::InvalidOtp => Kind::Invalid,
            Self::InvalidCredentials | Self::InvalidRefreshToken | Self::TotpRequired => {
                Kind::Unauthenticated
            }
            Self::Overloaded => Kind::Unavailable { retry_after: 2 },
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::EmailTaken => "email_taken",
            Self::Suspended => "suspended",
            Self::RegistrationNotFound => "registration_not_found",
            Self::InvalidOtp => "invalid_otp",
            Self::InvalidCredentials => "invalid_credentials",
            Self::TotpRequired => "totp_required",
            Self::TwoFactorIsOn => "two_factor_is_on",
            Self::NoTwoFactor => "no_two_factor",
            Self::TwoFactorRequired => "two_factor_required",
            Self::ReauthenticationRequired => "reauthentication_required",
            Self::InvalidRefreshToken => "invalid_refresh_token",
            Self::AddressBookFull => "address_book_full",
            Self::TooManyApiKeys => "too_many_api_keys",
            Self::InsufficientScope => "insufficient_scope",
            Self::Overloaded => "unavailable",
        }
    }
}
