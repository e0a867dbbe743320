//! What others tell us: payment providers.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use marketplace::payments::stripe::{self, NotAnEvent};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::collect;
use crate::problem::{Problem, Result};
use crate::respond::Json;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stripe_event))
}

/// An event was taken into account, or was none of ours.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = received)]
struct Received {
    received: bool,
}

/// For Stripe: events of `PaymentIntent`s, refunds and charges, signed. They may come in any order, and again.
#[utoipa::path(post, path = "/v1/webhooks/stripe", tag = "checkout",
    params(("Stripe-Signature" = String, Header, description = "`t=…,v1=…`")),
    request_body(content = Object, description = "an event of Stripe, byte for byte"),
    responses((status = 200, body = Received), (status = 400, description = "`invalid_signature`, `malformed_json`"),
        (status = 404, description = "`not_found`: payments by Stripe are not set up"),
        (status = 413, description = "`too_large`")))]
async fn stripe_event(State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Json<Received>> {
    let provider = app.market().stripe().ok_or_else(Problem::not_found)?;
    let body = collect(body).await?;
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let event = provider.event(signature, &body, app.market().now()).map_err(refuse)?;
    let id = event.id.clone();
    app.write(async move |tx, market| stripe::apply(tx, market, &event).await).await?;
    tracing::debug!(event = id, "took an event of Stripe into account");
    Ok(Json(StatusCode::OK, Received { received: true }))
}

fn refuse(why: NotAnEvent) -> Problem {
    let code = match why {
        NotAnEvent::Signature(_) => "invalid_signature",
        NotAnEvent::Unreadable(_) => "malformed_json",
    };
    Problem::new(StatusCode::BAD_REQUEST, code, why.to_string())
}
