//! The cart: a user's, or a guest's by `X-Cart-Token`.

pub(crate) mod view;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use db::Tx;
use deserr::Deserr;
use marketplace::cart::{self, Place, Priced, Wanted};
use marketplace::coupons::{GUESSES_BY_ADDRESS, GUESSES_BY_SHOPPER};
use marketplace::shipping::Destination;
use marketplace::{Error, Market, Shopper, throttle};
use types::{Country, FieldErrors, Line, LineQuantity, ProductId, Quantity, VariantId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::api::checkouts::key_owner;
use crate::extract::{
    Body, CART_TOKEN, ClientInfo, FromQuery, IfMatch, Nothing, Path, Query, QueryReader, Visitor,
};
use crate::problem::Result;
use crate::respond::{Created, List, NoContent, Resource, check_if_match};
use view::{CartView, SavedView};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_cart, clear_cart))
        .routes(routes!(add_item))
        .routes(routes!(set_item, remove_item))
        .routes(routes!(add_coupon))
        .routes(routes!(remove_coupon))
        .routes(routes!(save_item))
        .routes(routes!(list_saved))
        .routes(routes!(forget_saved))
        .routes(routes!(restore_saved))
}

/// An answer about a cart: a guest is told the token that stands for it, and no shared cache keeps it.
#[derive(Debug)]
struct OfCart<R> {
    token: Option<cart::Token>,
    answer: R,
}

impl<R: IntoResponse> IntoResponse for OfCart<R> {
    fn into_response(self) -> Response {
        let mut response = self.answer.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        if let Some(token) = self.token.and_then(|token| HeaderValue::from_str(token.expose()).ok()) {
            headers.insert(CART_TOKEN, token);
        }
        response
    }
}

/// Where a cart would go.
struct Going(Place);

impl FromQuery for Going {
    fn from_query(query: &mut QueryReader) -> Self {
        let country: Option<Country> = query.optional("country");
        let region: Option<Line<200>> = query.optional("region");
        let named = |country| Destination { country, region: region.map(Line::into_string) };
        Self(country.map_or(Place::Usual, |country| Place::Named(named(country))))
    }
}

/// The cart.
///
/// A guest without a token gets an empty cart and a token in `X-Cart-Token`, which is to be sent with every
/// later request about the cart.
#[utoipa::path(get, path = "/v1/cart", tag = "cart", security((), ("bearer" = [])),
    params(("X-Cart-Token" = Option<String>, Header, description = "a guest's cart"),
        ("country" = Option<String>, Query, description = "Where it would go: shown with shipping and tax \
            for this place instead of the default address"),
        ("region" = Option<String>, Query, description = "The state or province there")),
    responses((status = 200, body = CartView), (status = 422, description = "`invalid`")))]
async fn get_cart(
    State(app): State<App>,
    visitor: Visitor,
    Query(Going(place)): Query<Going>,
) -> Result<OfCart<Resource<CartView>>> {
    let mut conn = app.read().await?;
    let cart = cart::view(&mut conn, app.market(), &visitor.shopper, place).await?;
    Ok(OfCart { token: visitor.token, answer: Resource(CartView::of(&cart, app.market())) })
}

/// Empties the cart.
#[utoipa::path(delete, path = "/v1/cart", tag = "cart", security((), ("bearer" = [])),
    params(("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    responses((status = 204), (status = 412, description = "`precondition_failed`")))]
async fn clear_cart(
    State(app): State<App>,
    visitor: Visitor,
    if_match: IfMatch,
) -> Result<OfCart<NoContent>> {
    let Visitor { shopper, token } = visitor;
    app.write(async move |tx, market| {
        check_cart_matches(tx, market, &shopper, &if_match).await?;
        cart::clear(tx, market, &shopper).await
    })
    .await?;
    Ok(OfCart { token, answer: NoContent })
}

/// What is to be put into the cart: a variant, or the default variant of a product.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = cart_addition, example = json!({"variant_id": "var_0AB3C2D1E0007", "quantity": 2}))]
struct Addition {
    /// The variant.
    #[deserr(default)]
    variant_id: Option<VariantId>,
    /// The product, instead of a variant.
    #[deserr(default)]
    product_id: Option<ProductId>,
    /// Units, on top of those that the cart holds.
    quantity: Quantity,
}

impl Addition {
    fn wanted(&self) -> Result<Wanted, Error> {
        match (self.variant_id, self.product_id) {
            (Some(variant), None) => Ok(Wanted::Variant(variant)),
            (None, Some(product)) => Ok(Wanted::Product(product)),
            (None, None) => {
                Err(Error::invalid("/variant_id", "required", "give `variant_id` or `product_id`"))
            }
            (Some(_), Some(_)) => {
                let detail = "give `variant_id` or `product_id`, not both";
                Err(Error::invalid("/product_id", "not_allowed", detail))
            }
        }
    }
}

/// Puts units of a variant into the cart, on top of those that it holds.
#[utoipa::path(post, path = "/v1/cart/items", tag = "cart", security((), ("bearer" = [])),
    params(("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    request_body = Addition,
    responses((status = 201, body = CartView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`insufficient_stock`, `not_available`, `own_product`, `cart_full`")))]
async fn add_item(
    State(app): State<App>,
    visitor: Visitor,
    body: Body<Addition>,
) -> Result<OfCart<Created<CartView>>> {
    let Visitor { shopper, token } = visitor;
    let request = body.parse()?;
    let (wanted, more) = (request.wanted()?, request.quantity);
    let view = change(&app, shopper, async move |tx, market, shopper| {
        cart::add(tx, market, shopper, wanted, more).await
    })
    .await?;
    Ok(OfCart { token, answer: Created(view) })
}

/// How many units of a variant the cart is to hold.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = cart_quantity, example = json!({"quantity": 3}))]
struct Setting {
    /// Units; 0 takes the line out.
    quantity: LineQuantity,
}

/// Makes the cart hold so many units of a variant; 0 takes it out.
#[utoipa::path(put, path = "/v1/cart/items/{variant_id}", tag = "cart", security((), ("bearer" = [])),
    params(("variant_id" = VariantId, Path),
        ("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    request_body = Setting,
    responses((status = 200, body = CartView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`insufficient_stock`, `not_available`, `own_product`, `cart_full`"),
        (status = 412, description = "`precondition_failed`")))]
async fn set_item(
    State(app): State<App>,
    visitor: Visitor,
    Path(variant): Path<VariantId>,
    if_match: IfMatch,
    body: Body<Setting>,
) -> Result<OfCart<Resource<CartView>>> {
    let Visitor { shopper, token } = visitor;
    cart::check_variant(&mut app.read().await?, variant).await?;
    let quantity = body.parse()?.quantity.quantity();
    let view = change(&app, shopper, async move |tx, market, shopper| {
        check_cart_matches(tx, market, shopper, &if_match).await?;
        cart::set(tx, market, shopper, variant, quantity).await
    })
    .await?;
    Ok(OfCart { token, answer: Resource(view) })
}

/// Takes a variant out of the cart.
#[utoipa::path(delete, path = "/v1/cart/items/{variant_id}", tag = "cart", security((), ("bearer" = [])),
    params(("variant_id" = VariantId, Path),
        ("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    responses((status = 200, body = CartView), (status = 404, description = "`not_found`"),
        (status = 412, description = "`precondition_failed`")))]
async fn remove_item(
    State(app): State<App>,
    visitor: Visitor,
    Path(variant): Path<VariantId>,
    if_match: IfMatch,
) -> Result<OfCart<Resource<CartView>>> {
    let Visitor { shopper, token } = visitor;
    let view = change(&app, shopper, async move |tx, market, shopper| {
        check_cart_matches(tx, market, shopper, &if_match).await?;
        cart::remove(tx, market, shopper, variant).await
    })
    .await?;
    Ok(OfCart { token, answer: Resource(view) })
}

/// A coupon to be put into the cart.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = cart_coupon_code, example = json!({"code": "SPRING10"}))]
struct CouponCode {
    /// Its code; case makes no difference.
    code: Line<50>,
}

/// Puts a coupon into the cart. Codes that are refused are counted, so that nobody finds one by guessing.
#[utoipa::path(post, path = "/v1/cart/coupons", tag = "cart", security((), ("bearer" = [])),
    params(("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    request_body = CouponCode,
    responses((status = 201, body = CartView), (status = 422, description = "`invalid`, with `not_found` at `/code`"),
        (status = 409, description = "`coupon_not_applicable`, `coupon_not_started`, `coupon_ended`, \
            `coupon_exhausted`, `coupon_minimum_not_reached`, `coupon_not_stackable`, `too_many_coupons`"),
        (status = 429, description = "`rate_limited`")))]
async fn add_coupon(
    State(app): State<App>,
    client: ClientInfo,
    visitor: Visitor,
    body: Body<CouponCode>,
) -> Result<OfCart<Created<CartView>>> {
    let Visitor { shopper, token } = visitor;
    let CouponCode { code } = body.parse()?;
    let who = key_owner(&shopper);
    app.throttle(&[(GUESSES_BY_ADDRESS, &client.address()), (GUESSES_BY_SHOPPER, &who)]).await?;
    let view = change(&app, shopper, async move |tx, market, shopper| {
        let priced = cart::add_coupon(tx, market, shopper, code.as_str()).await?;
        throttle::give_back(tx, market, GUESSES_BY_ADDRESS, &client.address()).await?;
        throttle::give_back(tx, market, GUESSES_BY_SHOPPER, &who).await?;
        Ok(priced)
    })
    .await?;
    Ok(OfCart { token, answer: Created(view) })
}

/// Takes a coupon out of the cart.
#[utoipa::path(delete, path = "/v1/cart/coupons/{code}", tag = "cart", security((), ("bearer" = [])),
    params(("code" = String, Path),
        ("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    responses((status = 200, body = CartView), (status = 404, description = "`not_found`")))]
async fn remove_coupon(
    State(app): State<App>,
    visitor: Visitor,
    Path(code): Path<String>,
) -> Result<OfCart<Resource<CartView>>> {
    let Visitor { shopper, token } = visitor;
    let view = change(&app, shopper, async move |tx, market, shopper| {
        cart::remove_coupon(tx, market, shopper, &code).await
    })
    .await?;
    Ok(OfCart { token, answer: Resource(view) })
}

/// Puts a line of the cart aside for later.
#[utoipa::path(post, path = "/v1/cart/items/{variant_id}/save", tag = "cart", security((), ("bearer" = [])),
    params(("variant_id" = VariantId, Path),
        ("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    responses((status = 200, body = CartView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`cart_full`: as many are put aside as can be")))]
async fn save_item(
    State(app): State<App>,
    visitor: Visitor,
    Path(variant): Path<VariantId>,
    body: Body<Nothing>,
) -> Result<OfCart<Resource<CartView>>> {
    let Visitor { shopper, token } = visitor;
    body.parse_or_default()?;
    let view = change(&app, shopper, async move |tx, market, shopper| {
        cart::saved::save(tx, market, shopper, variant).await
    })
    .await?;
    Ok(OfCart { token, answer: Resource(view) })
}

/// What was put aside, the latest first: all of it, at most 100.
#[utoipa::path(get, path = "/v1/cart/saved", tag = "cart", security((), ("bearer" = [])),
    params(("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    responses((status = 200, body = List<SavedView>)))]
async fn list_saved(State(app): State<App>, visitor: Visitor) -> Result<OfCart<List<SavedView>>> {
    let mut conn = app.read().await?;
    let lines = cart::saved::list(&mut conn, app.market(), &visitor.shopper).await?;
    let data = lines.iter().map(|line| SavedView::of(line, app.market())).collect();
    Ok(OfCart { token: visitor.token, answer: List { data, next_cursor: None } })
}

/// Forgets what was put aside.
#[utoipa::path(delete, path = "/v1/cart/saved/{variant_id}", tag = "cart", security((), ("bearer" = [])),
    params(("variant_id" = VariantId, Path),
        ("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    responses((status = 204), (status = 404, description = "`not_found`")))]
async fn forget_saved(
    State(app): State<App>,
    visitor: Visitor,
    Path(variant): Path<VariantId>,
) -> Result<OfCart<NoContent>> {
    let Visitor { shopper, token } = visitor;
    app.write(async move |tx, market| cart::saved::forget(tx, market, &shopper, variant).await).await?;
    Ok(OfCart { token, answer: NoContent })
}

/// Puts what was put aside back into the cart.
#[utoipa::path(post, path = "/v1/cart/saved/{variant_id}/restore", tag = "cart", security((), ("bearer" = [])),
    params(("variant_id" = VariantId, Path),
        ("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    responses((status = 200, body = CartView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`insufficient_stock`, `not_available`, `own_product`, \
            `customer_limit_reached`, `cart_full`")))]
async fn restore_saved(
    State(app): State<App>,
    visitor: Visitor,
    Path(variant): Path<VariantId>,
    body: Body<Nothing>,
) -> Result<OfCart<Resource<CartView>>> {
    let Visitor { shopper, token } = visitor;
    body.parse_or_default()?;
    let view = change(&app, shopper, async move |tx, market, shopper| {
        cart::saved::restore(tx, market, shopper, variant).await
    })
    .await?;
    Ok(OfCart { token, answer: Resource(view) })
}

/// Changes a cart, and shows what it is then.
async fn change<F>(app: &App, shopper: Shopper, op: F) -> Result<CartView>
where
    F: AsyncFn(&mut Tx, &Market, &Shopper) -> Result<Priced, Error> + Send + Sync + 'static,
{
    app.write(async move |tx, market| Ok(CartView::of(&op(tx, market, &shopper).await?, market))).await
}

/// Refuses when `If-Match` names another state of the cart. Reads the cart only when it was sent.
async fn check_cart_matches(
    tx: &mut Tx,
    market: &Market,
    shopper: &Shopper,
    if_match: &IfMatch,
) -> Result<(), Error> {
    let IfMatch(Some(wanted)) = if_match else { return Ok(()) };
    let cart = cart::lock_shown(tx, market, shopper).await?;
    check_if_match(Some(wanted), &CartView::of(&cart, market))
}
