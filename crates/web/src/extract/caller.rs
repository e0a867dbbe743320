//! Who asks.

use axum::extract::{FromRequestParts, MatchedPath, OptionalFromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use marketplace::accounts::{AccountError, PresentedKey};
use marketplace::actor::Means;
use marketplace::error::Refusal;
use marketplace::{Caller, Error, accounts};
use types::{SessionId, Timestamp, UserId};

use super::scope;
use crate::problem::Problem;
use crate::{App, acting};

/// A logged-in user.
#[derive(Debug, Clone, Copy)]
pub struct User(pub Caller);

/// A logged-in user, or nobody. A wrong token is still refused.
#[derive(Debug, Clone, Copy)]
pub struct MaybeUser(pub Option<Caller>);

/// An operator of the marketplace.
#[derive(Debug, Clone, Copy)]
pub struct Admin(pub Caller);

/// A user who has logged in themselves: for what guards the account.
#[derive(Debug, Clone, Copy)]
pub struct Login {
    /// Who.
    pub caller: Caller,
    /// The session.
    pub session: SessionId,
    /// When they logged in.
    pub opened_at: Timestamp,
}

/// The token of `Authorization`.
fn bearer(parts: &Parts) -> Result<Option<&str>, Problem> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    token.map(Some).ok_or_else(unauthenticated)
}

async fn caller(parts: &Parts, app: &App) -> Result<Option<Caller>, Problem> {
    let Some(token) = bearer(parts)? else { return Ok(None) };
    if accounts::is_api_key(token) {
        return key_holder(parts, app, token).await.map(Some);
    }
    let mut conn = app.read().await?;
    Ok(Some(accounts::authenticate(&mut conn, app.market(), token).await?.0))
}

/// Who is logged in, and by what their purchases are counted (see [`types::Email::person_key`]). API keys
/// don't buy.
pub(super) async fn buyer(parts: &Parts, app: &App) -> Result<Option<(UserId, String)>, Problem> {
    let Some(token) = bearer(parts)? else { return Ok(None) };
    if accounts::is_api_key(token) {
        key_holder(parts, app, token).await?;
        return Err(Error::from(AccountError::InsufficientScope).into());
    }
    let mut conn = app.read().await?;
    let (caller, person) = accounts::authenticate(&mut conn, app.market(), token).await?;
    Ok(Some((caller.user, person)))
}

/// Who holds this API key, when it is for what is asked.
async fn key_holder(parts: &Parts, app: &App, token: &str) -> Result<Caller, Problem> {
    let presented: PresentedKey = token.parse().map_err(Error::from)?;
    let mut conn = app.read().await?;
    let (caller, to_note) = accounts::authenticate_key(&mut conn, app.market(), &presented).await?;
    drop(conn);
    let route = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
    let needed = route.and_then(|route| scope::needed(&parts.method, route));
    let is_allowed = match (caller.means, needed) {
        (Means::ApiKey { scopes, .. }, Some((area, write))) => scopes.allow(area, write),
        _ => false,
    };
    if !is_allowed {
        return Err(Error::from(AccountError::InsufficientScope).into());
    }
    if let Some(key) = to_note {
        app.write(async move |tx, market| accounts::note_key_use(tx, market, key).await).await?;
    }
    Ok(caller)
}

fn unauthenticated() -> Problem {
    Error::from(Refusal::Unauthenticated).into()
}

impl FromRequestParts<App> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        caller(parts, app).await?.map(Self).ok_or_else(unauthenticated)
    }
}

impl FromRequestParts<App> for MaybeUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        caller(parts, app).await.map(Self)
    }
}

impl OptionalFromRequestParts<App> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        Ok(caller(parts, app).await?.map(Self))
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let User(caller) = <User as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        if caller.is_barred_admin {
            return Err(Error::from(AccountError::TwoFactorRequired).into());
        }
        if !caller.is_admin {
            return Err(Error::from(Refusal::Forbidden).into());
        }
        acting::as_admin(caller.user);
        Ok(Self(caller))
    }
}

impl FromRequestParts<App> for Login {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let User(caller) = <User as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let Means::Session { id: session, opened_at } = caller.means else {
            return Err(Error::from(AccountError::InsufficientScope).into());
        };
        Ok(Self { caller, session, opened_at })
    }
}

/// Refuses a member of a shop who has to log in with two factors and does not (`two_factor_required`).
/// Whoever may act for a shop passes here, too.
pub(crate) fn require_members_factor(app: &App, caller: &Caller) -> Result<(), Problem> {
    if app.market().settings.two_factor_rule.covers_members() && !caller.has_two_factor {
        return Err(Error::from(AccountError::TwoFactorRequired).into());
    }
    Ok(())
}
