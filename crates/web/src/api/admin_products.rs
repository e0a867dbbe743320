//! Products that operators look at before they are published.

use axum::extract::State;
use db::Conn;
use deserr::Deserr;
use marketplace::Error;
use marketplace::catalog::products::{self, Product, ProductStatus};
use marketplace::error::Refusal;
use serde::Serialize;
use types::{FieldErrors, Line, ProductId, Timestamp, VendorId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::products::{Audience, ProductView, show};
use crate::App;
use crate::extract::{Admin, Body, FromQuery, Nothing, PageParams, Path, Query, QueryReader};
use crate::problem::Result;
use crate::respond::{List, Resource};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_products_to_review))
        .routes(routes!(approve_product))
        .routes(routes!(request_changes))
}

/// What is asked of the queue.
struct Queue {
    status: ProductStatus,
    page: PageParams<i64>,
}

impl FromQuery for Queue {
    fn from_query(query: &mut QueryReader) -> Self {
        let status = query.optional("status").unwrap_or(ProductStatus::PendingReview);
        if !matches!(status, ProductStatus::PendingReview | ProductStatus::ChangesRequested) {
            query.refuse("status", "not_allowed", "expected one of pending_review, changes_requested");
        }
        Self { status, page: query.page() }
    }
}

/// A product that an operator looks at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = product_to_review)]
struct QueuedView {
    /// Identifier.
    id: ProductId,
    /// Name in addresses.
    slug: String,
    /// Title.
    title: String,
    /// The shop.
    vendor: QueuedVendorView,
    /// Where it stands.
    status: ProductStatus,
    /// What was to be changed.
    review_reason: Option<String>,
    /// When it was made.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
}

/// The shop of a product that an operator looks at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = queued_vendor)]
struct QueuedVendorView {
    /// Identifier.
    id: VendorId,
    /// Name in addresses.
    slug: String,
    /// Name.
    name: String,
}

impl From<Product> for QueuedView {
    fn from(product: Product) -> Self {
        Self {
            id: product.id,
            slug: product.slug,
            title: product.title,
            vendor: QueuedVendorView {
                id: product.vendor,
                slug: product.vendor_slug,
                name: product.vendor_name,
            },
            status: product.status,
            review_reason: product.review_reason,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

/// Products that wait for an operator, or for their sellers to change them, the oldest first.
#[utoipa::path(get, path = "/v1/admin/products", tag = "admin", security(("bearer" = [])),
    params(("status" = Option<String>, Query, description = "`pending_review` unless `changes_requested`"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<QueuedView>), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn list_products_to_review(
    State(app): State<App>,
    _admin: Admin,
    Query(query): Query<Queue>,
) -> Result<List<QueuedView>> {
    let Queue { status, page } = query;
    let after = page.after.map(ProductId::from_i64);
    let page = products::to_review(&mut app.read().await?, status, page.limit, after).await?;
    Ok(List::of(page.map(QueuedView::from).map_place(ProductId::as_i64)))
}

async fn require(conn: &mut Conn, id: ProductId) -> Result<(), Error> {
    products::find(conn, &id.into()).await?.map(|_| ()).ok_or_else(|| Refusal::NotFound.into())
}

/// Publish a product that waits for it.
#[utoipa::path(post, path = "/v1/admin/products/{id}/approve", tag = "admin", security(("bearer" = [])),
    params(("id" = ProductId, Path)),
    responses((status = 200, body = ProductView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 409, description = "`invalid_transition`")))]
async fn approve_product(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<ProductId>,
    body: Body<Nothing>,
) -> Result<Resource<ProductView>> {
    require(&mut app.read().await?, id).await?;
    body.parse_or_default()?;
    app.write(async move |tx, market| {
        let product = products::approve(tx, market, id).await?;
        show(tx, market, product, Audience::Members).await
    })
    .await
    .map(Resource)
}

/// What is to be changed of a product.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = request_product_changes, example = json!({"reason": "The picture shows another product"}))]
struct ChangesRequest {
    /// In words, which the seller reads.
    reason: Line<500>,
}

/// Give a product that waits for an operator back to its seller, to be changed.
#[utoipa::path(post, path = "/v1/admin/products/{id}/request-changes", tag = "admin",
    security(("bearer" = [])), request_body = ChangesRequest, params(("id" = ProductId, Path)),
    responses((status = 200, body = ProductView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 409, description = "`invalid_transition`"), (status = 422, description = "`invalid`")))]
async fn request_changes(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<ProductId>,
    body: Body<ChangesRequest>,
) -> Result<Resource<ProductView>> {
    require(&mut app.read().await?, id).await?;
    let ChangesRequest { reason } = body.parse()?;
    app.write(async move |tx, market| {
        let product = products::request_changes(tx, market, id, &reason).await?;
        show(tx, market, product, Audience::Members).await
    })
    .await
    .map(Resource)
}
