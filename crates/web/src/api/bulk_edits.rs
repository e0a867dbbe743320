//! Editing many variants of a shop at once, and when their sellers are told that stocks are low.

use axum::extract::State;
use axum::http::StatusCode;
use deserr::Deserr;
use marketplace::Market;
use marketplace::catalog::bulk_edit::{self, Edit, EditedStatus, MAX_EDITS, StockEdit};
use marketplace::catalog::low_stock;
use marketplace::catalog::products::ProductStatus;
use marketplace::catalog::variants::Variant;
use marketplace::idempotency::Keep;
use serde::Serialize;
use serde_json::Value;
use types::{
    Discount, FieldError, FieldErrors, Money, Patch, Price, ProductId, StockDelta, StockLevel, VariantId,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{Body, IdempotencyKey, VendorMember};
use crate::problem::Result;
use crate::respond::{Once, Resource};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(edit)).routes(routes!(alerts, set_alerts))
}

/// Edits of up to 1,000 variants.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = bulk_edit, example = json!({"variants": [
    {"id": "var_0AXS751X00W7C", "price": 1999, "discount": {"percent": 10}, "stock_delta": 5},
    {"id": "var_0AXS751X00W7D", "stock": 0, "status": "published"},
]}))]
struct BulkEdit {
    /// The variants, each once; at most 1,000.
    variants: Vec<EditBody>,
}

/// What becomes of one variant and its product.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = variant_edit)]
struct EditBody {
    /// Which variant.
    id: VariantId,
    /// List price of a unit.
    #[deserr(default)]
    price: Option<Money>,
    /// What is taken off; `null` ends it.
    #[deserr(default)]
    discount: Patch<Discount>,
    /// Units there are, whatever there were.
    #[deserr(default)]
    stock: Option<StockLevel>,
    /// Units that come, or below zero go.
    #[deserr(default)]
    stock_delta: Option<StockDelta>,
    /// What becomes of its product.
    #[deserr(default)]
    status: Option<EditedStatus>,
}

impl BulkEdit {
    /// What the fields alone can't say: how many there are, and that a stock is given in one way.
    fn check(body: &Value) -> FieldErrors {
        let mut errors = FieldErrors::default();
        let variants = body.get("variants").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if variants.len() > MAX_EDITS {
            let detail = format!("at most {MAX_EDITS} variants");
            errors.push(FieldError::new("/variants", "too_long", detail));
        }
        for (place, variant) in variants.iter().enumerate().take(MAX_EDITS) {
            let given = |name| variant.get(name).is_some_and(|value: &Value| !value.is_null());
            if given("stock") && given("stock_delta") {
                let place = format!("/variants/{place}/stock_delta");
                errors.push(FieldError::new(place, "not_allowed", "give `stock` or `stock_delta`, not both"));
            }
        }
        errors
    }
}

impl From<EditBody> for Edit {
    fn from(body: EditBody) -> Self {
        let EditBody { id, price, discount, stock, stock_delta, status } = body;
        let stock = stock.map(StockEdit::Level).or(stock_delta.map(StockEdit::Delta));
        Self { id, price, discount, stock, status }
    }
}

/// A variant after a bulk edit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = edited_variant)]
struct EditedView {
    /// Identifier.
    id: VariantId,
    /// Its product.
    product_id: ProductId,
    /// List price of a unit.
    price: Price,
    /// What a unit costs now.
    final_price: Price,
    /// What is taken off.
    discount: Option<Discount>,
    /// Units there are.
    stock: i64,
    /// Where its product stands.
    status: ProductStatus,
}

impl EditedView {
    fn of((variant, status): (Variant, ProductStatus), market: &Market) -> Self {
        let currency = market.settings.currency;
        Self {
            final_price: variant.final_price(market.now()).in_currency(currency),
            id: variant.id,
            product_id: variant.product,
            price: variant.price.in_currency(currency),
            discount: variant.discount,
            stock: variant.stock,
            status,
        }
    }
}

/// The variants after a bulk edit, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = bulk_edited)]
struct EditedList {
    /// The variants.
    data: Vec<EditedView>,
}

/// Change price, discount, stock and status of up to 1,000 variants of the shop at once: all of them or none.
/// Everything that can't be done is told at once, each at its place: a variant that is not the shop's is
/// `not_found`, a stock below zero `insufficient_stock` with what is `available`.
#[utoipa::path(post, path = "/v1/vendor/variants/bulk", tag = "catalogue", security(("bearer" = [])),
    request_body = BulkEdit,
    params(("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug"),
        ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = EditedList), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn edit(
    State(app): State<App>,
    VendorMember(by): VendorMember,
    key: IdempotencyKey,
    body: Body<BulkEdit>,
) -> Result<Once> {
    let (request, parts) = body.parse_checked(BulkEdit::check)?;
    let key = key.bind(&by.user.to_string(), &parts, Keep::Day);
    let edits: Vec<Edit> = request.variants.into_iter().map(Edit::from).collect();
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let edited = bulk_edit::apply(tx, market, &by, &edits).await?;
        Ok(EditedList { data: edited.into_iter().map(|one| EditedView::of(one, market)).collect() })
    })
    .await
}

/// When members are told that a stock is low.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_stock_alerts, example = json!({"threshold": 5}))]
struct SetAlerts {
    /// When a stock falls to this, for variants that don't say their own; `null` for never.
    threshold: Option<StockLevel>,
}

/// When members are told that a stock is low.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = stock_alerts)]
struct AlertsView {
    /// When a stock falls to this, for variants that don't say their own; `null` for never.
    threshold: Option<i64>,
}

impl AlertsView {
    fn of(threshold: Option<StockLevel>) -> Self {
        Self { threshold: threshold.map(StockLevel::units) }
    }
}

/// When the shop's managers are mailed that a stock is low.
#[utoipa::path(get, path = "/v1/vendor/stock-alerts", tag = "catalogue", security(("bearer" = [])),
    params(("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug")),
    responses((status = 200, body = AlertsView), (status = 403, description = "`forbidden`")))]
async fn alerts(State(app): State<App>, VendorMember(by): VendorMember) -> Result<Resource<AlertsView>> {
    let threshold = low_stock::of_shop(&mut app.read().await?, by.vendor).await?;
    Ok(Resource(AlertsView::of(threshold)))
}

/// Say when the shop's managers are mailed that a stock is low.
#[utoipa::path(put, path = "/v1/vendor/stock-alerts", tag = "catalogue", security(("bearer" = [])),
    request_body = SetAlerts,
    params(("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug")),
    responses((status = 200, body = AlertsView), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn set_alerts(
    State(app): State<App>,
    VendorMember(by): VendorMember,
    body: Body<SetAlerts>,
) -> Result<Resource<AlertsView>> {
    let SetAlerts { threshold } = body.parse()?;
    app.write(async move |tx, market| low_stock::set_for_shop(tx, market, by.vendor, threshold).await)
        .await?;
    Ok(Resource(AlertsView::of(threshold)))
}
