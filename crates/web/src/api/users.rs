//! What anybody may know of a user.

use axum::extract::State;
use marketplace::error::Refusal;
use marketplace::{Error, accounts};
use serde::Serialize;
use types::{Timestamp, UserId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::Path;
use crate::problem::Result;
use crate::respond::Resource;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(public_user))
}

/// A user, as everybody sees them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = public_user)]
struct PublicUserView {
    id: UserId,
    first_name: String,
    created_at: Timestamp,
}

/// What anybody may know of a user.
#[utoipa::path(get, path = "/v1/users/{id}", tag = "me", params(("id" = UserId, Path)),
    responses((status = 200, body = PublicUserView), (status = 404, description = "`not_found`")))]
async fn public_user(State(app): State<App>, Path(id): Path<UserId>) -> Result<Resource<PublicUserView>> {
    let user = accounts::find_user(&mut app.read().await?, id).await?;
    let user = user.ok_or(Refusal::NotFound).map_err(Error::from)?;
    Ok(Resource(PublicUserView { id, first_name: user.first_name, created_at: user.created_at }))
}
