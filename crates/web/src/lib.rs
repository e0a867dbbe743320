//! The HTTP face of the marketplace: routes, extractors, problems, OpenAPI. Knows no SQL.
//!
//! A handler parses, lets an extractor authorise, runs one operation in one transaction and shapes the
//! answer. Errors become `application/problem+json` in [`problem`] and nowhere else.

mod acting;
mod answers;
pub mod api;
pub mod app;
mod client;
pub mod cursor;
pub mod extract;
mod freshness;
mod meanings;
pub mod middleware;
pub mod openapi;
mod pages;
pub mod problem;
pub mod respond;
pub mod starting;
pub mod throttle;
mod unread;

pub use app::App;
pub use unread::Unread;

use axum::Router;
use axum::middleware::from_fn_with_state;
use marketplace::Market;
use problem::Problem;

/// The whole HTTP face of a marketplace.
pub fn router(market: Market) -> Router {
    let pages = pages::routes(&market.settings);
    let app = App::new(market);
    let (routes, description) = api::routes().split_for_parts();
    routes
        .merge(openapi::routes(description))
        .merge(pages)
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(app.clone())
        .layer(from_fn_with_state(app, middleware::request::observe))
}
