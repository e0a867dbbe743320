//! Who acts.

use types::{SessionId, UserId};

/// A person who has proved who they are, with the rights they have at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub user: UserId,
    /// The login that the access token belongs to.
    pub session: SessionId,
    /// Whether they operate the marketplace.
    pub is_admin: bool,
}

/// Who fills a cart: a user, or a guest who holds a cart token.
#[derive(Debug, Clone, PartialEq, Eq)]
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
