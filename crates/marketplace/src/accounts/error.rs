//! How accounts refuse.

use crate::{Kind, Rejection};

/// Why an account operation was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Another user has this e-mail address.
    #[error("this e-mail address is taken")]
    EmailTaken,
    /// The user was suspended by an admin.
    #[error("this account is suspended")]
    Suspended,
}

impl Rejection for AccountError {
    fn kind(&self) -> Kind {
        match self {
            Self::EmailTaken => Kind::Conflict,
            Self::Suspended => Kind::Forbidden,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::EmailTaken => "email_taken",
            Self::Suspended => "suspended",
        }
    }
}
