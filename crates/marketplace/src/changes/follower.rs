//! Follows the feed in the database, for what other nodes and processes wrote.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};
use types::{EventId, Timestamp};

use super::LATENESS_SECONDS;
use super::store::{self, Trail};
use crate::catalog::search;
use crate::error::with_causes;
use crate::{Market, Result};

/// Between rounds, when nobody rings.
const POLL: Duration = Duration::from_millis(250);

/// The least time between rounds, however often somebody rings.
const PAUSE: Duration = Duration::from_millis(20);

/// How far back a round reads: most commits and clocks of other nodes are not later than that.
const OVERLAP_SECONDS: i64 = 2;

/// Rounds between two looks for rows that came later than that.
const LATE_EVERY: u32 = 8;

/// Reads what changed and tells the subscribers of the marketplace's [`Feed`](super::Feed).
#[derive(Debug)]
pub struct Follower {
    market: Market,
    /// When the last round that worked began.
    read_until: Timestamp,
    rounds: u32,
}

/// A follower at work.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Ends after the round that runs.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(error = %error, "following the changes did not end well");
        }
    }
}

impl Follower {
    /// A follower from this moment on.
    pub fn new(market: Market) -> Self {
        market.changes().begin();
        let read_until = market.now();
        Self { market, read_until, rounds: 0 }
    }

    /// Follows until it is stopped. Must be called within a Tokio runtime.
    pub fn start(self) -> Running {
        let (stop, stopping) = watch::channel(false);
        Running { stop, task: tokio::spawn(self.follow(stopping)) }
    }

    async fn follow(mut self, mut stopping: watch::Receiver<bool>) {
        let market = self.market.clone();
        let mut failing = false;
        while !*stopping.borrow_and_update() {
            let soonest = Instant::now() + PAUSE;
            match self.round().await {
                Ok(()) => failing = false,
                Err(error) if failing => tracing::debug!(error = with_causes(&error), "no changes yet"),
                Err(error) => {
                    failing = true;
                    tracing::warn!(error = with_causes(&error), "the changes can't be followed");
                }
            }
            tokio::select! {
                _ = stopping.changed() => {}
                () = market.changes().rung() => sleep_until(soonest).await,
                () = sleep(POLL) => {}
            }
        }
        market.changes().end();
    }

    /// Reads once what has changed.
    pub async fn round(&mut self) -> Result<()> {
        search::keep_prices(&self.market).await?;
        let now = self.market.now();
        // A clock that was put back must not make it skip what is written until it has caught up.
        let from = self.read_until.min(now);
        let looks_for_late = self.rounds.is_multiple_of(LATE_EVERY);
        for trail in [Trail::Changes, Trail::Movements] {
            self.read(trail, EventId::first_at(from.plus_seconds(-OVERLAP_SECONDS))).await?;
            if looks_for_late {
                self.read_late(trail, from).await?;
            }
        }
        let market = self.market.changes();
        market.forget_until(EventId::first_at(from.plus_seconds(-2 * LATENESS_SECONDS)));
        market.set_followed_until(from);
        self.read_until = now;
        self.rounds = self.rounds.wrapping_add(1);
        Ok(())
    }

    async fn read(&self, trail: Trail, mut after: EventId) -> Result<()> {
        let mut conn = self.market.db.read().await?;
        loop {
            let (rows, next) = store::page(&mut conn, trail, after).await?;
            self.market.changes().found(trail, &rows);
            match next {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }

    /// Reads the whole time in which a commit may be late, when there are rows that were not told.
    async fn read_late(&self, trail: Trail, from: Timestamp) -> Result<()> {
        let after = EventId::first_at(from.plus_seconds(-LATENESS_SECONDS));
        let until = EventId::first_at(from.plus_seconds(-OVERLAP_SECONDS));
        let mut conn = self.market.db.read().await?;
        let rows = store::count(&mut conn, trail, after, until).await?;
        drop(conn);
        if rows > self.market.changes().count_told(trail, after, until) {
            return self.read(trail, after).await;
        }
        Ok(())
    }
}
