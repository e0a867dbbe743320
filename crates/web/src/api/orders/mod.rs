//! A buyer's orders.

pub(crate) mod view;

use axum::extract::State;
use marketplace::error::Refusal;
use marketplace::orders::{self, OrderQuery, OrderStatus};
use types::OrderId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{FromQuery, Path, Query, QueryReader, User};
use crate::problem::Result;
use crate::respond::{List, Resource};
use view::OrderView;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_orders)).routes(routes!(get_order))
}

/// The query of a list of orders.
pub(crate) struct OrderList(pub(crate) OrderQuery);

impl FromQuery for OrderList {
    fn from_query(query: &mut QueryReader) -> Self {
        let page = query.page::<i64>();
        let status = query.optional::<OrderStatus>("status");
        Self(OrderQuery { status, before: page.after.map(OrderId::from_i64), limit: page.limit })
    }
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
    let currency = app.market().settings.currency;
    Ok(List::of(page.map(|order| OrderView::for_buyer(order, currency)).map_place(OrderId::as_i64)))
}

/// An order that the caller bought.
#[utoipa::path(get, path = "/v1/orders/{id}", tag = "orders", security(("bearer" = [])),
    params(("id" = OrderId, Path)),
    responses((status = 200, body = OrderView), (status = 404, description = "`not_found`")))]
async fn get_order(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<OrderId>,
) -> Result<Resource<OrderView>> {
    let mut conn = app.read().await?;
    let order = orders::find_of_buyer(&mut conn, caller.user, id).await?;
    let order = order.ok_or(Refusal::NotFound).map_err(marketplace::Error::from)?;
    Ok(Resource(OrderView::for_buyer(order, app.market().settings.currency)))
}
