//! Variants of a product, and their stock.

use axum::extract::State;
use axum::http::StatusCode;
use db::Tx;
use deserr::Deserr;
use marketplace::catalog::products;
use marketplace::catalog::stock::{self, Movement, StockReason};
use marketplace::catalog::variants::{self, Variant, VariantChanges};
use marketplace::error::Refusal;
use marketplace::idempotency::Keep;
use marketplace::{Error, Market};
use serde::Serialize;
use types::{
    Discount, EventId, FieldErrors, Grams, Gtin, ImageId, Line, Money, Patch, Present, Sku, StockDelta,
    StockLevel, Timestamp, UserId, VariantId,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::products::{NewVariantBody, VariantView, show_variant};
use crate::App;
use crate::extract::{Body, IdempotencyKey, IfMatch, OwnProduct, OwnVariant, PageParams, Query};
use crate::problem::Result;
use crate::respond::{List, NoContent, Once, Resource, check_if_match};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add))
        .routes(routes!(update, archive))
        .routes(routes!(adjust))
        .routes(routes!(movements))
}

/// Add a variant to a product that has options. A value that an option does not have yet is added to it;
/// without a price it costs what the default variant does.
#[utoipa::path(post, path = "/v1/products/{id}/variants", tag = "catalogue", security(("bearer" = [])),
    request_body = NewVariantBody,
    params(("id" = String, Path, description = "The product's identifier or slug")),
    responses((status = 201, body = VariantView), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 409, description = "`variant_exists`, `too_many_variants`, `sku_taken`")))]
async fn add(
    State(app): State<App>,
    own: OwnProduct,
    key: IdempotencyKey,
    body: Body<NewVariantBody>,
) -> Result<Once> {
    let (request, parts) = body.parse_with_parts()?;
    let key = key.bind(&own.by.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::CREATED, async move |tx, market| {
        let product = products::open(tx, own.product.id).await?.id;
        let default = variants::of_product(tx, product).await?.into_iter().next();
        let default = default.ok_or_else(|| Error::internal("a product has no default variant"))?;
        let (wanted, new) = request.clone().into_variant(default.price);
        let variant = variants::add(tx, market, own.by.user, product, (&wanted, &new)).await?;
        show_variant(tx, market, variant).await
    })
    .await
}

/// Changes of a variant.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = variant_changes, example = json!({"price": 4499, "discount": {"amount": 500}}))]
struct UpdateVariant {
    /// The seller's own number.
    #[deserr(default)]
    sku: Patch<Sku>,
    /// List price of a unit.
    #[deserr(default)]
    price: Present<Money>,
    /// What is taken off; `null` ends it.
    #[deserr(default)]
    discount: Patch<Discount>,
    /// Weight of a unit.
    #[deserr(default)]
    weight_grams: Patch<Grams>,
    /// Its Global Trade Item Number: 8, 12, 13 or 14 digits.
    #[deserr(default)]
    gtin: Patch<Gtin>,
    /// The image of the product that shows it.
    #[deserr(default)]
    image_id: Patch<ImageId>,
    /// Members are told when its stock falls to this.
    #[deserr(default)]
    low_stock_threshold: Patch<StockLevel>,
}

impl From<UpdateVariant> for VariantChanges {
    fn from(body: UpdateVariant) -> Self {
        let UpdateVariant { sku, price, discount, weight_grams, gtin, image_id, low_stock_threshold } = body;
        Self {
            sku,
            price,
            discount,
            weight: weight_grams,
            gtin,
            image: image_id,
            low_stock: low_stock_threshold,
        }
    }
}

/// Change a variant. Its stock changes by stock adjustments only.
#[utoipa::path(patch, path = "/v1/variants/{id}", tag = "catalogue", security(("bearer" = [])),
    request_body = UpdateVariant, params(("id" = VariantId, Path)),
    responses((status = 200, body = VariantView), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 409, description = "`sku_taken`"), (status = 412, description = "`precondition_failed`")))]
async fn update(
    State(app): State<App>,
    own: OwnVariant,
    if_match: IfMatch,
    body: Body<UpdateVariant>,
) -> Result<Resource<VariantView>> {
    let changes = body.parse()?;
    app.write(async move |tx, market| {
        check_unchanged(tx, market, &own.variant, &if_match).await?;
        let variant = variants::update(tx, market, own.variant.id, changes.clone().into()).await?;
        show_variant(tx, market, variant).await
    })
    .await
    .map(Resource)
}

/// Take a variant off its product; the last one stays.
#[utoipa::path(delete, path = "/v1/variants/{id}", tag = "catalogue", security(("bearer" = [])),
    params(("id" = VariantId, Path)),
    responses((status = 204), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 409, description = "`last_variant`"), (status = 412, description = "`precondition_failed`")))]
async fn archive(State(app): State<App>, own: OwnVariant, if_match: IfMatch) -> Result<NoContent> {
    app.write(async move |tx, market| {
        check_unchanged(tx, market, &own.variant, &if_match).await?;
        variants::archive(tx, market, own.variant.id).await
    })
    .await?;
    Ok(NoContent)
}

/// Refuses as `precondition_failed` when the caller knows an older state of the variant.
async fn check_unchanged(
    tx: &mut Tx,
    market: &Market,
    seen: &Variant,
    if_match: &IfMatch,
) -> Result<(), Error> {
    if if_match.0.is_none() {
        return Ok(());
    }
    products::open(tx, seen.product).await?;
    let current = variants::find(tx, seen.id).await?.ok_or(Refusal::NotFound)?;
    check_if_match(if_match.0.as_deref(), &show_variant(tx, market, current).await?)
}

/// A change of a stock.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_stock_adjustment, example = json!({"delta": -2, "reason": "Broken in the storeroom"}))]
struct Adjust {
    /// Units that come, or below zero go.
    delta: StockDelta,
    /// Why, in words.
    reason: Line<500>,
}

/// A change of a stock that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = stock_movement)]
struct MovementView {
    /// Identifier.
    id: EventId,
    /// The variant.
    variant_id: VariantId,
    /// Units that came, or below zero went.
    delta: i64,
    /// Why.
    reason: StockReason,
    /// The stock after it.
    stock_after: i64,
    /// The user who did it; `null` where the marketplace itself acted.
    actor: Option<UserId>,
    /// The words of who did it.
    note: Option<String>,
    /// When.
    at: Timestamp,
}

impl From<Movement> for MovementView {
    fn from(movement: Movement) -> Self {
        let Movement { id, variant, delta, reason, stock_after, actor, note, at } = movement;
        Self { id, variant_id: variant, delta, reason, stock_after, actor, note, at }
    }
}

/// Change the stock of a variant by hand; it can't go below zero.
#[utoipa::path(post, path = "/v1/variants/{id}/stock-adjustments", tag = "catalogue", security(("bearer" = [])),
    request_body = Adjust, params(("id" = VariantId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = MovementView), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 409, description = "`insufficient_stock`, with what is `available`")))]
async fn adjust(
    State(app): State<App>,
    own: OwnVariant,
    key: IdempotencyKey,
    body: Body<Adjust>,
) -> Result<Once> {
    let (request, parts) = body.parse_with_parts()?;
    let key = key.bind(&own.by.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::CREATED, async move |tx, market| {
        let change = (request.delta, &request.reason);
        let movement = stock::adjust(tx, market, own.by.user, own.variant.id, change).await?;
        Ok(MovementView::from(movement))
    })
    .await
}

/// The stock movements of a variant, newest first; its stock is their sum.
#[utoipa::path(get, path = "/v1/variants/{id}/stock-movements", tag = "catalogue", security(("bearer" = [])),
    params(("id" = VariantId, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<MovementView>), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn movements(
    State(app): State<App>,
    own: OwnVariant,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<MovementView>> {
    let mut conn = app.read().await?;
    let after = page.after.map(EventId::from_i64);
    let page = stock::movements(&mut conn, own.variant.id, page.limit, after).await?;
    Ok(List::of(page.map(MovementView::from).map_place(EventId::as_i64)))
}
