//! Who acts.

use types::{ApiKeyId, SessionId, Timestamp, UserId};

use crate::accounts::Scopes;
use crate::settings::TwoFactorRule;

/// A person who has proved who they are, with the rights they have at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub user: UserId,
    /// How they have proved it.
    pub means: Means,
    /// Whether they operate the marketplace.
    pub is_admin: bool,
    /// Whether they would, if they logged in with two factors as the marketplace demands.
    pub is_barred_admin: bool,
    /// Whether they log in with two factors.
    pub has_two_factor: bool,
}

/// How a caller has proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// By an access token.
    Session {
        /// The login that it belongs to.
        id: SessionId,
        /// When they logged in.
        opened_at: Timestamp,
    },
    /// By an API key, which narrows down what they may do.
    ApiKey {
        /// Which.
        id: ApiKeyId,
        /// What it is for.
        scopes: Scopes,
    },
}

/// What a user is at this moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// Made an operator.
    pub(crate) admin: bool,
    /// Logs in with two factors.
    pub(crate) two_factor: bool,
}

impl Standing {
    /// The user as a caller: an operator without the two factors that are demanded is none.
    pub(crate) const fn caller(self, user: UserId, means: Means, rule: TwoFactorRule) -> Caller {
        let is_barred = rule.covers_admins() && !self.two_factor;
        Caller {
            user,
            means,
            is_admin: self.admin && !is_barred,
            is_barred_admin: self.admin && is_barred,
            has_two_factor: self.two_factor,
        }
    }
}

/// Who fills a cart: a user, or a guest who holds a cart token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Shopper {
    /// A logged-in user.
    User(UserId),
    /// A guest, by the SHA-256 of the cart token.
    Guest([u8; 32]),
}

impl Shopper {
    /// The user, when it is one.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(*user),
            Self::Guest(_) => None,
        }
    }
}

/// In which role somebody moved an order; what its timeline shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The buyer.
    Buyer(Option<UserId>),
    /// A member of the vendor.
    Vendor(UserId),
    /// An operator.
    Admin(UserId),
    /// The marketplace itself: a payment, an expiry.
    System,
}

impl Actor {
    /// The role's name.
    pub const fn role(self) -> &'static str {
        match self {
            Self::Buyer(_) => "buyer",
            Self::Vendor(_) => "vendor",
            Self::Admin(_) => "admin",
            Self::System => "system",
        }
    }

    /// The person, when it is one with an account.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::Buyer(user) => user,
            Self::Vendor(user) | Self::Admin(user) => Some(user),
            Self::System => None,
        }
    }
}
