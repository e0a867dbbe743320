//! How often something may be tried, counted in the database: restarts and other nodes don't reset it.

use db::{Stmt, Tx, params};

use crate::error::Refusal;
use crate::{Market, Result};

/// So many tries in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// What is counted, such as `login-account`.
    pub name: &'static str,
    /// Tries in a window.
    pub tries: i64,
    /// Seconds of a window.
    pub seconds: i64,
}

/// What is left of a rate after a try: the `RateLimit` header's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remaining {
    /// The rate.
    pub rate: Rate,
    /// Tries left in this window.
    pub tries: i64,
    /// Seconds until the window ends.
    pub reset_seconds: i64,
}

static COUNT: Stmt = Stmt::new(
    "INSERT INTO throttles (bucket, window_ends_at, hits) VALUES ($1, $2, 1)
     ON CONFLICT (bucket) DO UPDATE SET
        hits = CASE WHEN throttles.window_ends_at <= $3 THEN 1 ELSE throttles.hits + 1 END,
        window_ends_at = CASE WHEN throttles.window_ends_at <= $3 THEN excluded.window_ends_at
                              ELSE throttles.window_ends_at END
     RETURNING hits, window_ends_at",
);

static FORGET: Stmt = Stmt::new("DELETE FROM throttles WHERE bucket = $1");

static GIVE_BACK: Stmt = Stmt::new("UPDATE throttles SET hits = hits - 1 WHERE bucket = $1 AND hits > 0");

static SWEEP: Stmt = Stmt::new("DELETE FROM throttles WHERE window_ends_at <= $1");

/// The statements of this module.
pub const STATEMENTS: &[&Stmt] = &[&COUNT, &FORGET, &GIVE_BACK, &SWEEP];

/// Counts a try by `who` (an address, an account). Past the rate it is refused as `rate_limited`.
///
/// To be counted a try must be committed: call it in a transaction of its own, before what it guards.
pub async fn count(tx: &mut Tx, market: &Market, rate: Rate, who: &str) -> Result<Option<Remaining>> {
    if !market.settings.throttle {
        return Ok(None);
    }
    let now = market.now();
    let bucket = format!("{}:{who}", rate.name);
    let (hits, ends): (i64, types::Timestamp) =
        tx.one(&COUNT, params![bucket, now.plus_seconds(rate.seconds), now]).await?;
    let reset_seconds = ends.seconds_since(now).max(1);
    Ok(Some(Remaining { rate, tries: rate.tries - hits, reset_seconds }))
}

impl Remaining {
    /// Refuses when more tries were made than the rate allows.
    pub fn or_refuse(self) -> Result<Self> {
        if self.tries < 0 {
            return Err(Refusal::RateLimited { retry_after: self.reset_seconds }.into());
        }
        Ok(self)
    }
}

/// Forgets the tries of `who`: after a success, failures before it no longer count.
pub async fn forget(tx: &mut Tx, market: &Market, rate: Rate, who: &str) -> Result<()> {
    if !market.settings.throttle {
        return Ok(());
    }
    tx.exec(&FORGET, params![format!("{}:{who}", rate.name)]).await?;
    Ok(())
}

/// Gives `who` one try back: where many share a bucket, only failures are to count.
pub async fn give_back(tx: &mut Tx, market: &Market, rate: Rate, who: &str) -> Result<()> {
    if !market.settings.throttle {
        return Ok(());
    }
    tx.exec(&GIVE_BACK, params![format!("{}:{who}", rate.name)]).await?;
    Ok(())
}

/// Drops the windows that have ended.
pub async fn sweep(tx: &mut Tx, market: &Market) -> Result<u64> {
    Ok(tx.exec(&SWEEP, params![market.now()]).await?)
}
