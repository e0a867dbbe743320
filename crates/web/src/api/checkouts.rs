//! Checkouts: one purchase over many sellers.

use axum::extract::State;
use axum::http::StatusCode;
use data_encoding::HEXLOWER;
use db::Conn;
use deserr::Deserr;
use marketplace::accounts::PostalAddress;
use marketplace::checkout::{
    self, Buyer as Purchaser, Checkout, CheckoutStatus, Destination, PlaceInput, Placed, ShippingChoice,
};
use marketplace::idempotency::{Answer, Keep};
use marketplace::orders::{Order, OrderStatus};
use marketplace::payments::{self, Method, Payment, PaymentStatus, stripe};
use marketplace::{Error, Market, Shopper, orders};
use serde::Serialize;
use serde_json::Value;
use types::{
    AddressId, CheckoutId, Email, ExpectedTotal, FieldError, FieldErrors, Line, Money, PaymentId, Price,
    Prose, ShippingMethodId, Timestamp, VendorId,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::api::orders::view::OrderView;
use crate::extract::{Body, Buyer, Holder, IdempotencyKey, Nothing, Path};
use crate::problem::{Problem, Result};
use crate::respond::{Once, Resource};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(place_checkout))
        .routes(routes!(get_checkout))
        .routes(routes!(cancel_checkout))
        .routes(routes!(pay_checkout_again))
}

/// One purchase: an order for each seller, paid as a whole.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = checkout)]
pub(crate) struct CheckoutView {
    id: CheckoutId,
    status: CheckoutStatus,
    /// One for each seller.
    orders: Vec<OrderView>,
    /// Everything at list prices.
    items_total: Price,
    /// What offers and coupons take off.
    discount_total: Price,
    shipping_total: Price,
    tax_total: Price,
    /// Tax that the prices contain.
    included_tax_total: Price,
    /// What is to be paid.
    grand_total: Price,
    /// The latest attempt to collect it.
    payment: Option<CheckoutPayment>,
    /// What the buyer said.
    note: Option<String>,
    /// When it expires, unless it is paid before.
    expires_at: Timestamp,
    created_at: Timestamp,
}

/// A checkout's payment, with what is needed to go on with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = checkout_payment)]
struct CheckoutPayment {
    id: PaymentId,
    method: Method,
    status: PaymentStatus,
    /// By which the buyer's browser pays, with `stripe`. It comes a little later where Stripe is slow: show the
    /// checkout again then.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

impl CheckoutView {
    /// The checkout with its orders and its latest payment.
    async fn read(conn: &mut Conn, market: &Market, checkout: Checkout) -> Result<Self, Error> {
        let latest = payments::of_checkout(conn, checkout.id).await?;
        Self::read_with(conn, market, checkout, latest).await
    }

    /// The same with what its buyer pays by. Not for an answer that is kept under an idempotency key.
    async fn read_to_pay(conn: &mut Conn, market: &Market, checkout: Checkout) -> Result<Self, Error> {
        let latest = payments::of_checkout(conn, checkout.id).await?;
        let client_secret = match &latest {
            Some(latest) => stripe::client_secret(conn, market, latest).await?,
            None => None,
        };
        let mut view = Self::read_with(conn, market, checkout, latest).await?;
        if let Some(shown) = &mut view.payment {
            shown.client_secret = client_secret;
        }
        Ok(view)
    }

    async fn read_with(
        conn: &mut Conn,
        market: &Market,
        checkout: Checkout,
        latest: Option<Payment>,
    ) -> Result<Self, Error> {
        let orders = orders::of_checkout(conn, checkout.id).await?;
        Ok(Self::of(checkout, orders, latest, market))
    }

    fn of(checkout: Checkout, orders: Vec<Order>, latest: Option<Payment>, market: &Market) -> Self {
        let currency = market.settings.currency;
        let totals = checkout.totals;
        let left = orders.iter().map(|order| &order.head);
        let left = left.filter(|head| head.status != OrderStatus::Cancelled || head.started_at.is_some());
        let included_tax: Money = left.map(|head| head.breakdown.included_tax).sum();
        let payment = |Payment { id, method, status, .. }: Payment| CheckoutPayment {
            id,
            method,
            status,
            client_secret: None,
        };
        Self {
            id: checkout.id,
            status: checkout.status,
            included_tax_total: included_tax.in_currency(currency),
            orders: orders.into_iter().map(|order| OrderView::for_buyer(order, market)).collect(),
            items_total: totals.items.in_currency(currency),
            discount_total: totals.discount.in_currency(currency),
            shipping_total: totals.shipping.in_currency(currency),
            tax_total: totals.tax.in_currency(currency),
            grand_total: totals.grand().in_currency(currency),
            payment: latest.map(payment),
            note: checkout.note,
            expires_at: checkout.expires_at,
            created_at: checkout.created_at,
        }
    }
}

/// How the cart is bought.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = purchase, example = json!({
    "address": {"name": "Ana Souza", "phone": "+55 11 91234-5678", "line1": "Rua Augusta 1500",
        "city": "São Paulo", "region": "SP", "postal_code": "01304-001", "country": "BR"},
    "payment_method": "test", "expected_total": 5997, "note": "Ring twice"
}))]
struct Purchase {
    /// An entry of the address book.
    #[deserr(default)]
    address_id: Option<AddressId>,
    /// An address, instead of an entry of the address book.
    #[deserr(default)]
    address: Option<PostalAddress>,
    payment_method: Method,
    /// The ways in which the sellers are to ship; the cheapest of those who are not named.
    #[deserr(default)]
    shipping: Option<Vec<Choice>>,
    /// What it may cost in all, in minor units: anything else is refused as `total_changed`.
    #[deserr(default)]
    expected_total: Option<ExpectedTotal>,
    /// A word to the sellers.
    #[deserr(default)]
    note: Option<Prose<500>>,
    /// Where mails go when a guest buys; a user's own address is used otherwise.
    #[deserr(default)]
    email: Option<Email>,
}

/// How one seller is to ship.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = shipping_choice)]
struct Choice {
    vendor_id: VendorId,
    /// One of the cart's `shipping_options`.
    option_id: Line<50>,
}

/// The mistakes of a purchase that no single field shows.
fn check_purchase(body: &Value, by_guest: bool, market: &Market) -> FieldErrors {
    let has = |field: &str| body.get(field).is_some_and(|value| !value.is_null());
    let mut errors = FieldErrors::default();
    match (has("address_id"), has("address")) {
        (false, false) => {
            errors.push(FieldError::new("/address_id", "required", "give `address_id` or `address`"));
        }
        (true, true) => {
            let detail = "give `address_id` or `address`, not both";
            errors.push(FieldError::new("/address", "not_allowed", detail));
        }
        _ => {}
    }
    check_method(body, "payment_method", market, &mut errors);
    if by_guest && !has("email") {
        errors.push(FieldError::new("/email", "required", "a guest gives an `email`"));
    }
    let choices = body.get("shipping").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (index, choice) in choices.iter().enumerate() {
        let option = choice.get("option_id").and_then(Value::as_str);
        if option.is_some_and(|option| option.parse::<ShippingMethodId>().is_err()) {
            let pointer = format!("/shipping/{index}/option_id");
            errors.push(FieldError::new(pointer, "not_found", "there is no such shipping option"));
        }
    }
    errors
}

impl Purchase {
    /// What was asked for; [`check_purchase`] has seen that nothing is missing.
    fn into_input(self, buyer: Buyer) -> Option<(Purchaser, PlaceInput)> {
        let purchaser = match buyer {
            Buyer::User(id, person) => Purchaser::User { id, person },
            Buyer::Guest(token) => Purchaser::Guest { token, email: self.email? },
        };
        let destination = match (self.address_id, self.address) {
            (Some(id), _) => Destination::Kept(id),
            (None, address) => Destination::Inline(Box::new(address?)),
        };
        let choice = |choice: Choice| {
            let option = choice.option_id.as_str().parse().ok()?;
            Some(ShippingChoice { vendor: choice.vendor_id, option })
        };
        let input = PlaceInput {
            shipping: self.shipping.unwrap_or_default().into_iter().map(choice).collect::<Option<_>>()?,
            destination,
            method: self.payment_method,
            expected_total: self.expected_total.map(|ExpectedTotal(total)| total),
            note: self.note,
        };
        Some((purchaser, input))
    }
}

/// Refuses a method that this marketplace does not have.
fn check_method(body: &Value, field: &str, market: &Market, errors: &mut FieldErrors) {
    let wants_stripe = body.get(field).is_some_and(|method| method == Method::Stripe.as_str());
    if wants_stripe && market.stripe().is_none() {
        let detail = "payments by Stripe are not set up here; expected one of test, cod";
        errors.push(FieldError::new(format!("/{field}"), "not_allowed", detail));
    }
}

/// Adds what its buyer pays by to an answer that begins an attempt. The kept answer itself never has it.
async fn with_secret(app: &App, mut once: Once, method: Method) -> Once {
    if method != Method::Stripe {
        return once;
    }
    let Ok(mut body) = serde_json::from_str::<Value>(&once.answer.body) else { return once };
    let payment = body.pointer("/payment/id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let Some(payment) = payment else { return once };
    let Some(secret) = stripe::prepare(app.market(), payment).await else { return once };
    if let Some(shown) = body.pointer_mut("/payment").and_then(Value::as_object_mut) {
        shown.insert("client_secret".to_owned(), secret.into());
        once.answer.body = body.to_string();
    }
    once
}

/// Whose idempotency keys they are.
pub(crate) fn key_owner(shopper: &Shopper) -> String {
    match shopper {
        Shopper::User(user) => user.to_string(),
        Shopper::Guest(token) => format!("guest_{}", HEXLOWER.encode(token)),
    }
}

/// Buys the cart: one order for each seller, the stock taken, the cart emptied; all of it or nothing.
///
/// The same `Idempotency-Key` gives the same answer for ever.
#[utoipa::path(post, path = "/v1/checkouts", tag = "checkout", security(("bearer" = []), ("cart_token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 255 printable ASCII characters"),
        ("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    request_body = Purchase,
    responses((status = 201, body = CheckoutView),
        (status = 400, description = "`idempotency_key_required`, `malformed_json`"),
        (status = 409, description = "`cart_empty`, `insufficient_stock`, `not_available`, `own_product`, \
            `not_deliverable`, `sale_not_started`, `customer_limit_reached`, `coupon_not_applicable`, \
            `coupon_not_started`, `coupon_ended`, `coupon_exhausted`, `coupon_minimum_not_reached`, \
            `coupon_not_stackable`, `total_changed`, `idempotency_in_progress`")))]
async fn place_checkout(
    State(app): State<App>,
    buyer: Buyer,
    key: IdempotencyKey,
    body: Body<Purchase>,
) -> Result<Once> {
    let body = body.arrived()?;
    if key.0.is_none() {
        return Err(key_required());
    }
    let shopper = buyer.shopper();
    let by_guest = shopper.user().is_none();
    let (request, parts) = body.parse_checked(|body| check_purchase(body, by_guest, app.market()))?;
    let key = key.bind(&key_owner(&shopper), &parts, Keep::Forever).ok_or_else(key_required)?;
    let input = request.into_input(buyer);
    let (purchaser, input) =
        input.ok_or_else(|| Error::invalid("/address", "required", "an address and a buyer are required"))?;
    let method = input.method;
    let once = app.place(checkout::Purchase { buyer: purchaser, input, key, render }).await?;
    Ok(with_secret(&app, once, method).await)
}

fn key_required() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "idempotency_key_required",
        "send an `Idempotency-Key`, so that a repeated request does not buy twice",
    )
}

/// The answer to a purchase that was made.
fn render(market: &Market, placed: Placed) -> Answer {
    let Placed { checkout, orders, payment } = placed;
    Once::fresh(StatusCode::CREATED, &CheckoutView::of(checkout, orders, Some(payment), market)).answer
}

/// A purchase of the caller: a user's own, a guest's by the cart token it was made
/// with, or by the token of the link that was mailed.
#[utoipa::path(get, path = "/v1/checkouts/{id}", tag = "checkout", security(("bearer" = []), ("cart_token" = [])),
    params(("id" = CheckoutId, Path), ("token" = Option<String>, Query, description = "of the link mailed to a guest"),
        ("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    responses((status = 200, body = CheckoutView), (status = 404, description = "`not_found`")))]
async fn get_checkout(
    State(app): State<App>,
    holder: Holder,
    Path(id): Path<CheckoutId>,
) -> Result<Resource<CheckoutView>> {
    let mut conn = app.read().await?;
    let (checkout, _) = holder.checkout(&mut conn, id).await?;
    Ok(Resource(CheckoutView::read_to_pay(&mut conn, app.market(), checkout).await?))
}

/// Gives an unpaid checkout up: all its orders are cancelled, and their stock goes back.
#[utoipa::path(post, path = "/v1/checkouts/{id}/cancel", tag = "checkout",
    security(("bearer" = []), ("cart_token" = [])),
    params(("id" = CheckoutId, Path), ("token" = Option<String>, Query, description = "of the link mailed to a guest"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters"),
        ("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    responses((status = 200, body = CheckoutView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`already_paid`, `checkout_expired`, `invalid_transition`")))]
async fn cancel_checkout(
    State(app): State<App>,
    holder: Holder,
    Path(id): Path<CheckoutId>,
    key: IdempotencyKey,
    body: Body<Nothing>,
) -> Result<Once> {
    let (_, shopper) = holder.checkout(&mut app.read().await?, id).await?;
    let (_, parts) = body.parse_or_default()?;
    let key = key.bind(&key_owner(&shopper), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let checkout = checkout::cancel(tx, market, id).await?;
        CheckoutView::read(tx, market, checkout).await
    })
    .await
}

/// How to try again.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = payment_attempt, example = json!({"method": "test"}))]
struct Attempt {
    method: Method,
}

/// Tries again to pay for an unpaid checkout, maybe by another method.
#[utoipa::path(post, path = "/v1/checkouts/{id}/payments", tag = "checkout",
    security(("bearer" = []), ("cart_token" = [])),
    params(("id" = CheckoutId, Path), ("token" = Option<String>, Query, description = "of the link mailed to a guest"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters"),
        ("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    request_body = Attempt,
    responses((status = 200, body = CheckoutView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`already_paid`, `checkout_expired`, `invalid_transition`")))]
async fn pay_checkout_again(
    State(app): State<App>,
    holder: Holder,
    Path(id): Path<CheckoutId>,
    key: IdempotencyKey,
    body: Body<Attempt>,
) -> Result<Once> {
    let (_, shopper) = holder.checkout(&mut app.read().await?, id).await?;
    let (Attempt { method }, parts) = body.parse_checked(|body| {
        let mut errors = FieldErrors::default();
        check_method(body, "method", app.market(), &mut errors);
        errors
    })?;
    let key = key.bind(&key_owner(&shopper), &parts, Keep::Day);
    let once = app
        .write_once(key, StatusCode::OK, async move |tx, market| {
            let checkout = checkout::pay_again(tx, market, id, method).await?;
            CheckoutView::read(tx, market, checkout).await
        })
        .await?;
    Ok(with_secret(&app, once, method).await)
}
