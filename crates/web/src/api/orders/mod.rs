//! A buyer's orders.

pub(crate) mod request;
pub(crate) mod view;

use axum::extract::State;
use axum::http::StatusCode;
use db::Conn;
use marketplace::actor::Actor;
use marketplace::error::Refusal;
use marketplace::idempotency::Keep;
use marketplace::orders::{self, Order, OrderHead, OrderStatus};
use marketplace::{Error, Shopper, fulfilment, returns};
use types::OrderId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::checkouts::key_owner;
use crate::App;
use crate::extract::{Body, Holder, IdempotencyKey, Nothing, Path, Query, User};
use crate::problem::Result;
use crate::respond::{List, Once, Resource};
use request::{CancelRequest, OrderList, ReturnRequest, lines};
use view::{OrderView, ReturnView};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_orders))
        .routes(routes!(get_order))
        .routes(routes!(cancel_order))
        .routes(routes!(confirm_delivery))
        .routes(routes!(request_return))
}

/// The order without what belongs to it, when it is of a purchase that this buyer holds, and as whom; somebody
/// else's is not found.
async fn known(conn: &mut Conn, holder: &Holder, id: OrderId) -> Result<(OrderHead, Shopper), Error> {
    let head = orders::find_head(conn, id).await?.ok_or(Refusal::NotFound)?;
    let (_, shopper) = holder.checkout(conn, head.checkout).await?;
    Ok((head, shopper))
}

/// The whole order, when it is the buyer's own.
async fn own(conn: &mut Conn, holder: &Holder, id: OrderId) -> Result<Order, Error> {
    let (head, _) = known(conn, holder, id).await?;
    orders::whole(conn, head).await
}

/// What the caller bought, the newest first.
#[utoipa::path(get, path = "/v1/orders", tag = "orders", security(("bearer" = [])),
    params(
        ("status" = Option<OrderStatus>, Query, description = "Only those in this state"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 when absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, body = List<OrderView>), (status = 422, description = "`invalid`")))]
async fn list_orders(
    State(app): State<App>,
    User(caller): User,
    Query(OrderList(query)): Query<OrderList>,
) -> Result<List<OrderView>> {
    let mut conn = app.read().await?;
    let page = orders::of_buyer(&mut conn, caller.user, query).await?;
    Ok(List::of(page.map(|order| OrderView::for_buyer(order, app.market())).map_place(OrderId::as_i64)))
}

/// An order that the caller bought.
#[utoipa::path(get, path = "/v1/orders/{id}", tag = "orders", security(("bearer" = []), ("cart_token" = [])),
    params(("id" = OrderId, Path), ("token" = Option<String>, Query), ("X-Cart-Token" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = 404, description = "`not_found`")))]
async fn get_order(
    State(app): State<App>,
    holder: Holder,
    Path(id): Path<OrderId>,
) -> Result<Resource<OrderView>> {
    let mut conn = app.read().await?;
    let order = own(&mut conn, &holder, id).await?;
    Ok(Resource(OrderView::for_buyer(order, app.market())))
}

/// Cancels an order, until its seller has packed it. What was paid goes back.
#[utoipa::path(post, path = "/v1/orders/{id}/cancel", tag = "orders", security(("bearer" = []), ("cart_token" = [])),
    params(("id" = OrderId, Path), ("token" = Option<String>, Query), ("X-Cart-Token" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    request_body = CancelRequest,
    responses((status = 200, body = OrderView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`invalid_transition`, `checkout_expired`")))]
async fn cancel_order(
    State(app): State<App>,
    holder: Holder,
    key: IdempotencyKey,
    Path(id): Path<OrderId>,
    body: Body<CancelRequest>,
) -> Result<Once> {
    let (_, buyer) = known(&mut app.read().await?, &holder, id).await?;
    let (request, parts) = body.parse_or_default()?;
    let key = key.bind(&key_owner(&buyer), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let order = own(tx, &holder, id).await?;
        let reason = request.reason.as_ref().map(types::Prose::as_str);
        orders::cancel(tx, market, &order, Actor::Buyer(buyer.user()), reason).await?;
        let order = own(tx, &holder, id).await?;
        Ok(OrderView::for_buyer(order, market))
    })
    .await
}

/// Says that a directly shipped order has arrived.
#[utoipa::path(post, path = "/v1/orders/{id}/confirm-delivery", tag = "orders", security(("bearer" = []), ("cart_token" = [])),
    params(("id" = OrderId, Path), ("token" = Option<String>, Query), ("X-Cart-Token" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`invalid_transition`")))]
async fn confirm_delivery(
    State(app): State<App>,
    holder: Holder,
    key: IdempotencyKey,
    Path(id): Path<OrderId>,
    body: Body<Nothing>,
) -> Result<Once> {
    let (_, buyer) = known(&mut app.read().await?, &holder, id).await?;
    let (_, parts) = body.parse_or_default()?;
    let key = key.bind(&key_owner(&buyer), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let order = own(tx, &holder, id).await?;
        fulfilment::deliver(tx, market, &order, Actor::Buyer(buyer.user())).await?;
        let order = own(tx, &holder, id).await?;
        Ok(OrderView::for_buyer(order, market))
    })
    .await
}

/// Asks to return items of a delivered order.
#[utoipa::path(post, path = "/v1/orders/{id}/returns", tag = "orders", security(("bearer" = []), ("cart_token" = [])),
    params(("id" = OrderId, Path), ("token" = Option<String>, Query), ("X-Cart-Token" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    request_body = ReturnRequest,
    responses((status = 201, body = ReturnView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`invalid_transition`, `return_window_closed`, `already_returned`")))]
async fn request_return(
    State(app): State<App>,
    holder: Holder,
    key: IdempotencyKey,
    Path(id): Path<OrderId>,
    body: Body<ReturnRequest>,
) -> Result<Once> {
    let (_, buyer) = known(&mut app.read().await?, &holder, id).await?;
    let (request, parts) = body.parse_with_parts()?;
    let key = key.bind(&key_owner(&buyer), &parts, Keep::Day);
    app.write_once(key, StatusCode::CREATED, async move |tx, market| {
        let order = own(tx, &holder, id).await?;
        let by = Actor::Buyer(buyer.user());
        let (lines, reason) = (lines(&request.items), request.reason.as_str());
        let returned = returns::request(tx, market, &order, by, &lines, reason).await?;
        Ok(ReturnView::of(returned, market.settings.currency))
    })
    .await
}
