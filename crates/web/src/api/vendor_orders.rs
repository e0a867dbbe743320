//! What a shop has to fulfil.

use axum::extract::State;
use axum::http::StatusCode;
use db::{Conn, Tx};
use marketplace::actor::Actor;
use marketplace::error::Refusal;
use marketplace::idempotency::Keep;
use marketplace::orders::{self, Order, OrderHead, OrderStatus};
use marketplace::vendors::Membership;
use marketplace::{Error, Market, fulfilment};
use types::OrderId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::request::{OrderList, RejectRequest, ShipRequest};
use super::orders::view::OrderView;
use crate::App;
use crate::extract::{Body, IdempotencyKey, Nothing, Path, Query, VendorMember};
use crate::problem::Result;
use crate::respond::{List, Once, Resource};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_vendor_orders))
        .routes(routes!(get_vendor_order))
        .routes(routes!(accept_order))
        .routes(routes!(reject_order))
        .routes(routes!(pack_order))
        .routes(routes!(ship_order))
        .routes(routes!(deliver_order))
}

/// The order without what belongs to it, when the member's shop sells it and may know of it.
async fn known(conn: &mut Conn, member: Membership, order: OrderId) -> Result<OrderHead, Error> {
    let head = orders::find_head(conn, order).await?.filter(|head| head.is_before(member.vendor));
    Ok(head.ok_or(Refusal::NotFound)?)
}

/// The whole order, when the member's shop sells it and may know of it.
async fn own(conn: &mut Conn, member: Membership, order: OrderId) -> Result<Order, Error> {
    let head = known(conn, member, order).await?;
    orders::whole(conn, head).await
}

/// The order after a step, as the seller sees it.
async fn shown(tx: &mut Tx, market: &Market, member: Membership, order: OrderId) -> Result<OrderView, Error> {
    Ok(OrderView::for_vendor(own(tx, member, order).await?, market))
}

/// The shop's orders from the moment they can be fulfilled, the newest first.
#[utoipa::path(get, path = "/v1/vendor/orders", tag = "orders", security(("bearer" = [])),
    params(
        ("vendor" = Option<String>, Query, description = "The shop, by a member of several"),
        ("status" = Option<OrderStatus>, Query, description = "Only those in this state"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 when absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, body = List<OrderView>), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn list_vendor_orders(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Query(OrderList(query)): Query<OrderList>,
) -> Result<List<OrderView>> {
    let mut conn = app.read().await?;
    let page = orders::of_vendor(&mut conn, member.vendor, query).await?;
    Ok(List::of(page.map(|order| OrderView::for_vendor(order, app.market())).map_place(OrderId::as_i64)))
}

/// One of the shop's orders.
#[utoipa::path(get, path = "/v1/vendor/orders/{id}", tag = "orders", security(("bearer" = [])),
    params(("id" = OrderId, Path), ("vendor" = Option<String>, Query)),
    responses((status = 200, body = OrderView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn get_vendor_order(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Path(id): Path<OrderId>,
) -> Result<Resource<OrderView>> {
    let order = own(&mut app.read().await?, member, id).await?;
    Ok(Resource(OrderView::for_vendor(order, app.market())))
}

/// Accepts an order: the shop will fulfil it.
#[utoipa::path(post, path = "/v1/vendor/orders/{id}/accept", tag = "orders", security(("bearer" = [])),
    params(("id" = OrderId, Path), ("vendor" = Option<String>, Query),
        ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn accept_order(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    key: IdempotencyKey,
    Path(id): Path<OrderId>,
    body: Body<Nothing>,
) -> Result<Once> {
    known(&mut app.read().await?, member, id).await?;
    let (_, parts) = body.parse_or_default()?;
    let key = key.bind(&member.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let order = own(tx, member, id).await?;
        orders::accept(tx, market, &order, Actor::Vendor(member.user)).await?;
        shown(tx, market, member, id).await
    })
    .await
}

/// Rejects an order: the stock goes back, the buyer's money too.
#[utoipa::path(post, path = "/v1/vendor/orders/{id}/reject", tag = "orders", security(("bearer" = [])),
    params(("id" = OrderId, Path), ("vendor" = Option<String>, Query),
        ("Idempotency-Key" = Option<String>, Header)),
    request_body = RejectRequest,
    responses((status = 200, body = OrderView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn reject_order(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    key: IdempotencyKey,
    Path(id): Path<OrderId>,
    body: Body<RejectRequest>,
) -> Result<Once> {
    known(&mut app.read().await?, member, id).await?;
    let (request, parts) = body.parse_with_parts()?;
    let key = key.bind(&member.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let order = own(tx, member, id).await?;
        let reason = Some(request.reason.as_str());
        orders::cancel(tx, market, &order, Actor::Vendor(member.user), reason).await?;
        shown(tx, market, member, id).await
    })
    .await
}

/// Says that an order is packed.
#[utoipa::path(post, path = "/v1/vendor/orders/{id}/pack", tag = "orders", security(("bearer" = [])),
    params(("id" = OrderId, Path), ("vendor" = Option<String>, Query),
        ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn pack_order(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    key: IdempotencyKey,
    Path(id): Path<OrderId>,
    body: Body<Nothing>,
) -> Result<Once> {
    known(&mut app.read().await?, member, id).await?;
    let (_, parts) = body.parse_or_default()?;
    let key = key.bind(&member.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let order = own(tx, member, id).await?;
        orders::pack(tx, market, &order, Actor::Vendor(member.user)).await?;
        shown(tx, market, member, id).await
    })
    .await
}

/// Sends a parcel of a packed order: all that is left of it, or the items that are named.
#[utoipa::path(post, path = "/v1/vendor/orders/{id}/ship", tag = "orders", security(("bearer" = [])),
    params(("id" = OrderId, Path), ("vendor" = Option<String>, Query),
        ("Idempotency-Key" = Option<String>, Header)),
    request_body = ShipRequest,
    responses((status = 200, body = OrderView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`invalid_transition`, `already_shipped`")))]
async fn ship_order(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    key: IdempotencyKey,
    Path(id): Path<OrderId>,
    body: Body<ShipRequest>,
) -> Result<Once> {
    known(&mut app.read().await?, member, id).await?;
    let (request, parts) = body.parse_or_default()?;
    let key = key.bind(&member.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let order = own(tx, member, id).await?;
        fulfilment::ship(tx, market, &order, Actor::Vendor(member.user), &request.shipment()).await?;
        shown(tx, market, member, id).await
    })
    .await
}

/// Says that a directly shipped order has arrived.
#[utoipa::path(post, path = "/v1/vendor/orders/{id}/deliver", tag = "orders", security(("bearer" = [])),
    params(("id" = OrderId, Path), ("vendor" = Option<String>, Query),
        ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn deliver_order(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    key: IdempotencyKey,
    Path(id): Path<OrderId>,
    body: Body<Nothing>,
) -> Result<Once> {
    known(&mut app.read().await?, member, id).await?;
    let (_, parts) = body.parse_or_default()?;
    let key = key.bind(&member.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let order = own(tx, member, id).await?;
        fulfilment::deliver(tx, market, &order, Actor::Vendor(member.user)).await?;
        shown(tx, market, member, id).await
    })
    .await
}
