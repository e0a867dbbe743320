//! The cart: a user's, or a guest's by `X-Cart-Token`.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use db::Tx;
use deserr::Deserr;
use marketplace::cart::{self, Cart, Group, Line, Wanted};
use marketplace::{Error, Market, Shopper};
use serde::Serialize;
use types::{FieldErrors, LineQuantity, Price, ProductId, Quantity, VariantId, VendorId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::api::products::media_url;
use crate::extract::{Body, CART_TOKEN, IfMatch, Path, Visitor};
use crate::problem::Result;
use crate::respond::{Created, NoContent, Resource, check_if_match};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_cart, clear_cart))
        .routes(routes!(add_item))
        .routes(routes!(set_item, remove_item))
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

/// What somebody means to buy, at the prices of this moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = cart)]
pub(crate) struct CartView {
    /// The marketplace's currency.
    currency: String,
    /// The lines by vendor.
    groups: Vec<GroupView>,
    /// Everything at list prices.
    items_total: Price,
    /// What offers and coupons take off.
    discount_total: Price,
    /// The goods after that.
    subtotal: Price,
    /// With shipping and tax.
    grand_total: Price,
    /// The coupons that apply.
    #[schema(value_type = Vec<Object>)]
    coupons: [(); 0],
    /// Units of all lines.
    item_count: i64,
}

/// The lines of one vendor.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = cart_group)]
pub(crate) struct GroupView {
    vendor: CartVendor,
    items: Vec<LineView>,
    /// The vendor's goods after discounts.
    subtotal: Price,
    /// The ways in which the vendor ships; none means that shipping is free.
    #[schema(value_type = Vec<Object>)]
    shipping_options: [(); 0],
}

/// A vendor, as a cart names it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = cart_vendor)]
pub(crate) struct CartVendor {
    id: VendorId,
    slug: String,
    name: String,
}

/// So many units of one variant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = cart_line)]
pub(crate) struct LineView {
    variant_id: VariantId,
    product_id: ProductId,
    /// The product's title.
    title: String,
    /// What tells the variant from the product's others.
    variant_title: String,
    /// The address of the product's first picture.
    image: Option<String>,
    quantity: i64,
    /// List price of a unit.
    unit_price: Price,
    /// Price of a unit after offers.
    final_unit_price: Price,
    /// Price of all units after offers.
    line_total: Price,
    /// Whether any unit can be had.
    in_stock: bool,
    /// Units that can be had at the moment; nothing is reserved before the checkout.
    available: i64,
    /// Whether a unit no longer costs what it did when the line was last changed.
    price_changed: bool,
}

impl CartView {
    fn of(cart: &Cart, market: &Market) -> Self {
        let currency = market.settings.currency;
        let totals = cart.totals();
        Self {
            currency: currency.to_string(),
            groups: cart.groups().iter().map(|group| GroupView::of(group, market)).collect(),
            items_total: totals.items.in_currency(currency),
            discount_total: totals.discount.in_currency(currency),
            subtotal: totals.subtotal().in_currency(currency),
            grand_total: totals.grand().in_currency(currency),
            coupons: [],
            item_count: cart.units(),
        }
    }
}

impl GroupView {
    fn of(group: &Group<'_>, market: &Market) -> Self {
        let vendor = group.vendor;
        Self {
            vendor: CartVendor { id: vendor.id, slug: vendor.slug.clone(), name: vendor.name.clone() },
            items: group.lines.iter().map(|line| LineView::of(line, market)).collect(),
            subtotal: group.totals().subtotal().in_currency(market.settings.currency),
            shipping_options: [],
        }
    }
}

impl LineView {
    fn of(line: &Line, market: &Market) -> Self {
        let (offer, currency) = (&line.offer, market.settings.currency);
        Self {
            variant_id: offer.variant,
            product_id: offer.product,
            title: offer.title.clone(),
            variant_title: offer.variant_title.clone(),
            image: offer.image.as_ref().map(|path| media_url(market, path)),
            quantity: line.quantity.units(),
            unit_price: offer.price.list.in_currency(currency),
            final_unit_price: offer.price.final_price.in_currency(currency),
            line_total: line.totals().subtotal().in_currency(currency),
            in_stock: offer.available() > 0,
            available: offer.available(),
            price_changed: line.price_changed(),
        }
    }
}

/// The cart.
///
/// A guest without a token gets an empty cart and a token in `X-Cart-Token`, which is to be sent with every
/// later request about the cart.
#[utoipa::path(get, path = "/v1/cart", tag = "cart", security((), ("bearer" = [])),
    params(("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")),
    responses((status = 200, body = CartView)))]
async fn get_cart(State(app): State<App>, visitor: Visitor) -> Result<OfCart<Resource<CartView>>> {
    let mut conn = app.read().await?;
    let cart = cart::view(&mut conn, app.market(), &visitor.shopper).await?;
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
    let view = app
        .write(async move |tx, market| {
            let cart = cart::add(tx, market, &shopper, wanted, more).await?;
            Ok(CartView::of(&cart, market))
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
    let view = app
        .write(async move |tx, market| {
            check_cart_matches(tx, market, &shopper, &if_match).await?;
            let cart = cart::set(tx, market, &shopper, variant, quantity).await?;
            Ok(CartView::of(&cart, market))
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
    let view = app
        .write(async move |tx, market| {
            check_cart_matches(tx, market, &shopper, &if_match).await?;
            let cart = cart::remove(tx, market, &shopper, variant).await?;
            Ok(CartView::of(&cart, market))
        })
        .await?;
    Ok(OfCart { token, answer: Resource(view) })
}

/// Refuses when `If-Match` names another state of the cart. Reads the cart only when it was sent.
async fn check_cart_matches(
    tx: &mut Tx,
    market: &Market,
    shopper: &Shopper,
    if_match: &IfMatch,
) -> Result<(), Error> {
    let IfMatch(Some(wanted)) = if_match else { return Ok(()) };
    let cart = cart::lock(tx, market, shopper).await?;
    check_if_match(Some(wanted), &CartView::of(&cart, market))
}
