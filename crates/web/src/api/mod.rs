//! The JSON API, one module a feature. Paths, fields and codes are those of the contract.

mod addresses;
mod admin_orders;
mod admin_products;
mod admin_settings;
mod admin_users;
mod admin_vendors;
mod api_keys;
mod audit;
mod auth;
mod bulk_edits;
mod cart;
mod categories;
mod checkouts;
mod coupons;
mod email;
mod images;
mod imports;
mod invitations;
mod jwks;
mod logos;
mod me;
mod members;
mod money;
mod notifications;
pub(crate) mod operations;
mod orders;
mod payments;
mod personal_data;
mod products;
mod reauthentication;
mod refunds;
mod returns;
mod reviews;
mod sessions;
mod shipping_methods;
mod tax_rates;
mod two_factor;
mod users;
mod variants;
mod vendor_orders;
mod vendors;
mod webhooks;
mod wishlist;

pub(crate) use categories::KeptTree;
pub(crate) use products::{MOST_SHOWN, Shelf};

use utoipa_axum::router::OpenApiRouter;

use crate::App;

/// Every route of the API with its description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(crate::openapi::document())
        .merge(addresses::routes())
        .merge(admin_orders::routes())
        .merge(admin_settings::routes())
        .merge(admin_products::routes())
        .merge(admin_users::routes())
        .merge(admin_vendors::routes())
        .merge(audit::routes())
        .merge(api_keys::routes())
        .merge(auth::routes())
        .merge(bulk_edits::routes())
        .merge(cart::routes())
        .merge(categories::routes())
        .merge(checkouts::routes())
        .merge(coupons::routes())
        .merge(email::routes())
        .merge(images::routes())
        .merge(imports::routes())
        .merge(invitations::routes())
        .merge(jwks::routes())
        .merge(logos::routes())
        .merge(me::routes())
        .merge(members::routes())
        .merge(money::routes())
        .merge(notifications::routes())
        .merge(operations::routes())
        .merge(orders::routes())
        .merge(payments::routes())
        .merge(personal_data::routes())
        .merge(products::routes())
        .merge(refunds::routes())
        .merge(returns::routes())
        .merge(reviews::routes())
        .merge(sessions::routes())
        .merge(shipping_methods::routes())
        .merge(tax_rates::routes())
        .merge(two_factor::routes())
        .merge(users::routes())
        .merge(variants::routes())
        .merge(vendor_orders::routes())
        .merge(vendors::routes())
        .merge(webhooks::routes())
        .merge(wishlist::routes())
}
