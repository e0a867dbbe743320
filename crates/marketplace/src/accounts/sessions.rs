//! Logins: a session, its refresh tokens, and the access tokens that prove it.

use db::{Conn, Tx};
use types::{SessionId, UserId, kind};

use super::{AccountError, store};
use crate::error::Refusal;
use crate::{Caller, Market, Result, secrets};

/// Seconds that a session lasts without being refreshed.
const SESSION_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Where a login came from, as the user's list of sessions shows it.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The network address.
    pub address: Option<String>,
    /// The `User-Agent`, cut to a sensible length.
    pub user_agent: Option<String>,
}

/// What a login answers.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// Signed, for [`super::ACCESS_TOKEN_SECONDS`].
    pub access: String,
    /// Opaque, good once; kept as a digest only.
    pub refresh: String,
}

/// Opens a session for a user who has proved who they are.
pub async fn open_session(tx: &mut Tx, market: &Market, user: UserId, client: &Client) -> Result<TokenPair> {
    let session = market.id::<kind::Session>();
    let now = market.now();
    store::insert_session(tx, session, user, client, now, now.plus_seconds(SESSION_SECONDS)).await?;
    issue(tx, market, user, session).await
}

/// A fresh pair of tokens for a session.
async fn issue(tx: &mut Tx, market: &Market, user: UserId, session: SessionId) -> Result<TokenPair> {
    let refresh = secrets::token::<32>("rt_")?;
    store::insert_refresh_token(tx, &secrets::digest(&refresh), session, market.now()).await?;
    let access = market.tokens.sign(user, session, market.now())?;
    Ok(TokenPair { access, refresh })
}

/// Who holds this access token: it must be ours and fresh, its session alive, its user not suspended.
pub async fn authenticate(conn: &mut Conn, market: &Market, token: &str) -> Result<Caller> {
    let proof = market.tokens.check(conn, token, market.now()).await?;
    let state =
        store::session_state(conn, proof.session, proof.user).await?.ok_or(Refusal::Unauthenticated)?;
    if state.suspended_at.is_some() {
        return Err(AccountError::Suspended.into());
    }
    if state.revoked_at.is_some() || state.expires_at <= market.now() {
        return Err(Refusal::Unauthenticated.into());
    }
    Ok(Caller { user: proof.user, session: proof.session, is_admin: state.admin_since.is_some() })
}
