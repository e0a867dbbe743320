//! The caller's API keys.

use axum::extract::State;
use axum::http::StatusCode;
use deserr::Deserr;
use marketplace::accounts::{self, ApiKey, NewApiKey, Scope};
use serde::Serialize;
use types::{ApiKeyId, FieldErrors, GivenPassword, Line, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::{Secret, secret};
use super::reauthentication::{Reauthentication, reauthenticate};
use crate::App;
use crate::extract::{Body, Login, PageParams, Path, Query};
use crate::problem::Result;
use crate::respond::{List, NoContent};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// A key for programs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = api_key)]
pub(crate) struct ApiKeyView {
    /// Identifier, and the beginning of the key.
    id: ApiKeyId,
    name: String,
    scopes: Vec<Scope>,
    expires_at: Option<Timestamp>,
    /// To ten minutes.
    last_used_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        let ApiKey { id, name, scopes, expires_at, last_used_at, created_at } = key;
        Self { id, name, scopes: scopes.iter().collect(), expires_at, last_used_at, created_at }
    }
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = new_api_key)]
struct NewKeyView {
    #[serde(flatten)]
    key: ApiKeyView,
    /// Sent as `Authorization: Bearer …`. It is not shown again.
    secret: String,
}

/// What a key is to be.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = create_api_key, example = json!({
    "name": "Warehouse", "scopes": ["catalog:write", "orders:read"], "expires_at": "2030-01-01T00:00:00Z"
}))]
struct CreateKey {
    name: Line<50>,
    /// What the key may do, of what its owner may. `…:write` includes `…:read`.
    scopes: Vec<Scope>,
    /// Absent: it does not end.
    #[deserr(default)]
    #[schema(required = false)]
    expires_at: Option<Timestamp>,
    /// Asked for ten minutes after the login.
    #[deserr(default)]
    #[schema(required = false)]
    current_password: Option<GivenPassword>,
    /// Beside the password, when two-factor login is on.
    #[deserr(default)]
    #[schema(required = false)]
    totp: Option<accounts::SecondFactor>,
}

/// The mistakes of a request that no single field shows.
fn check(body: &serde_json::Value) -> FieldErrors {
    match body.get("scopes").and_then(serde_json::Value::as_array).map(Vec::len) {
        Some(0) => FieldErrors::one("/scopes", "required", "name at least one scope"),
        Some(count) if count > Scope::ALL.len() => {
            FieldErrors::one("/scopes", "too_long", "names scopes more than once")
        }
        _ => FieldErrors::default(),
    }
}

/// The caller's keys, newest first.
#[utoipa::path(get, path = "/v1/me/api-keys", tag = "me", security(("bearer" = [])),
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<ApiKeyView>)))]
async fn list(
    State(app): State<App>,
    Login { caller, .. }: Login,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<ApiKeyView>> {
    let mut conn = app.read().await?;
    let after = page.after.map(ApiKeyId::from_i64);
    let found = accounts::list_api_keys(&mut conn, caller.user, page.limit, after).await?;
    Ok(List::of(found.map(ApiKeyView::from).map_place(ApiKeyId::as_i64)))
}

/// Makes a key, for a member of a shop or an admin. It is shown in this answer only. It acts as its owner
/// within its scopes, and can't touch the account, its keys, or buy.
#[utoipa::path(post, path = "/v1/me/api-keys", tag = "me", security(("bearer" = [])), request_body = CreateKey,
    responses((status = 201, body = NewKeyView),
        (status = 403, description = "`forbidden`: for members of shops and admins; `reauthentication_required`"),
        (status = 409, description = "`too_many_api_keys`"),
        (status = 429, description = "`rate_limited`")))]
async fn create(State(app): State<App>, login: Login, body: Body<CreateKey>) -> Result<Secret<NewKeyView>> {
    accounts::require_key_owner(&mut app.read().await?, &login.caller).await?;
    let (request, _) = body.parse_checked(check)?;
    let CreateKey { name, scopes, expires_at, current_password, totp } = request;
    reauthenticate(&app, &login, Reauthentication { current_password, totp }).await?;
    let new = NewApiKey { name, scopes, expires_at };
    let (key, text) = app
        .write(async move |tx, market| accounts::create_api_key(tx, market, &login.caller, &new).await)
        .await?;
    Ok(secret(StatusCode::CREATED, NewKeyView { key: key.into(), secret: text }))
}

/// Ends a key.
#[utoipa::path(delete, path = "/v1/me/api-keys/{id}", tag = "me", security(("bearer" = [])),
    params(("id" = ApiKeyId, Path)),
    responses((status = 204, description = "it is good no more"), (status = 404, description = "`not_found`")))]
async fn revoke(
    State(app): State<App>,
    Login { caller, .. }: Login,
    Path(id): Path<ApiKeyId>,
) -> Result<NoContent> {
    app.write(async move |tx, _| accounts::revoke_api_key(tx, caller.user, id).await).await?;
    Ok(NoContent)
}
