//! The limit: how fast rows can be written to a database at all, by a bare loop over its driver. What
//! `souk bench` measures a checkout against; the program itself writes through [`Db`](crate::Db).

mod postgres;
mod sqlite;

use std::time::Duration;

use crate::{
    Config, Insert, Owned,
    config::Target,
    error::{Error, Result},
};

/// A change of rows that are there, in the form of each engine.
#[derive(Debug)]
pub struct Update {
    /// For one row: `?1`, `?2`, …
    pub sqlite: &'static str,
    /// For all rows at once: each parameter an array of integers.
    pub postgres: &'static str,
}

/// What one transaction writes: the rows of a group of purchases.
#[derive(Debug, Default)]
pub struct Group {
    /// New rows by table.
    pub inserts: Vec<(&'static Insert, Vec<Vec<Owned>>)>,
    /// Changes by statement: the parameters of each row.
    pub updates: Vec<(&'static Update, Vec<Vec<i64>>)>,
}

/// Writes each group in one durable transaction, one after the other, on a connection of its own, and says
/// how long that took. Everything is prepared before the time runs.
pub async fn write(config: &Config, groups: Vec<Group>) -> Result<Duration> {
    match config.target()? {
        Target::Sqlite(path) => {
            let wait = config.wait;
            let loop_ended = tokio::task::spawn_blocking(move || sqlite::write(&path, wait, &groups));
            loop_ended.await.map_err(|error| Error::Panicked(error.to_string()))?
        }
        Target::Postgres(server) => postgres::write(*server, config, &groups).await,
    }
}
