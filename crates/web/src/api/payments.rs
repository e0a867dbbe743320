//! Payments.

use axum::extract::State;
use axum::http::StatusCode;
use db::Conn;
use deserr::Deserr;
use marketplace::error::Refusal;
use marketplace::idempotency::Keep;
use marketplace::payments::{self, Method, Outcome, Payment, PaymentStatus, stripe};
use marketplace::{Error, Shopper};
use serde::Serialize;
use types::{CheckoutId, Currency, FieldErrors, PaymentId, Price, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::checkouts::key_owner;
use crate::App;
use crate::extract::{Body, Holder, IdempotencyKey, PageParams, Path, Query, User};
use crate::problem::Result;
use crate::respond::{List, Once, Resource};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_payments))
        .routes(routes!(get_payment))
        .routes(routes!(confirm_payment))
}

/// A payment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = payment)]
pub(crate) struct PaymentView {
    id: PaymentId,
    checkout_id: CheckoutId,
    method: Method,
    status: PaymentStatus,
    /// What is due.
    amount: Price,
    /// What came in of it: with cash on delivery order by order.
    captured_amount: Price,
    /// What went back of that, or is on its way back.
    refunded_amount: Price,
    /// Why the provider declined.
    failure_code: Option<String>,
    created_at: Timestamp,
    captured_at: Option<Timestamp>,
    /// By which the buyer's browser pays, with `stripe`: of a payment that is open, asked for by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

impl PaymentView {
    pub(crate) fn of(payment: Payment, currency: Currency) -> Self {
        Self {
            id: payment.id,
            checkout_id: payment.checkout,
            method: payment.method,
            status: payment.status,
            amount: payment.amount.in_currency(currency),
            captured_amount: payment.captured_amount.in_currency(currency),
            refunded_amount: payment.refunded_amount.in_currency(currency),
            failure_code: payment.failure_code,
            created_at: payment.created_at,
            captured_at: payment.captured_at,
            client_secret: None,
        }
    }
}

/// How a payment by the `test` provider ends.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"outcome": "succeed"}))]
pub(crate) struct ConfirmRequest {
    outcome: Outcome,
}

/// The payment, when it is of a checkout that this buyer made; somebody else's is not found.
async fn own(conn: &mut Conn, holder: &Holder, id: PaymentId) -> Result<(Payment, Shopper), Error> {
    let payment = payments::find(conn, id).await?.ok_or(Refusal::NotFound)?;
    let (_, shopper) = holder.checkout(conn, payment.checkout).await?;
    Ok((payment, shopper))
}

/// What the caller paid or tried to, the newest first.
#[utoipa::path(get, path = "/v1/payments", tag = "checkout", security(("bearer" = [])),
    params(
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 when absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, body = List<PaymentView>), (status = 422, description = "`invalid`")))]
async fn list_payments(
    State(app): State<App>,
    User(caller): User,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<PaymentView>> {
    let mut conn = app.read().await?;
    let before = page.after.map(PaymentId::from_i64);
    let payments = payments::of_user(&mut conn, caller.user, before, page.limit).await?;
    let currency = app.market().settings.currency;
    Ok(List::of(payments.map(|payment| PaymentView::of(payment, currency)).map_place(PaymentId::as_i64)))
}

/// A payment of the caller, or of the guest whose cart token is sent.
#[utoipa::path(get, path = "/v1/payments/{id}", tag = "checkout", security(("bearer" = []), ("cart_token" = [])),
    params(("id" = PaymentId, Path), ("token" = Option<String>, Query), ("X-Cart-Token" = Option<String>, Header)),
    responses((status = 200, body = PaymentView), (status = 404, description = "`not_found`")))]
async fn get_payment(
    State(app): State<App>,
    holder: Holder,
    Path(id): Path<PaymentId>,
) -> Result<Resource<PaymentView>> {
    let mut conn = app.read().await?;
    let (payment, _) = own(&mut conn, &holder, id).await?;
    let client_secret = stripe::client_secret(&mut conn, app.market(), &payment).await?;
    Ok(Resource(PaymentView { client_secret, ..PaymentView::of(payment, app.market().settings.currency) }))
}

/// Tells the `test` provider how a payment ends. A decline answers 200 too: the checkout stays payable.
#[utoipa::path(post, path = "/v1/payments/{id}/confirm", tag = "checkout", security(("bearer" = []), ("cart_token" = [])),
    params(("id" = PaymentId, Path), ("token" = Option<String>, Query), ("X-Cart-Token" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header)),
    request_body = ConfirmRequest,
    responses((status = 200, body = PaymentView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`already_paid`, `checkout_expired`, `invalid_transition`")))]
async fn confirm_payment(
    State(app): State<App>,
    holder: Holder,
    key: IdempotencyKey,
    Path(id): Path<PaymentId>,
    body: Body<ConfirmRequest>,
) -> Result<Once> {
    let (_, buyer) = own(&mut app.read().await?, &holder, id).await?;
    let (request, parts) = body.parse_with_parts()?;
    let key = key.bind(&key_owner(&buyer), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let (payment, _) = own(tx, &holder, id).await?;
        let payment = payments::confirm(tx, market, &payment, request.outcome).await?;
        Ok(PaymentView::of(payment, market.settings.currency))
    })
    .await
}
