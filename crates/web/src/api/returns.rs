//! What buyers send back to a shop.

use axum::extract::State;
use axum::http::StatusCode;
use db::{Conn, Tx};
use marketplace::actor::Actor;
use marketplace::error::Refusal;
use marketplace::idempotency::Keep;
use marketplace::returns::{self, Return};
use marketplace::vendors::Membership;
use marketplace::{Error, Market};
use types::ReturnId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::request::{ReceiveRequest, RejectRequest};
use super::orders::view::ReturnView;
use crate::App;
use crate::extract::{Body, IdempotencyKey, Nothing, PageParams, Path, Query, VendorMember};
use crate::problem::Result;
use crate::respond::{List, Once, Resource};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_vendor_returns))
        .routes(routes!(get_vendor_return))
        .routes(routes!(approve_return))
        .routes(routes!(reject_return))
        .routes(routes!(receive_return))
}

/// The return, when it is of something that the member's shop sold.
async fn own(conn: &mut Conn, member: Membership, returned: ReturnId) -> Result<Return, Error> {
    Ok(returns::find_of_vendor(conn, member.vendor, returned).await?.ok_or(Refusal::NotFound)?)
}

async fn shown(tx: &mut Tx, market: &Market, member: Membership, id: ReturnId) -> Result<ReturnView, Error> {
    Ok(ReturnView::of(own(tx, member, id).await?, market.settings.currency))
}

/// What buyers send back to the shop, or ask to, the newest first.
#[utoipa::path(get, path = "/v1/vendor/returns", tag = "orders", security(("bearer" = [])),
    params(
        ("vendor" = Option<String>, Query, description = "The shop, by a member of several"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 when absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, body = List<ReturnView>), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn list_vendor_returns(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<ReturnView>> {
    let before = page.after.map(ReturnId::from_i64);
    let page = returns::of_vendor(&mut app.read().await?, member.vendor, before, page.limit).await?;
    let currency = app.market().settings.currency;
    Ok(List::of(page.map(|found| ReturnView::of(found, currency)).map_place(ReturnId::as_i64)))
}

/// A return of something that the shop sold.
#[utoipa::path(get, path = "/v1/vendor/returns/{id}", tag = "orders", security(("bearer" = [])),
    params(("id" = ReturnId, Path), ("vendor" = Option<String>, Query)),
    responses((status = 200, body = ReturnView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn get_vendor_return(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Path(id): Path<ReturnId>,
) -> Result<Resource<ReturnView>> {
    let found = own(&mut app.read().await?, member, id).await?;
    Ok(Resource(ReturnView::of(found, app.market().settings.currency)))
}

/// Takes the items back.
#[utoipa::path(post, path = "/v1/vendor/returns/{id}/approve", tag = "orders", security(("bearer" = [])),
    params(("id" = ReturnId, Path), ("vendor" = Option<String>, Query),
        ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = ReturnView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn approve_return(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    key: IdempotencyKey,
    Path(id): Path<ReturnId>,
    body: Body<Nothing>,
) -> Result<Once> {
    own(&mut app.read().await?, member, id).await?;
    let (_, parts) = body.parse_or_default()?;
    let key = key.bind(&member.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let returned = own(tx, member, id).await?;
        returns::approve(tx, market, &returned, Actor::Vendor(member.user)).await?;
        shown(tx, market, member, id).await
    })
    .await
}

/// Does not take the items back.
#[utoipa::path(post, path = "/v1/vendor/returns/{id}/reject", tag = "orders", security(("bearer" = [])),
    params(("id" = ReturnId, Path), ("vendor" = Option<String>, Query),
        ("Idempotency-Key" = Option<String>, Header)),
    request_body = RejectRequest,
    responses((status = 200, body = ReturnView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn reject_return(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    key: IdempotencyKey,
    Path(id): Path<ReturnId>,
    body: Body<RejectRequest>,
) -> Result<Once> {
    own(&mut app.read().await?, member, id).await?;
    let (request, parts) = body.parse_with_parts()?;
    let key = key.bind(&member.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let returned = own(tx, member, id).await?;
        let by = Actor::Vendor(member.user);
        returns::reject(tx, market, &returned, by, request.reason.as_str()).await?;
        shown(tx, market, member, id).await
    })
    .await
}

/// Says that the items are back: the buyer's money goes back by itself.
#[utoipa::path(post, path = "/v1/vendor/returns/{id}/receive", tag = "orders", security(("bearer" = [])),
    params(("id" = ReturnId, Path), ("vendor" = Option<String>, Query),
        ("Idempotency-Key" = Option<String>, Header)),
    request_body = ReceiveRequest,
    responses((status = 200, body = ReturnView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn receive_return(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    key: IdempotencyKey,
    Path(id): Path<ReturnId>,
    body: Body<ReceiveRequest>,
) -> Result<Once> {
    own(&mut app.read().await?, member, id).await?;
    let (request, parts) = body.parse_with_parts()?;
    let key = key.bind(&member.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::OK, async move |tx, market| {
        let returned = own(tx, member, id).await?;
        returns::receive(tx, market, &returned, Actor::Vendor(member.user), request.restock).await?;
        shown(tx, market, member, id).await
    })
    .await
}
