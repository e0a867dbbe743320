//! Who acts for a shop.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use marketplace::vendors::{self, Membership, VendorRef};

use super::{FromQuery, Query, QueryReader, User, require_members_factor};
use crate::problem::Problem;
use crate::{App, acting};

/// A member of the shop that `?vendor=` or `?vendor_id=` names, or of their only one.
#[derive(Debug, Clone, Copy)]
pub struct VendorMember(pub Membership);

/// The shop that a member of several names: an identifier or a slug.
struct Shop(Option<VendorRef>);

impl FromQuery for Shop {
    fn from_query(query: &mut QueryReader) -> Self {
        Self(query.optional("vendor").or_else(|| query.optional("vendor_id")))
    }
}

impl FromRequestParts<App> for VendorMember {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let User(caller) = <User as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let Query(Shop(vendor)) = Query::from_request_parts(parts, app).await?;
        let mut conn = app.read().await?;
        let member = vendors::membership(&mut conn, caller.user, vendor.as_ref()).await?;
        require_members_factor(app, &caller)?;
        acting::as_member(member);
        Ok(Self(member))
    }
}
