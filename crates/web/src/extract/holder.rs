//! Who may see a purchase: its buyer, or whoever has the link that was mailed to a guest.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use db::Conn;
use marketplace::checkout::{self, Checkout, LinkToken, links};
use marketplace::error::Refusal;
use marketplace::{Error, Shopper};
use types::CheckoutId;

use crate::App;
use crate::extract::{CartToken, FromQuery, MaybeUser, Query, QueryReader};
use crate::problem::Problem;

/// Somebody who may hold purchases: a user, a guest with a cart token, both in one, or the holder of a link
/// (`?token=`), who sees one purchase only. Nobody else (`unauthenticated`).
#[derive(Debug, Clone)]
pub struct Holder {
    shoppers: Vec<Shopper>,
    link: Option<CheckoutId>,
}

impl Holder {
    /// The checkout, and as whom it is held. Somebody else's is `not_found`.
    pub async fn checkout(&self, conn: &mut Conn, id: CheckoutId) -> Result<(Checkout, Shopper), Error> {
        let checkout = checkout::find(conn, id).await?.ok_or(Refusal::NotFound)?;
        let own = self.shoppers.iter().find(|shopper| checkout.is_of(shopper)).cloned();
        let linked = checkout.guest_token_hash.filter(|_| self.link == Some(id)).map(Shopper::Guest);
        let shopper = own.or(linked).ok_or(Refusal::NotFound)?;
        Ok((checkout, shopper))
    }
}

/// `?token=`. One that is malformed is none.
struct Link(Option<LinkToken>);

impl FromQuery for Link {
    fn from_query(query: &mut QueryReader) -> Self {
        Self(query.optional::<String>("token").and_then(|text| text.parse().ok()))
    }
}

impl FromRequestParts<App> for Holder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let MaybeUser(caller) = MaybeUser::from_request_parts(parts, app).await?;
        let Ok(CartToken(token)) = CartToken::from_request_parts(parts, app).await;
        let user = caller.map(|caller| Shopper::User(caller.user));
        let guest = token.map(|token| Shopper::Guest(token.digest()));
        let shoppers: Vec<Shopper> = user.into_iter().chain(guest).collect();
        let Query(Link(token)) = Query::from_request_parts(parts, app).await?;
        let link = match token {
            Some(token) => links::checkout_of(&mut app.read().await?, &token).await?,
            None => None,
        };
        if shoppers.is_empty() && link.is_none() {
            return Err(Error::from(Refusal::Unauthenticated).into());
        }
        Ok(Self { shoppers, link })
    }
}
