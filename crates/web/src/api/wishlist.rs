//! The wishlist: products that a user thinks of buying.

use axum::extract::State;
use marketplace::cart::wishlist::{self, WishPlace};
use marketplace::catalog::search;
use serde::Serialize;
use types::{Page, ProductId, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::api::products::CardView;
use crate::extract::{PageParams, Path, Query, User};
use crate::problem::Result;
use crate::respond::{List, NoContent};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_wishes)).routes(routes!(add_wish, remove_wish))
}

/// A product that the caller thinks of buying.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = wish)]
pub(crate) struct WishView {
    product: CardView,
    added_at: Timestamp,
}

/// The caller's wishlist, newest first. What nobody can see at the moment is left out.
#[utoipa::path(get, path = "/v1/wishlist", tag = "cart", security(("bearer" = [])),
    params(
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 when absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, body = List<WishView>), (status = 422, description = "`invalid`")))]
async fn list_wishes(
    State(app): State<App>,
    User(caller): User,
    Query(page): Query<PageParams<WishPlace>>,
) -> Result<List<WishView>> {
    let mut conn = app.read().await?;
    let wishes = wishlist::list(&mut conn, caller.user, page.after, page.limit).await?;
    let products: Vec<ProductId> = wishes.entries.iter().map(|wish| wish.product).collect();
    let cards = search::cards(&mut conn, &products).await?;
    let view = |card: search::Card| {
        let wish = wishes.entries.iter().find(|wish| wish.product == card.id)?;
        Some(WishView { added_at: wish.added_at, product: CardView::of(card, app.market()) })
    };
    let entries = cards.into_iter().filter_map(view).collect();
    Ok(List::of(Page { entries, next: wishes.next }))
}

/// Puts a product on the wishlist; one that is there stays.
#[utoipa::path(put, path = "/v1/wishlist/{product_id}", tag = "cart", security(("bearer" = [])),
    params(("product_id" = ProductId, Path)),
    responses((status = 204), (status = 404, description = "`not_found`")))]
async fn add_wish(
    State(app): State<App>,
    User(caller): User,
    Path(product): Path<ProductId>,
) -> Result<NoContent> {
    app.write(async move |tx, market| wishlist::add(tx, market, caller.user, product).await).await?;
    Ok(NoContent)
}

/// Takes a product off the wishlist, if it is there.
#[utoipa::path(delete, path = "/v1/wishlist/{product_id}", tag = "cart", security(("bearer" = [])),
    params(("product_id" = ProductId, Path)), responses((status = 204)))]
async fn remove_wish(
    State(app): State<App>,
    User(caller): User,
    Path(product): Path<ProductId>,
) -> Result<NoContent> {
    app.write(async move |tx, _| wishlist::remove(tx, caller.user, product).await).await?;
    Ok(NoContent)
}
