//! Accounts as admins see and change them.

use axum::extract::State;
use deserr::Deserr;
use marketplace::Error;
use marketplace::accounts::{self, AccountChanges};
use marketplace::error::Refusal;
use serde::Serialize;
use types::{Email, FieldErrors, Line, Present, Timestamp, UserId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::reauthentication::{Reauthentication, reauthenticate};
use crate::App;
use crate::extract::{Admin, Body, FromQuery, IfMatch, Login, PageParams, Path, Query, QueryReader};
use crate::problem::Result;
use crate::respond::{List, NoContent, Resource, check_if_match};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show, change))
        .routes(routes!(turn_two_factor_off))
}

/// An account as admins see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = account)]
pub(crate) struct AccountView {
    /// Identifier.
    id: UserId,
    /// E-mail address.
    email: Email,
    /// First name.
    first_name: String,
    /// Last name.
    last_name: Option<String>,
    /// Whether they operate the marketplace.
    is_admin: bool,
    /// Whether they are kept out.
    suspended: bool,
    /// Since when they are kept out.
    suspended_at: Option<Timestamp>,
    /// When the account was made.
    created_at: Timestamp,
}

impl From<accounts::User> for AccountView {
    fn from(user: accounts::User) -> Self {
        Self {
            is_admin: user.is_admin(),
            suspended: user.suspended_at.is_some(),
            id: user.id,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            suspended_at: user.suspended_at,
            created_at: user.created_at,
        }
    }
}

/// What changes of an account.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = account_changes, example = json!({"suspended": true}))]
struct Changes {
    /// Whether they operate the marketplace.
    #[deserr(default)]
    is_admin: Present<bool>,
    /// Whether they are kept out; suspending ends all their sessions at once.
    #[deserr(default)]
    suspended: Present<bool>,
}

/// Which accounts an admin asks for.
struct Wanted {
    q: Option<Line<254>>,
    page: PageParams<i64>,
}

impl FromQuery for Wanted {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { q: query.optional("q"), page: query.page() }
    }
}

/// All accounts, or those whose e-mail address, name or last name begins with `q`; newest first.
#[utoipa::path(get, path = "/v1/admin/users", tag = "admin", security(("bearer" = [])),
    params(("q" = Option<String>, Query), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<AccountView>), (status = 403, description = "`forbidden`")))]
async fn list(
    State(app): State<App>,
    _admin: Admin,
    Query(wanted): Query<Wanted>,
) -> Result<List<AccountView>> {
    let mut conn = app.read().await?;
    let search = wanted.q.as_ref().map(Line::as_str);
    let after = wanted.page.after.map(UserId::from_i64);
    let found = accounts::search_users(&mut conn, search, wanted.page.limit, after).await?;
    Ok(List::of(found.map(AccountView::from).map_place(UserId::as_i64)))
}

/// An account.
#[utoipa::path(get, path = "/v1/admin/users/{id}", tag = "admin", security(("bearer" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn show(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<UserId>,
) -> Result<Resource<AccountView>> {
    Ok(Resource(find(&app, id).await?.into()))
}

/// Make somebody an admin or one no longer; keep somebody out or let them in again.
#[utoipa::path(patch, path = "/v1/admin/users/{id}", tag = "admin", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = Changes,
    responses((status = 200, body = AccountView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`last_admin`, `own_account`"),
        (status = 412, description = "`precondition_failed`")))]
async fn change(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<UserId>,
    if_match: IfMatch,
    body: Body<Changes>,
) -> Result<Resource<AccountView>> {
    find(&app, id).await?;
    let Changes { is_admin: Present(is_admin), suspended: Present(is_suspended) } = body.parse()?;
    let changes = AccountChanges { is_admin, is_suspended };
    let user = app
        .write(async move |tx, market| {
            let before = accounts::find_user(tx, id).await?.ok_or(Refusal::NotFound)?;
            check_if_match(if_match.0.as_deref(), &AccountView::from(before))?;
            accounts::administer(tx, market, admin.user, id, changes).await
        })
        .await?;
    Ok(Resource(user.into()))
}

/// Turns off the two-factor login of somebody who has lost their second factor, after making sure who they
/// are. All their sessions end, and they are told by mail.
#[utoipa::path(delete, path = "/v1/admin/users/{id}/totp", tag = "admin", security(("bearer" = [])),
    params(("id" = String, Path)), request_body(content = Option<Reauthentication>),
    responses((status = 204, description = "it is off"),
        (status = 403, description = "`forbidden`, `reauthentication_required`"),
        (status = 404, description = "`not_found`, also when it was off"),
        (status = 409, description = "`own_account`"),
        (status = 422, description = "`invalid`: `wrong_password` at `/current_password`, `required` or `wrong_code` at `/totp`"),
        (status = 429, description = "`rate_limited`")))]
async fn turn_two_factor_off(
    State(app): State<App>,
    Admin(admin): Admin,
    login: Login,
    Path(id): Path<UserId>,
    body: Body<Reauthentication>,
) -> Result<NoContent> {
    find(&app, id).await?;
    let (proof, _) = body.parse_or_default()?;
    reauthenticate(&app, &login, proof).await?;
    app.write(async move |tx, market| accounts::take_two_factor_off(tx, market, admin.user, id).await)
        .await?;
    Ok(NoContent)
}

async fn find(app: &App, id: UserId) -> Result<accounts::User> {
    let mut conn = app.read().await?;
    let found = accounts::find_user(&mut conn, id).await?;
    found.ok_or_else(|| Error::from(Refusal::NotFound).into())
}
