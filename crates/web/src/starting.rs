//! What is answered before there is a marketplace.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use types::{Clock, IdGenerator};

use crate::api::operations::healthz;
use crate::middleware::request;
use crate::problem::Problem;

/// Answers that the process runs and is not ready; everything else is to be asked again.
pub fn router(clock: Clock) -> Router {
    // Requests' ids are kept nowhere: no number of a node is leased for them.
    let ids = Arc::new(IdGenerator::new(0));
    let observe =
        move |request: Request, next: Next| request::observe_start(ids.next(clock.now()), request, next);
    Router::new()
        .route("/healthz", get(healthz))
        .fallback(async || Problem::starting())
        .layer(from_fn(observe))
}
