//! Logins: a session, its refresh tokens, and the access tokens that prove it.
//!
//! A refresh token is good once. One that comes again after it was spent has been copied: its session ends.
//! Only a client that never got the answer may repeat itself, for a few seconds and as long as nothing
//! that was given for that token has been used.

use db::{Conn, Tx};
use types::{Limit, Page, SessionId, Timestamp, UserId, kind};

use super::{AccountError, Attempt, store};
use crate::actor::{Means, Standing};
use crate::error::Refusal;
use crate::{Caller, Market, Result, secrets};

/// Seconds that a session lasts without being refreshed, and a refresh token from its issue.
pub(super) const SESSION_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Seconds in which a spent refresh token may come again, for a lost answer.
const GRACE_SECONDS: i64 = 10;

/// Where a login came from, as the user's list of sessions shows it.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The network address.
    pub address: Option<String>,
    /// The `User-Agent`, cut to a sensible length.
    pub user_agent: Option<String>,
}

/// What a login answers. Not shown by `Debug`.
#[derive(Clone)]
pub struct TokenPair {
    /// Signed, for [`super::ACCESS_TOKEN_SECONDS`].
    pub access: String,
    /// Opaque, good once; kept as a digest only.
    pub refresh: String,
}

impl std::fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenPair(…)")
    }
}

/// A login that has not ended.
#[derive(Debug, Clone)]
pub struct Session {
    /// Identifier.
    pub id: SessionId,
    /// Where it was opened.
    pub user_agent: Option<String>,
    /// From which network address.
    pub address: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When its tokens were last refreshed.
    pub last_used_at: Timestamp,
    /// When it ends unless it is refreshed.
    pub expires_at: Timestamp,
}

db::from_row!(Session { id, user_agent, address, created_at, last_used_at, expires_at });

/// Opens a session for a user who has proved who they are.
pub async fn open_session(tx: &mut Tx, market: &Market, user: UserId, client: &Client) -> Result<TokenPair> {
    let session = market.id::<kind::Session>();
    let now = market.now();
    store::insert_session(tx, session, user, client, (now, now.plus_seconds(SESSION_SECONDS))).await?;
    issue(tx, market, (user, session), None).await
}

/// A fresh pair of tokens for a session, in exchange for the refresh token `parent`.
async fn issue(
    tx: &mut Tx,
    market: &Market,
    (user, session): (UserId, SessionId),
    parent: Option<&[u8; 32]>,
) -> Result<TokenPair> {
    let refresh = secrets::token::<32>("rt_")?;
    store::insert_refresh_token(tx, &secrets::digest(&refresh), session, parent, market.now()).await?;
    let access = market.tokens.sign(user, session, market.now())?;
    Ok(TokenPair { access, refresh })
}

/// Exchanges a refresh token for a fresh pair.
pub async fn refresh(tx: &mut Tx, market: &Market, token: &str) -> Result<Attempt<TokenPair>> {
    let now = market.now();
    let hash = secrets::digest(token);
    let Some(session) = store::session_of_refresh_token(tx, &hash).await? else {
        return Ok(Err(AccountError::InvalidRefreshToken));
    };
    // From here on the tokens of one session are exchanged one after the other.
    let owner = store::lock_session(tx, session).await?.filter(|owner| owner.may_refresh(now));
    let Some(owner) = owner else { return Ok(Err(AccountError::InvalidRefreshToken)) };
    match store::find_refresh_token(tx, &hash).await?.map(|token| token.judge(now)) {
        Some(Verdict::Good) => store::spend_refresh_token(tx, &hash, now).await?,
        Some(Verdict::Repeated { spent_at })
            if !store::is_any_child_spent(tx, session, &hash, spent_at).await? => {}
        Some(Verdict::Repeated { .. } | Verdict::Reused) => {
            store::revoke_session(tx, session, now).await?;
            return Ok(Err(AccountError::InvalidRefreshToken));
        }
        Some(Verdict::Expired) | None => return Ok(Err(AccountError::InvalidRefreshToken)),
    }
    store::renew_session(tx, session, now, now.plus_seconds(SESSION_SECONDS)).await?;
    Ok(Ok(issue(tx, market, (owner.user, session), Some(&hash)).await?))
}

/// A refresh token that was given out once.
pub(super) struct RefreshToken {
    pub(super) issued_at: Timestamp,
    pub(super) spent_at: Option<Timestamp>,
}

db::from_row!(RefreshToken { issued_at, spent_at });

/// What a refresh token is worth.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Never used.
    Good,
    /// Used a moment ago: perhaps the answer was lost.
    Repeated { spent_at: Timestamp },
    /// Used before: somebody has a copy.
    Reused,
    /// Never used, and too old.
    Expired,
}

impl RefreshToken {
    fn judge(&self, now: Timestamp) -> Verdict {
        match self.spent_at {
            None if self.issued_at.plus_seconds(SESSION_SECONDS) <= now => Verdict::Expired,
            None => Verdict::Good,
            Some(spent_at) if now < spent_at.plus_seconds(GRACE_SECONDS) => Verdict::Repeated { spent_at },
            Some(_) => Verdict::Reused,
        }
    }
}

/// Ends the session of a refresh token. An unknown one is none, which is what was asked for.
pub async fn log_out(tx: &mut Tx, market: &Market, token: &str) -> Result<()> {
    if let Some(session) = store::session_of_refresh_token(tx, &secrets::digest(token)).await? {
        store::revoke_session(tx, session, market.now()).await?;
    }
    Ok(())
}

/// A user's sessions that have not ended, the newest first.
pub async fn list_sessions(
    conn: &mut Conn,
    market: &Market,
    user: UserId,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Session, i64>> {
    let rows = store::list_sessions(conn, user, market.now(), after, limit).await?;
    Ok(Page::cut(rows, limit, |session| session.id.as_i64()))
}

/// Ends one of a user's sessions; `not_found` when it is not theirs or has ended.
pub async fn end_session(tx: &mut Tx, market: &Market, user: UserId, session: SessionId) -> Result<()> {
    if store::end_session(tx, user, session, market.now()).await? {
        Ok(())
    } else {
        Err(Refusal::NotFound.into())
    }
}

/// Who holds this access token: it must be ours and fresh, its session alive, its user not suspended. With the
/// name by which their purchases are counted ([`types::Email::person_key`]).
pub async fn authenticate(conn: &mut Conn, market: &Market, token: &str) -> Result<(Caller, String)> {
    let proof = market.tokens.check(conn, token, market.now()).await?;
    let state =
        store::session_state(conn, proof.session, proof.user).await?.ok_or(Refusal::Unauthenticated)?;
    if state.suspended_at.is_some() {
        return Err(AccountError::Suspended.into());
    }
    if state.revoked_at.is_some() || state.expires_at <= market.now() {
        return Err(Refusal::Unauthenticated.into());
    }
    let means = Means::Session { id: proof.session, opened_at: state.opened_at };
    let standing =
        Standing { admin: state.admin_since.is_some(), two_factor: state.two_factor_since.is_some() };
    Ok((standing.caller(proof.user, means, market.settings.two_factor_rule), state.person_key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_is_good_once_and_a_moment_longer() {
        let issued_at = Timestamp::from_millis(1_000_000);
        let fresh = RefreshToken { issued_at, spent_at: None };
        assert_eq!(fresh.judge(issued_at), Verdict::Good);
        assert_eq!(fresh.judge(issued_at.plus_seconds(SESSION_SECONDS - 1)), Verdict::Good);
        assert_eq!(fresh.judge(issued_at.plus_seconds(SESSION_SECONDS)), Verdict::Expired);
        let spent_at = issued_at.plus_seconds(60);
        let spent = RefreshToken { issued_at, spent_at: Some(spent_at) };
        assert_eq!(spent.judge(spent_at), Verdict::Repeated { spent_at });
        assert_eq!(spent.judge(spent_at.plus_seconds(GRACE_SECONDS)), Verdict::Reused);
        assert_eq!(spent.judge(spent_at.plus_seconds(SESSION_SECONDS)), Verdict::Reused);
    }
}
