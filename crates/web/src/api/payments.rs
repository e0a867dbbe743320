//! Payments and refunds.

use axum::extract::State;
use marketplace::error::Refusal;
use marketplace::payments::{self, Method, Payment, PaymentStatus};
use serde::Serialize;
use types::{CheckoutId, Currency, PaymentId, Price, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{PageParams, Path, Query, User};
use crate::problem::Result;
use crate::respond::{List, Resource};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_payments)).routes(routes!(get_payment))
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
    /// What went back of that.
    refunded_amount: Price,
    /// Why the provider declined.
    failure_code: Option<String>,
    created_at: Timestamp,
    captured_at: Option<Timestamp>,
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
        }
    }
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

/// A payment of the caller.
#[utoipa::path(get, path = "/v1/payments/{id}", tag = "checkout", security(("bearer" = [])),
    params(("id" = PaymentId, Path)),
    responses((status = 200, body = PaymentView), (status = 404, description = "`not_found`")))]
async fn get_payment(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<PaymentId>,
) -> Result<Resource<PaymentView>> {
    let mut conn = app.read().await?;
    let payment = payments::find(&mut conn, id).await?.filter(|payment| payment.user == Some(caller.user));
    let payment = payment.ok_or(Refusal::NotFound).map_err(marketplace::Error::from)?;
    Ok(Resource(PaymentView::of(payment, app.market().settings.currency)))
}
