//! The JSON API, one module a feature. Paths, fields and codes are those of the contract.

mod admin_vendors;
mod cart;
mod categories;
mod checkouts;
mod members;
mod operations;
mod orders;
mod payments;
mod products;
mod variants;
mod vendors;

pub(crate) use categories::KeptTree;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

/// Every route of the API with its description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(crate::openapi::document())
        .merge(admin_vendors::routes())
        .merge(cart::routes())
        .merge(categories::routes())
        .merge(checkouts::routes())
        .merge(members::routes())
        .merge(operations::routes())
        .merge(orders::routes())
        .merge(payments::routes())
        .merge(products::routes())
        .merge(variants::routes())
        .merge(vendors::routes())
}
