//! What is answered before there is a marketplace.

use axum::Router;
use axum::routing::get;

use crate::api::operations::healthz;
use crate::problem::Problem;

/// Answers that the process runs and is not ready; everything else is to be asked again.
pub fn router() -> Router {
    Router::new().route("/healthz", get(healthz)).fallback(async || Problem::starting())
}
