//! The list of a shop's own products.

use axum::extract::State;
use marketplace::Market;
use marketplace::catalog::products::ProductStatus;
use marketplace::catalog::search::{self, Card, Words};
use serde::Serialize;
use types::{Limit, ProductId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::card::CardView;
use crate::App;
use crate::extract::{FromQuery, PageParams, Query, QueryReader, VendorMember};
use crate::problem::Result;
use crate::respond::List;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(own))
}

/// A product in its shop's own list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = own_product_card)]
struct OwnCardView {
    #[serde(flatten)]
    card: CardView,
    /// Where it stands.
    status: ProductStatus,
    /// Units of all variants.
    stock: i64,
}

impl OwnCardView {
    fn of(card: Card, market: &Market) -> Self {
        Self { status: card.status, stock: card.stock, card: CardView::of(card, market) }
    }
}

/// What is asked of a shop's own list.
struct OwnSearch {
    words: Words,
    status: Option<ProductStatus>,
    limit: Limit,
    after: Option<ProductId>,
}

impl FromQuery for OwnSearch {
    fn from_query(query: &mut QueryReader) -> Self {
        let PageParams { limit, after } = query.page::<i64>();
        let after = after.map(ProductId::from_i64);
        Self { words: query.or_default("q"), status: query.optional("status"), limit, after }
    }
}

/// The products of the caller's shop, newest first: drafts too, and what is archived when `status` asks.
#[utoipa::path(get, path = "/v1/vendor/products", tag = "catalogue", security(("bearer" = [])),
    params(
        ("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug"),
        ("status" = Option<ProductStatus>, Query),
        ("q" = Option<String>, Query, description = "Words, all of which a product has to have"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<OwnCardView>), (status = 403, description = "`forbidden`")))]
async fn own(
    State(app): State<App>,
    VendorMember(by): VendorMember,
    Query(query): Query<OwnSearch>,
) -> Result<List<OwnCardView>> {
    let mut conn = app.read().await?;
    let wanted = (query.status, &query.words);
    let page = search::of_vendor(&mut conn, by.vendor, wanted, (query.limit, query.after)).await?;
    Ok(List::of(page.map(|card| OwnCardView::of(card, app.market())).map_place(ProductId::as_i64)))
}
