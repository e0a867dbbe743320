//! Whether the server lives and can work.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::problem::Result;
use crate::respond::Json;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz))
}

/// How the server does.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
}

/// Whether the process runs.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, body = Health)))]
pub(crate) async fn healthz() -> Json<Health> {
    Json(StatusCode::OK, Health { status: "ok" })
}

/// Whether the server can answer: the database is there and its schema is the one this server knows.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, body = Health), (status = 503, description = "`unavailable`")))]
async fn readyz(State(app): State<App>) -> Result<Json<Health>> {
    marketplace::schema_is_current(app.market()).await?;
    Ok(Json(StatusCode::OK, Health { status: "ok" }))
}
