//! Another e-mail address for the caller.

use axum::extract::State;
use axum::http::StatusCode;
use deserr::Deserr;
use marketplace::Error;
use marketplace::accounts::{self, EmailCodes, OneTimeCode, SecondFactor};
use serde::Serialize;
use types::{Email, FieldErrors, GivenPassword, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me::UserView;
use super::reauthentication::{Reauthentication, reauthenticate};
use crate::App;
use crate::extract::{Body, Login};
use crate::problem::Result;
use crate::respond::{Json, Resource};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(change)).routes(routes!(confirm))
}

/// The address that is to be.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = change_email, example = json!({ "email": "ana@example.org", "current_password": "plum-kettle-orbit-42" }))]
struct ChangeEmail {
    email: Email,
    /// Asked for ten minutes after the login.
    #[deserr(default)]
    #[schema(required = false)]
    current_password: Option<GivenPassword>,
    /// Beside the password, when two-factor login is on.
    #[deserr(default)]
    #[schema(required = false)]
    totp: Option<SecondFactor>,
}

/// A change that waits for its codes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = pending_email)]
struct PendingEmail {
    #[schema(value_type = String)]
    email: Email,
    otp_expires_at: Timestamp,
}

/// The codes that were mailed.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = confirm_email, example = json!({ "old_otp": "042117", "new_otp": "930284" }))]
struct ConfirmEmail {
    /// From the mail to the old address.
    old_otp: OneTimeCode,
    /// From the mail to the new one.
    new_otp: OneTimeCode,
}

/// Mails a code to the old address and one to the new: the change waits for both.
#[utoipa::path(post, path = "/v1/me/email", tag = "me", security(("bearer" = [])), request_body = ChangeEmail,
    responses((status = 202, body = PendingEmail),
        (status = 403, description = "`reauthentication_required`"),
        (status = 409, description = "`email_taken`"),
        (status = 429, description = "`rate_limited`")))]
async fn change(State(app): State<App>, login: Login, body: Body<ChangeEmail>) -> Result<Json<PendingEmail>> {
    let ChangeEmail { email, current_password, totp } = body.parse()?;
    reauthenticate(&app, &login, Reauthentication { current_password, totp }).await?;
    let (user, wanted) = (login.caller.user, email.clone());
    let otp_expires_at = app
        .write(async move |tx, market| accounts::start_email_change(tx, market, user, &wanted).await)
        .await?;
    Ok(Json(StatusCode::ACCEPTED, PendingEmail { email, otp_expires_at }))
}

/// Changes the address, with both codes. Sessions stay; the old address is told.
#[utoipa::path(post, path = "/v1/me/email/confirm", tag = "me", security(("bearer" = [])),
    request_body = ConfirmEmail,
    responses((status = 200, body = UserView),
        (status = 409, description = "`email_taken`: somebody registered it in the meantime"),
        (status = 422, description = "`invalid_otp`: wrong, spent, expired, or dropped after five tries; or \
            `invalid` with every mistake in `errors`")))]
async fn confirm(
    State(app): State<App>,
    login: Login,
    body: Body<ConfirmEmail>,
) -> Result<Resource<UserView>> {
    let ConfirmEmail { old_otp, new_otp } = body.parse()?;
    let (user, codes) = (login.caller.user, EmailCodes { old: old_otp, new: new_otp });
    let attempt = app
        .write(async move |tx, market| accounts::confirm_email_change(tx, market, user, &codes).await)
        .await?;
    Ok(Resource(UserView::of(&attempt.map_err(Error::from)?)))
}
