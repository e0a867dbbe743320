//! Products and variants of the caller's own shop: holding one is the proof.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use marketplace::catalog::products::{self, Product, ProductRef, ProductStatus};
use marketplace::catalog::variants::{self, Variant};
use marketplace::error::Refusal;
use marketplace::vendors::Membership;
use types::VariantId;

use super::{User, require_members_factor};
use crate::problem::Problem;
use crate::{App, acting};

/// A product of a shop that the caller belongs to, named by `{id}`: an identifier or a slug.
#[derive(Debug, Clone)]
pub struct OwnProduct {
    /// The product; not archived.
    pub product: Product,
    /// The caller as a member of its shop.
    pub by: Membership,
}

/// A variant of such a product, named by `{id}`.
#[derive(Debug, Clone)]
pub struct OwnVariant {
    /// The variant.
    pub variant: Variant,
    /// The caller as a member of its shop.
    pub by: Membership,
}

impl FromRequestParts<App> for OwnProduct {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let User(caller) = <User as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let named: ProductRef = id(parts, app).await?.parse().map_err(|_| Problem::not_found())?;
        let mut conn = app.read().await?;
        let product = products::find(&mut conn, &named).await?.ok_or_else(Problem::not_found)?;
        let by = products::membership_for(&mut conn, caller.user, product.vendor).await?;
        require_members_factor(app, &caller)?;
        if product.status == ProductStatus::Archived {
            return Err(marketplace::Error::from(Refusal::Gone).into());
        }
        acting::as_member_on(by, product.id);
        Ok(Self { product, by })
    }
}

impl FromRequestParts<App> for OwnVariant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let User(caller) = <User as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let named: VariantId = id(parts, app).await?.parse().map_err(|_| Problem::not_found())?;
        let mut conn = app.read().await?;
        let variant = variants::find(&mut conn, named).await?.ok_or_else(Problem::not_found)?;
        let product = products::find(&mut conn, &variant.product.into()).await?;
        let product = product.ok_or_else(Problem::not_found)?;
        let by = products::membership_for(&mut conn, caller.user, product.vendor).await?;
        require_members_factor(app, &caller)?;
        acting::as_member_on(by, variant.id);
        Ok(Self { variant, by })
    }
}

/// The path's `{id}`.
async fn id(parts: &mut Parts, app: &App) -> Result<String, Problem> {
    let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Problem::not_found())?;
    let found = params.iter().find(|(name, _)| *name == "id").map(|(_, value)| value.to_owned());
    found.ok_or_else(Problem::not_found)
}
