//! Refunds: money that operators give back, and all that is on its way.

use axum::extract::State;
use axum::http::StatusCode;
use deserr::Deserr;
use marketplace::Error;
use marketplace::error::Refusal;
use marketplace::idempotency::Keep;
use marketplace::payments::{self, Refund, RefundRequest, RefundStatus};
use serde::Serialize;
use types::{Currency, FieldErrors, Money, OrderId, PaymentId, Price, Prose, RefundId, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{Admin, Body, FromQuery, IdempotencyKey, Nothing, PageParams, Path, Query, QueryReader};
use crate::problem::Result;
use crate::respond::{List, Once};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(refund_payment))
        .routes(routes!(list_refunds))
        .routes(routes!(retry_refund))
}

/// Money that goes back to a buyer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = refund)]
pub(crate) struct RefundView {
    id: RefundId,
    payment_id: PaymentId,
    /// Absent when it is spread over all orders of the payment.
    order_id: Option<OrderId>,
    amount: Price,
    reason: String,
    /// Where a provider gives it back, `pending` until it has; one that `failed` can be tried again.
    status: RefundStatus,
    created_at: Timestamp,
}

impl RefundView {
    fn of(refund: Refund, currency: Currency) -> Self {
        Self {
            id: refund.id,
            payment_id: refund.payment,
            order_id: refund.order,
            amount: refund.amount.in_currency(currency),
            reason: refund.reason,
            status: refund.status,
            created_at: refund.created_at,
        }
    }
}

/// What goes back: all that is left without `amount`, spread over all orders without `order_id`.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"amount": 500, "reason": "it came late"}))]
pub(crate) struct RefundBody {
    #[deserr(default)]
    order_id: Option<OrderId>,
    #[deserr(default)]
    amount: Option<Money>,
    reason: Prose<500>,
}

/// Gives money back: never more than came in, as a whole and for each order.
#[utoipa::path(post, path = "/v1/admin/payments/{id}/refunds", tag = "admin", security(("bearer" = [])),
    params(("id" = PaymentId, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = RefundBody,
    responses((status = 201, body = RefundView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`refund_too_large`, `not_captured`")))]
async fn refund_payment(
    State(app): State<App>,
    Admin(admin): Admin,
    key: IdempotencyKey,
    Path(id): Path<PaymentId>,
    body: Body<RefundBody>,
) -> Result<Once> {
    let found = payments::find(&mut app.read().await?, id).await?;
    found.ok_or(Refusal::NotFound).map_err(Error::from)?;
    let (body, parts) = body.parse_with_parts()?;
    let key = key.bind(&admin.user.to_string(), &parts, Keep::Day);
    let request =
        RefundRequest { order: body.order_id, amount: body.amount, reason: body.reason.into_string() };
    app.write_once(key, StatusCode::CREATED, async move |tx, market| {
        let payment = payments::find(tx, id).await?.ok_or(Refusal::NotFound)?;
        let refund = payments::refund(tx, market, &payment, &request).await?;
        market.journal.with("refund", &refund.id);
        market.journal.with("amount", &refund.amount.minor());
        market.journal.with("reason", &request.reason);
        Ok(RefundView::of(refund, market.settings.currency))
    })
    .await
}

/// Which refunds a list shows.
struct RefundList {
    status: Option<RefundStatus>,
    page: PageParams<i64>,
}

impl FromQuery for RefundList {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { status: query.optional("status"), page: query.page() }
    }
}

/// All refunds, or those in one state, the newest first. What `failed` is owed to its buyer.
#[utoipa::path(get, path = "/v1/admin/refunds", tag = "admin", security(("bearer" = [])),
    params(
        ("status" = Option<RefundStatus>, Query),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 when absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, body = List<RefundView>), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn list_refunds(
    State(app): State<App>,
    _admin: Admin,
    Query(list): Query<RefundList>,
) -> Result<List<RefundView>> {
    let RefundList { status, page } = list;
    let before = page.after.map(RefundId::from_i64);
    let mut conn = app.read().await?;
    let refunds = payments::list_refunds(&mut conn, status, before, page.limit).await?;
    let currency = app.market().settings.currency;
    Ok(List::of(refunds.map(|refund| RefundView::of(refund, currency)).map_place(RefundId::as_i64)))
}

/// Tries a refund again that the payment provider could not make.
#[utoipa::path(post, path = "/v1/admin/refunds/{id}/retry", tag = "admin", security(("bearer" = [])),
    params(("id" = RefundId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = RefundView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn retry_refund(
    State(app): State<App>,
    Admin(admin): Admin,
    key: IdempotencyKey,
    Path(id): Path<RefundId>,
    body: Body<Nothing>,
) -> Result<Once> {
    let (_, parts) = body.parse_or_default()?;
    let key = key.bind(&admin.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let refund = payments::retry_refund(tx, market, id).await?;
        market.journal.changed("status", &RefundStatus::Failed, &refund.status);
        Ok(RefundView::of(refund, market.settings.currency))
    })
    .await
}
