//! Who fills a cart and buys: a user, or a guest by the token of a cart.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use marketplace::error::Refusal;
use marketplace::{Error, Shopper, cart};
use types::UserId;

use super::caller;
use crate::App;
use crate::extract::MaybeUser;
use crate::problem::Problem;

/// The header that names a guest's cart.
pub const CART_TOKEN: &str = "x-cart-token";

/// The cart token that a request carries. One that is malformed is none.
#[derive(Debug, Clone)]
pub struct CartToken(pub Option<cart::Token>);

impl CartToken {
    fn of(headers: &HeaderMap) -> Self {
        Self(headers.get(CART_TOKEN).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok()))
    }
}

impl<S: Sync> FromRequestParts<S> for CartToken {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// Somebody with a cart: a user, a guest with a token, or a guest who is given a new one.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Whose cart.
    pub shopper: Shopper,
    /// A guest's token, which every answer about the cart repeats.
    pub token: Option<cart::Token>,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let MaybeUser(caller) = MaybeUser::from_request_parts(parts, app).await?;
        if let Some(caller) = caller {
            return Ok(Self { shopper: Shopper::User(caller.user), token: None });
        }
        let token = match CartToken::of(&parts.headers).0 {
            Some(token) => token,
            None => cart::Token::generate()?,
        };
        Ok(Self { shopper: Shopper::Guest(token.digest()), token: Some(token) })
    }
}

/// Somebody who may buy: a user, or a guest with a cart token. Nobody else (`unauthenticated`).
#[derive(Debug, Clone)]
pub enum Buyer {
    /// A user, and by what their purchases are counted: see [`types::Email::person_key`].
    User(UserId, String),
    /// A guest, by the SHA-256 of the cart token.
    Guest([u8; 32]),
}

impl Buyer {
    /// Whose cart it is.
    pub const fn shopper(&self) -> Shopper {
        match self {
            Self::User(user, _) => Shopper::User(*user),
            Self::Guest(token) => Shopper::Guest(*token),
        }
    }
}

impl FromRequestParts<App> for Buyer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some((user, person)) = caller::buyer(parts, app).await? {
            return Ok(Self::User(user, person));
        }
        let guest = CartToken::of(&parts.headers).0.map(|token| Self::Guest(token.digest()));
        guest.ok_or_else(|| Error::from(Refusal::Unauthenticated).into())
    }
}
