//! All orders, and the parcels at the hub.

use axum::extract::State;
use axum::http::StatusCode;
use db::Conn;
use marketplace::actor::Actor;
use marketplace::error::Refusal;
use marketplace::fulfilment::{self, HubStep};
use marketplace::idempotency::Keep;
use marketplace::orders::{self, Order, OrderStatus};
use marketplace::{Caller, Error};
use types::{OrderId, Prose, ShipmentId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::request::{CancelRequest, OrderList};
use super::orders::view::{OrderView, ShipmentView};
use crate::App;
use crate::extract::{Admin, Body, IdempotencyKey, Nothing, Path, Query};
use crate::problem::Result;
use crate::respond::{List, Once, Resource};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_all_orders))
        .routes(routes!(get_any_order))
        .routes(routes!(cancel_any_order))
        .routes(routes!(receive_shipment))
        .routes(routes!(send_out_shipment))
        .routes(routes!(deliver_shipment))
}

async fn any(conn: &mut Conn, order: OrderId) -> Result<Order, Error> {
    Ok(orders::find(conn, order).await?.ok_or(Refusal::NotFound)?)
}

/// All orders, the newest first.
#[utoipa::path(get, path = "/v1/admin/orders", tag = "admin", security(("bearer" = [])),
    params(
        ("status" = Option<OrderStatus>, Query, description = "Only those in this state"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 when absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, body = List<OrderView>), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn list_all_orders(
    State(app): State<App>,
    _admin: Admin,
    Query(OrderList(query)): Query<OrderList>,
) -> Result<List<OrderView>> {
    let page = orders::list(&mut app.read().await?, query).await?;
    Ok(List::of(page.map(|order| OrderView::for_vendor(order, app.market())).map_place(OrderId::as_i64)))
}

/// Any order.
#[utoipa::path(get, path = "/v1/admin/orders/{id}", tag = "admin", security(("bearer" = [])),
    params(("id" = OrderId, Path)),
    responses((status = 200, body = OrderView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn get_any_order(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<OrderId>,
) -> Result<Resource<OrderView>> {
    let order = any(&mut app.read().await?, id).await?;
    Ok(Resource(OrderView::for_vendor(order, app.market())))
}

/// Cancels an order that no parcel has left yet. What was paid goes back.
#[utoipa::path(post, path = "/v1/admin/orders/{id}/cancel", tag = "admin", security(("bearer" = [])),
    params(("id" = OrderId, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = CancelRequest,
    responses((status = 200, body = OrderView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn cancel_any_order(
    State(app): State<App>,
    Admin(admin): Admin,
    key: IdempotencyKey,
    Path(id): Path<OrderId>,
    body: Body<CancelRequest>,
) -> Result<Once> {
    let found = orders::find_head(&mut app.read().await?, id).await?;
    found.ok_or(Refusal::NotFound).map_err(Error::from)?;
    let (request, parts) = body.parse_or_default()?;
    let key = key.bind(&admin.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let order = any(tx, id).await?;
        let reason = request.reason.as_ref().map(Prose::as_str);
        orders::cancel(tx, market, &order, Actor::Admin(admin.user), reason).await?;
        Ok(OrderView::for_vendor(any(tx, id).await?, market))
    })
    .await
}

/// Says that a parcel arrived at the hub.
#[utoipa::path(post, path = "/v1/admin/shipments/{id}/receive", tag = "admin", security(("bearer" = [])),
    params(("id" = ShipmentId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = ShipmentView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn receive_shipment(
    State(app): State<App>,
    Admin(admin): Admin,
    key: IdempotencyKey,
    Path(id): Path<ShipmentId>,
    body: Body<Nothing>,
) -> Result<Once> {
    advance(app, admin, (key, body), id, HubStep::Receive).await
}

/// Says that a parcel left the hub for its buyer.
#[utoipa::path(post, path = "/v1/admin/shipments/{id}/send-out", tag = "admin", security(("bearer" = [])),
    params(("id" = ShipmentId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = ShipmentView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn send_out_shipment(
    State(app): State<App>,
    Admin(admin): Admin,
    key: IdempotencyKey,
    Path(id): Path<ShipmentId>,
    body: Body<Nothing>,
) -> Result<Once> {
    advance(app, admin, (key, body), id, HubStep::SendOut).await
}

/// Says that the buyer has a parcel. With the last of its parcels the order is delivered.
#[utoipa::path(post, path = "/v1/admin/shipments/{id}/deliver", tag = "admin", security(("bearer" = [])),
    params(("id" = ShipmentId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = ShipmentView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn deliver_shipment(
    State(app): State<App>,
    Admin(admin): Admin,
    key: IdempotencyKey,
    Path(id): Path<ShipmentId>,
    body: Body<Nothing>,
) -> Result<Once> {
    advance(app, admin, (key, body), id, HubStep::Deliver).await
}

async fn advance(
    app: App,
    admin: Caller,
    (key, body): (IdempotencyKey, Body<Nothing>),
    id: ShipmentId,
    step: HubStep,
) -> Result<Once> {
    let found = fulfilment::find(&mut app.read().await?, id).await?;
    found.ok_or(Refusal::NotFound).map_err(Error::from)?;
    let (_, parts) = body.parse_or_default()?;
    let key = key.bind(&admin.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let shipment = fulfilment::advance(tx, market, id, step, Actor::Admin(admin.user)).await?;
        Ok(ShipmentView::of(shipment))
    })
    .await
}
