//! The caller's own account.

use axum::extract::State;
use deserr::Deserr;
use marketplace::error::Refusal;
use marketplace::{Error, accounts, erasure, throttle};
use serde::Serialize;
use types::{Email, FieldErrors, GivenPassword, Line, Password, Patch, Present, Timestamp, UserId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::reauthentication::{Reauthentication, at_current_password, reauthenticate};
use crate::App;
use crate::extract::{Body, IfMatch, Login, User};
use crate::problem::Result;
use crate::respond::{NoContent, Resource, check_if_match};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(me, edit_me, erase_me)).routes(routes!(change_password))
}

/// A user, as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = user)]
pub(crate) struct UserView {
    id: UserId,
    #[schema(value_type = String)]
    email: Email,
    first_name: String,
    last_name: Option<String>,
    is_admin: bool,
    created_at: Timestamp,
}

impl UserView {
    /// What a user is shown of themselves.
    pub(crate) fn of(user: &accounts::User) -> Self {
        Self {
            id: user.id,
            email: user.email.clone(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            is_admin: user.is_admin(),
            created_at: user.created_at,
        }
    }
}

/// The caller.
#[utoipa::path(get, path = "/v1/me", tag = "me", security(("bearer" = [])),
    responses((status = 200, body = UserView)))]
async fn me(State(app): State<App>, User(caller): User) -> Result<Resource<UserView>> {
    let user = accounts::find_user(&mut app.read().await?, caller.user).await?;
    let user = user.ok_or(Refusal::NotFound).map_err(Error::from)?;
    Ok(Resource(UserView::of(&user)))
}

/// Other names.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = edit_me, example = json!({ "first_name": "Ana", "last_name": "Souza" }))]
struct EditMe {
    #[deserr(default)]
    #[schema(required = false)]
    first_name: Present<Line<50>>,
    #[deserr(default)]
    #[schema(required = false)]
    last_name: Patch<Line<50>>,
}

/// Changes the caller's names.
#[utoipa::path(patch, path = "/v1/me", tag = "me", security(("bearer" = [])), request_body = EditMe,
    responses((status = 200, body = UserView), (status = 412, description = "`precondition_failed`")))]
async fn edit_me(
    State(app): State<App>,
    User(caller): User,
    if_match: IfMatch,
    body: Body<EditMe>,
) -> Result<Resource<UserView>> {
    let edit = body.parse()?;
    let view = app.write(async move |tx, market| {
        let mut user = accounts::lock_user(tx, caller.user).await?.ok_or(Refusal::NotFound)?;
        check_if_match(if_match.0.as_deref(), &UserView::of(&user))?;
        let EditMe { first_name, last_name } = edit.clone();
        user.first_name = first_name.0.map_or(user.first_name, Line::into_string);
        user.last_name = match last_name {
            Patch::Leave => user.last_name,
            Patch::Clear => None,
            Patch::Set(name) => Some(name.into_string()),
        };
        accounts::rename_user(tx, market, user.id, &user.first_name, user.last_name.as_deref()).await?;
        Ok(UserView::of(&user))
    });
    Ok(Resource(view.await?))
}

/// The old password and the new one.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = change_password, example = json!({
    "current_password": "plum-kettle-orbit-42", "new_password": "cedar-lantern-77-brook"
}))]
struct ChangePassword {
    current_password: GivenPassword,
    new_password: Password,
}

/// Sets a new password. Every session ends, also this one: log in again.
#[utoipa::path(post, path = "/v1/me/password", tag = "me", security(("bearer" = [])),
    request_body = ChangePassword, responses(
    (status = 204, description = "it is changed"),
    (status = 422, description = "`invalid`, with every mistake in `errors`; `wrong_password` at `/current_password`"),
    (status = 429, description = "`rate_limited`")))]
async fn change_password(
    State(app): State<App>,
    Login { caller, .. }: Login,
    body: Body<ChangePassword>,
) -> Result<NoContent> {
    let ChangePassword { current_password, new_password } = body.parse()?;
    let account = caller.user.to_string();
    app.throttle(&[(accounts::rates::PASSWORD_BY_ACCOUNT, &account)]).await?;
    let known = accounts::credentials(&mut app.read().await?, caller.user).await?;
    let proven = accounts::prove(known, current_password).await.map_err(at_current_password)?;
    let new = accounts::hash_password(new_password).await?;
    app.write(async move |tx, market| {
        accounts::change_password(tx, market, &proven, &new).await.map_err(at_current_password)?;
        throttle::forget(tx, market, accounts::rates::PASSWORD_BY_ACCOUNT, &account).await
    })
    .await?;
    Ok(NoContent)
}

/// Erases the caller's account for ever: everything personal goes, orders stay without a name, and the
/// e-mail address is free again. Ten minutes after the login it asks for the password.
#[utoipa::path(delete, path = "/v1/me", tag = "me", security(("bearer" = [])),
    request_body(content = Option<Reauthentication>), responses(
    (status = 204, description = "it is gone"),
    (status = 403, description = "`reauthentication_required`: log in anew or give `current_password`"),
    (status = 409, description = "`open_orders`: an order or return is under way; `owns_shop`; `last_admin`"),
    (status = 412, description = "`precondition_failed`"),
    (status = 422, description = "`invalid`: `wrong_password` at `/current_password`, `required` or `wrong_code` at `/totp`"),
    (status = 429, description = "`rate_limited`")))]
async fn erase_me(
    State(app): State<App>,
    login: Login,
    if_match: IfMatch,
    body: Body<Reauthentication>,
) -> Result<NoContent> {
    let (proof, _) = body.parse_or_default()?;
    reauthenticate(&app, &login, proof).await?;
    app.write(async move |tx, market| {
        let user = accounts::lock_user(tx, login.caller.user).await?.ok_or(Refusal::NotFound)?;
        check_if_match(if_match.0.as_deref(), &UserView::of(&user))?;
        erasure::erase(tx, market, user.id).await
    })
    .await?;
    Ok(NoContent)
}
