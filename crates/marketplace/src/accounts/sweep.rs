//! Dropping what has expired.

use db::Tx;

use super::sessions::SESSION_SECONDS;
use super::store;
use crate::{Market, Result};

/// Rows of one kind that are dropped in one transaction, which others wait for.
const BATCH: i64 = 1_000;

/// Drops registrations, reset codes, changes of addresses, sessions and refresh tokens that have expired, a batch of each; how
/// many there were. Call it again until there are none.
pub async fn sweep(tx: &mut Tx, market: &Market) -> Result<u64> {
    let now = market.now();
    let registrations = store::sweep_registrations(tx, now, BATCH).await?;
    let resets = store::sweep_resets(tx, now, BATCH).await?;
    let emails = store::sweep_email_changes(tx, now, BATCH).await?;
    // Before their sessions, which they refer to.
    let tokens = store::sweep_refresh_tokens(tx, now.plus_seconds(-SESSION_SECONDS), BATCH).await?;
    let sessions = store::sweep_sessions(tx, now, BATCH).await?;
    Ok(registrations + resets + emails + tokens + sessions)
}
