//! Two-factor login of the caller.

use axum::extract::State;
use axum::http::StatusCode;
use deserr::Deserr;
use marketplace::accounts::{self, OneTimeCode, RecoveryCode};
use serde::Serialize;
use types::{FieldErrors, GivenPassword, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::{Secret, secret};
use super::reauthentication::{Reauthentication, reauthenticate};
use crate::App;
use crate::extract::{Body, Login};
use crate::problem::Result;
use crate::respond::{NoContent, Resource};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, set_up, turn_off)).routes(routes!(renew_codes))
}

/// How the caller's two-factor login stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = two_factor)]
struct TwoFactorView {
    /// Whether a login takes a second factor.
    enabled: bool,
    enabled_at: Option<Timestamp>,
    /// Recovery codes that were not used.
    recovery_codes_left: i64,
}

/// What becomes of setting up two-factor login: first a secret, then recovery codes.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = two_factor_setup)]
enum SetupView {
    /// For the authenticator app: one of the three. It counts once a code of it has come.
    Started {
        enabled: bool,
        /// In base 32, to be typed in.
        secret: String,
        /// Opened by apps.
        otpauth_url: String,
        /// The address as a QR code: an SVG picture.
        qr_svg: String,
    },
    /// It is on.
    Confirmed {
        enabled: bool,
        /// Each is good once, instead of a code. They are not shown again.
        recovery_codes: Vec<String>,
    },
}

/// Fresh recovery codes.
#[derive(Serialize, ToSchema)]
#[schema(as = recovery_codes)]
struct RecoveryCodesView {
    /// Each is good once, instead of a code. They are not shown again.
    recovery_codes: Vec<String>,
}

fn exposed(codes: &[RecoveryCode]) -> Vec<String> {
    codes.iter().map(RecoveryCode::expose).collect()
}

/// Begins or ends setting up.
#[derive(Debug, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = set_up_two_factor, example = json!({ "totp": "042117" }))]
struct SetUp {
    /// A code of the authenticator; without one setting up begins.
    #[deserr(default)]
    #[schema(required = false)]
    totp: Option<OneTimeCode>,
    /// Asked for ten minutes after the login.
    #[deserr(default)]
    #[schema(required = false)]
    current_password: Option<GivenPassword>,
}

/// Whether two-factor login is on.
#[utoipa::path(get, path = "/v1/me/totp", tag = "me", security(("bearer" = [])),
    responses((status = 200, body = TwoFactorView)))]
async fn show(State(app): State<App>, Login { caller, .. }: Login) -> Result<Resource<TwoFactorView>> {
    let found = accounts::two_factor(&mut app.read().await?, caller.user).await?;
    Ok(Resource(TwoFactorView {
        enabled: found.since.is_some(),
        enabled_at: found.since,
        recovery_codes_left: found.recovery_codes_left,
    }))
}

/// Sets two-factor login up, in two calls. Without `totp` it makes a secret for an authenticator app; with
/// a code of that app it turns two-factor login on and answers ten recovery codes, this once. All other
/// sessions end then.
#[utoipa::path(post, path = "/v1/me/totp", tag = "me", security(("bearer" = [])),
    request_body(content = Option<SetUp>), responses(
    (status = 200, body = SetupView),
    (status = 403, description = "`reauthentication_required`: log in anew or give `current_password`"),
    (status = 409, description = "`two_factor_is_on`; `no_two_factor`: no secret waits to be confirmed"),
    (status = 422, description = "`invalid_otp`, or `invalid` with every mistake in `errors`"),
    (status = 429, description = "`rate_limited`")))]
async fn set_up(State(app): State<App>, login: Login, body: Body<SetUp>) -> Result<Secret<SetupView>> {
    let (SetUp { totp, current_password }, _) = body.parse_or_default()?;
    reauthenticate(&app, &login, Reauthentication { current_password, totp: None }).await?;
    let (user, session) = (login.caller.user, login.session);
    let view = match totp {
        None => {
            let enrolment =
                app.write(async move |tx, market| accounts::start_two_factor(tx, market, user).await).await?;
            let accounts::Enrolment { secret, otpauth_url, qr_svg } = enrolment;
            SetupView::Started { enabled: false, secret, otpauth_url, qr_svg }
        }
        Some(code) => {
            let codes = app
                .write(async move |tx, market| {
                    accounts::confirm_two_factor(tx, market, (user, session), &code).await
                })
                .await?;
            SetupView::Confirmed { enabled: true, recovery_codes: exposed(&codes) }
        }
    };
    Ok(secret(StatusCode::OK, view))
}

/// Turns two-factor login off, or drops a secret that waits to be confirmed.
#[utoipa::path(delete, path = "/v1/me/totp", tag = "me", security(("bearer" = [])),
    request_body(content = Option<Reauthentication>), responses(
    (status = 204, description = "it is off"),
    (status = 403, description = "`reauthentication_required`"),
    (status = 404, description = "`not_found`: it was off"),
    (status = 422, description = "`invalid`: `wrong_password` at `/current_password`, `required` or `wrong_code` at `/totp`"),
    (status = 429, description = "`rate_limited`")))]
async fn turn_off(State(app): State<App>, login: Login, body: Body<Reauthentication>) -> Result<NoContent> {
    let (proof, _) = body.parse_or_default()?;
    reauthenticate(&app, &login, proof).await?;
    app.write(async move |tx, market| accounts::end_two_factor(tx, market, login.caller.user).await).await?;
    Ok(NoContent)
}

/// Makes new recovery codes; those of before are good no more.
#[utoipa::path(post, path = "/v1/me/totp/recovery-codes", tag = "me", security(("bearer" = [])),
    request_body(content = Option<Reauthentication>), responses(
    (status = 200, body = RecoveryCodesView),
    (status = 403, description = "`reauthentication_required`"),
    (status = 409, description = "`no_two_factor`"),
    (status = 422, description = "`invalid`: `wrong_password` at `/current_password`, `required` or `wrong_code` at `/totp`"),
    (status = 429, description = "`rate_limited`")))]
async fn renew_codes(
    State(app): State<App>,
    login: Login,
    body: Body<Reauthentication>,
) -> Result<Secret<RecoveryCodesView>> {
    let (proof, _) = body.parse_or_default()?;
    reauthenticate(&app, &login, proof).await?;
    let user = login.caller.user;
    let codes =
        app.write(async move |tx, market| accounts::renew_recovery_codes(tx, market, user).await).await?;
    Ok(secret(StatusCode::OK, RecoveryCodesView { recovery_codes: exposed(&codes) }))
}
