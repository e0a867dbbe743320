//! What an account is.

use types::{Email, Line, Timestamp, UserId};

use super::PasswordHash;

/// A person with an account.
#[derive(Debug, Clone)]
pub struct User {
    /// Identifier.
    pub id: UserId,
    /// E-mail address as the person wrote it.
    pub email: Email,
    /// First name.
    pub first_name: String,
    /// Last name, when given.
    pub last_name: Option<String>,
    /// Since when they operate the marketplace.
    pub admin_since: Option<Timestamp>,
    /// Since when they are kept out.
    pub suspended_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl User {
    /// Whether they operate the marketplace.
    pub const fn is_admin(&self) -> bool {
        self.admin_since.is_some()
    }
}

db::from_row!(User { id, email, first_name, last_name, admin_since, suspended_at, created_at });

/// What makes a user.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// E-mail address, not yet taken.
    pub email: Email,
    /// The password's hash.
    pub password: PasswordHash,
    /// First name.
    pub first_name: Line<50>,
    /// Last name.
    pub last_name: Option<Line<50>>,
}
