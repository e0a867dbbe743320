//! Registration, login, tokens, forgotten passwords.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use db::Tx;
use deserr::Deserr;
use marketplace::accounts::{
    self, ACCESS_TOKEN_SECONDS, AccountError, NewRegistration, NewUser, OneTimeCode, PendingRegistration,
    ResetProof, SecondFactor, TokenPair, rates,
};
use marketplace::vendors::Application;
use marketplace::{Error, Market, cart, throttle};
use serde::Serialize;
use types::{Email, FieldErrors, GivenPassword, Line, Password, Timestamp, UserId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me::UserView;
use crate::App;
use crate::extract::{Body, CartToken, ClientInfo};
use crate::problem::Result;
use crate::respond::{Json, NoContent};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(verify))
        .routes(routes!(resend))
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
        .routes(routes!(forgot_password))
        .routes(routes!(reset_password))
}

/// An answer that no cache may keep, since it holds tokens (RFC 6749, 5.1).
pub(crate) type Secret<T> = ([(HeaderName, &'static str); 1], Json<T>);

pub(crate) fn secret<T>(status: StatusCode, value: T) -> Secret<T> {
    ([(header::CACHE_CONTROL, "no-store")], Json(status, value))
}

/// What a login answers.
#[derive(Serialize, ToSchema)]
#[schema(as = tokens)]
pub(crate) struct TokensView {
    /// Sent as `Authorization: Bearer …`.
    access_token: String,
    /// `bearer`.
    token_type: &'static str,
    /// Seconds that the access token is good for.
    expires_in: i64,
    /// Good once, for a fresh pair.
    refresh_token: String,
}

impl From<TokenPair> for TokensView {
    fn from(tokens: TokenPair) -> Self {
        Self {
            access_token: tokens.access,
            token_type: "bearer",
            expires_in: ACCESS_TOKEN_SECONDS,
            refresh_token: tokens.refresh,
        }
    }
}

/// Who wants to register.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = register, example = json!({
    "email": "ana@example.com", "password": "plum-kettle-orbit-42", "first_name": "Ana", "last_name": "Souza"
}))]
struct Register {
    email: Email,
    password: Password,
    first_name: Line<50>,
    #[deserr(default)]
    last_name: Option<Line<50>>,
    /// Applies for a shop at the moment the code is verified.
    #[deserr(default)]
    vendor: Option<Application>,
}

/// A registration that waits for its code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = pending_registration)]
struct PendingView {
    /// Known to this client only: the code is good together with it.
    registration_id: String,
    #[schema(value_type = String)]
    email: Email,
    otp_expires_at: Timestamp,
}

impl From<PendingRegistration> for PendingView {
    fn from(pending: PendingRegistration) -> Self {
        let PendingRegistration { registration_id, email, otp_expires_at } = pending;
        Self { registration_id, email, otp_expires_at }
    }
}

/// Holds a registration and mails a one-time code.
#[utoipa::path(post, path = "/v1/auth/register", tag = "auth", request_body = Register, responses(
    (status = 202, body = PendingView),
    (status = 409, description = "`email_taken`"),
    (status = 429, description = "`rate_limited`: too many, or three wait for this address already")))]
async fn register(
    State(app): State<App>,
    client: ClientInfo,
    body: Body<Register>,
) -> Result<Json<PendingView>> {
    let request = body.parse()?;
    let account = request.email.key();
    app.throttle(&[(rates::REGISTER_BY_ADDRESS, &client.address()), (rates::REGISTER_BY_ACCOUNT, &account)])
        .await?;
    // Asked again when it is held; here it spares the password's hash.
    if accounts::find_user_by_email(&mut app.read().await?, &request.email).await?.is_some() {
        return Err(Error::from(AccountError::EmailTaken).into());
    }
    let password = accounts::hash_password(request.password).await?;
    let Register { email, first_name, last_name, vendor, .. } = request;
    let new = NewRegistration { user: NewUser { email, password, first_name, last_name }, vendor };
    let pending = app.write(async move |tx, market| accounts::register(tx, market, &new).await).await?;
    Ok(Json(StatusCode::ACCEPTED, pending.into()))
}

/// The code of a registration.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = verify, example = json!({ "registration_id": "reg_0mXw3tYl4n5Gk2q8vB1cZA", "otp": "042117" }))]
struct Verify {
    registration_id: Line<200>,
    otp: OneTimeCode,
}

/// A new user and their first session.
#[derive(Serialize, ToSchema)]
#[schema(as = verified)]
struct VerifiedView {
    user: UserView,
    tokens: TokensView,
}

/// Makes the user of a registration, logged in. A guest's cart joins the user's.
#[utoipa::path(post, path = "/v1/auth/verify", tag = "auth", request_body = Verify,
    params(("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")), responses(
    (status = 201, body = VerifiedView),
    (status = 404, description = "`registration_not_found`: none, expired, dropped after five wrong codes, or overtaken"),
    (status = 422, description = "`invalid_otp`, or `invalid` with every mistake in `errors`"),
    (status = 429, description = "`rate_limited`")))]
async fn verify(
    State(app): State<App>,
    client: ClientInfo,
    CartToken(cart): CartToken,
    body: Body<Verify>,
) -> Result<Secret<VerifiedView>> {
    let request = body.parse()?;
    app.throttle(&[(rates::VERIFY_BY_ADDRESS, &client.address())]).await?;
    let attempt = app
        .write(async move |tx, market| {
            let id = request.registration_id.as_str();
            let attempt = accounts::verify_registration(tx, market, id, &request.otp, &client.0).await?;
            if let Ok(verified) = &attempt {
                join_cart(tx, market, cart.as_ref(), verified.user.id).await?;
                for rate in [rates::REGISTER_BY_ADDRESS, rates::VERIFY_BY_ADDRESS] {
                    throttle::give_back(tx, market, rate, &client.address()).await?;
                }
            }
            Ok(attempt)
        })
        .await?;
    let verified = attempt.map_err(Error::from)?;
    let view = VerifiedView { user: UserView::of(&verified.user), tokens: verified.tokens.into() };
    Ok(secret(StatusCode::CREATED, view))
}

/// Makes the cart that somebody filled as a guest join the one they have as a user.
async fn join_cart(
    tx: &mut Tx,
    market: &Market,
    guest: Option<&cart::Token>,
    user: UserId,
) -> Result<(), Error> {
    match guest {
        Some(token) => cart::merge(tx, market, &token.digest(), user).await,
        None => Ok(()),
    }
}

/// A registration whose code is to be sent again.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = resend, example = json!({ "registration_id": "reg_0mXw3tYl4n5Gk2q8vB1cZA" }))]
struct Resend {
    registration_id: Line<200>,
}

/// Mails a new code, which replaces the one before.
#[utoipa::path(post, path = "/v1/auth/resend", tag = "auth", request_body = Resend, responses(
    (status = 202, body = PendingView),
    (status = 404, description = "`registration_not_found`"),
    (status = 429, description = "`rate_limited`: within 30 seconds, or after five times")))]
async fn resend(State(app): State<App>, client: ClientInfo, body: Body<Resend>) -> Result<Json<PendingView>> {
    let request = body.parse()?;
    app.throttle(&[(rates::RESEND_BY_ADDRESS, &client.address())]).await?;
    let pending = app
        .write(async move |tx, market| {
            accounts::resend_code(tx, market, request.registration_id.as_str()).await
        })
        .await?;
    Ok(Json(StatusCode::ACCEPTED, pending.into()))
}

/// Who wants to log in.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = login, example = json!({ "email": "ana@example.com", "password": "plum-kettle-orbit-42" }))]
struct Login {
    email: Email,
    password: GivenPassword,
    /// A code of the authenticator or a recovery code, when two-factor login is on. A code is taken once.
    #[deserr(default)]
    #[schema(required = false)]
    totp: Option<SecondFactor>,
}

/// Opens a session. A guest's cart joins the user's.
#[utoipa::path(post, path = "/v1/auth/login", tag = "auth", request_body = Login,
    params(("X-Cart-Token" = Option<String>, Header, description = "a guest's cart")), responses(
    (status = 200, body = TokensView),
    (status = 401, description = "`invalid_credentials`: the same for an unknown e-mail address; \
        `totp_required`: the password is right, and the code is missing, wrong or was used before"),
    (status = 403, description = "`suspended`"),
    (status = 429, description = "`rate_limited`")))]
async fn login(
    State(app): State<App>,
    client: ClientInfo,
    CartToken(cart): CartToken,
    body: Body<Login>,
) -> Result<Secret<TokensView>> {
    let request = body.parse()?;
    let account = request.email.key();
    app.throttle(&[(rates::LOGIN_BY_ADDRESS, &client.address()), (rates::LOGIN_BY_ACCOUNT, &account)])
        .await?;
    let known = accounts::credentials_by_email(&mut app.read().await?, &request.email).await?;
    let proven = accounts::prove(known, request.password).await?;
    let attempt = app
        .write(async move |tx, market| {
            let attempt = accounts::log_in(tx, market, &proven, request.totp.as_ref(), &client.0).await?;
            if attempt.is_ok() {
                join_cart(tx, market, cart.as_ref(), proven.user()).await?;
            }
            // Whoever knows the password but not the code is counted by the codes' own rate.
            throttle::give_back(tx, market, rates::LOGIN_BY_ADDRESS, &client.address()).await?;
            throttle::forget(tx, market, rates::LOGIN_BY_ACCOUNT, &account).await?;
            Ok(attempt)
        })
        .await?;
    Ok(secret(StatusCode::OK, attempt.map_err(Error::from)?.into()))
}

/// A refresh token.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = refresh, example = json!({ "refresh_token": "rt_3q2-7wAB…" }))]
struct Refresh {
    refresh_token: Line<500>,
}

/// Exchanges a refresh token for a fresh pair. One that was used before ends the session, since somebody
/// has a copy of it; only within ten seconds it may come again, when the first answer was lost.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "auth", request_body = Refresh, responses(
    (status = 200, body = TokensView), (status = 401, description = "`invalid_refresh_token`")))]
async fn refresh(State(app): State<App>, body: Body<Refresh>) -> Result<Secret<TokensView>> {
    let request = body.parse()?;
    let attempt = app
        .write(async move |tx, market| accounts::refresh(tx, market, request.refresh_token.as_str()).await)
        .await?;
    Ok(secret(StatusCode::OK, attempt.map_err(Error::from)?.into()))
}

/// Ends the session of a refresh token.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "auth", request_body = Refresh, responses(
    (status = 204, description = "it has ended, or had before")))]
async fn logout(State(app): State<App>, body: Body<Refresh>) -> Result<NoContent> {
    let request = body.parse()?;
    app.write(async move |tx, market| accounts::log_out(tx, market, request.refresh_token.as_str()).await)
        .await?;
    Ok(NoContent)
}

/// Who forgot their password.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = forgot_password, example = json!({ "email": "ana@example.com" }))]
struct ForgotPassword {
    email: Email,
}

/// Until when a code is good, if one was mailed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = reset_started)]
struct ResetStartedView {
    #[schema(value_type = String)]
    email: Email,
    otp_expires_at: Timestamp,
}

/// Mails a one-time code that sets a new password. The answer is the same whether there is such a user.
#[utoipa::path(post, path = "/v1/auth/forgot-password", tag = "auth", request_body = ForgotPassword, responses(
    (status = 202, body = ResetStartedView), (status = 429, description = "`rate_limited`")))]
async fn forgot_password(
    State(app): State<App>,
    client: ClientInfo,
    body: Body<ForgotPassword>,
) -> Result<Json<ResetStartedView>> {
    let ForgotPassword { email } = body.parse()?;
    app.throttle(&[(rates::FORGOT_BY_ADDRESS, &client.address())]).await?;
    let to = email.clone();
    let otp_expires_at =
        app.write(async move |tx, market| accounts::start_reset(tx, market, &to).await).await?;
    Ok(Json(StatusCode::ACCEPTED, ResetStartedView { email, otp_expires_at }))
}

/// A new password, with the code that was mailed.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = reset_password, example = json!({
    "email": "ana@example.com", "otp": "042117", "new_password": "cedar-lantern-77-brook"
}))]
struct ResetPassword {
    email: Email,
    otp: OneTimeCode,
    new_password: Password,
    /// A code of the authenticator or a recovery code, when two-factor login is on.
    #[deserr(default)]
    #[schema(required = false)]
    totp: Option<SecondFactor>,
}

/// Sets a new password, ends every session and opens a new one.
#[utoipa::path(post, path = "/v1/auth/reset-password", tag = "auth", request_body = ResetPassword, responses(
    (status = 200, body = TokensView),
    (status = 401, description = "`totp_required`: the mailed code is right, and stays good"),
    (status = 403, description = "`suspended`"),
    (status = 422, description = "`invalid_otp`, or `invalid` with every mistake in `errors`"),
    (status = 429, description = "`rate_limited`")))]
async fn reset_password(
    State(app): State<App>,
    client: ClientInfo,
    body: Body<ResetPassword>,
) -> Result<Secret<TokensView>> {
    let ResetPassword { email, otp, new_password, totp } = body.parse()?;
    let account = email.key();
    let proof = ResetProof { email, code: otp, second: totp };
    app.throttle(&[(rates::RESET_BY_ADDRESS, &client.address()), (rates::RESET_BY_ACCOUNT, &account)])
        .await?;
    let new = accounts::hash_password(new_password).await?;
    let attempt = app
        .write(async move |tx, market| {
            let attempt = accounts::reset_password(tx, market, &proof, &new, &client.0).await?;
            if attempt.is_ok() {
                throttle::give_back(tx, market, rates::RESET_BY_ADDRESS, &client.address()).await?;
                throttle::forget(tx, market, rates::RESET_BY_ACCOUNT, &account).await?;
                // Whoever was locked out by somebody's guesses has proved who they are.
                throttle::forget(tx, market, rates::LOGIN_BY_ACCOUNT, &account).await?;
            }
            Ok(attempt)
        })
        .await?;
    Ok(secret(StatusCode::OK, attempt.map_err(Error::from)?.into()))
}
