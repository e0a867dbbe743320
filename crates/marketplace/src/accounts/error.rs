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
    /// The refresh token is unknown, spent, expired or revoked.
    #[error("this refresh token is not good any more; log in again")]
    InvalidRefreshToken,
    /// The address book has no room.
    #[error("the address book is full; delete an address first")]
    AddressBookFull,
    /// More passwords wait to be checked than the server takes on.
    #[error("too many logins at the moment; try again")]
    Overloaded,
}

impl Rejection for AccountError {
    fn kind(&self) -> Kind {
        match self {
            Self::EmailTaken | Self::AddressBookFull => Kind::Conflict,
            Self::Suspended => Kind::Forbidden,
            Self::RegistrationNotFound => Kind::NotFound,
            Self::InvalidOtp => Kind::Invalid,
            Self::InvalidCredentials | Self::InvalidRefreshToken => Kind::Unauthenticated,
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
            Self::InvalidRefreshToken => "invalid_refresh_token",
            Self::AddressBookFull => "address_book_full",
            Self::Overloaded => "unavailable",
        }
    }
}
