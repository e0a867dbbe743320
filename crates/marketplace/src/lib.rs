//! The domain of a marketplace: many sellers, one checkout. Knows types and the database, no HTTP.
//!
//! Every feature is a folder of one shape: `mod.rs` says what it is and holds its operations,
//! `model.rs` its states and pure decisions, `store.rs` every SQL statement, `error.rs` its errors,
//! `jobs.rs` its background work. Operations that change something take an open [`db::Tx`] first and
//! never commit: whoever opened the transaction does. A feature calls another's operations, never its
//! store.

pub mod accounts;
pub mod actor;
pub mod error;
pub mod idempotency;
pub mod jobs;
pub mod market;
pub mod nodes;
pub mod notifications;
pub mod secrets;
pub mod settings;
mod states;
pub mod throttle;

pub use actor::{Caller, Shopper};
pub use error::{Error, Kind, Rejection, Result};
pub use market::Market;
pub use settings::Settings;

use db::{Migration, Stmt};

/// The schema's history, oldest first.
pub const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "initial", sql: include_str!("../../../migrations/0001_initial.sql") }];

/// Every statement of every feature: a test prepares each on both engines.
pub fn statements() -> Vec<&'static Stmt> {
    let features: &[&[&'static Stmt]] = &[
        accounts::STATEMENTS,
        idempotency::STATEMENTS,
        jobs::STATEMENTS,
        nodes::STATEMENTS,
        throttle::STATEMENTS,
    ];
    features.concat()
}

/// Refuses when the database does not answer or its schema is not the one this program knows.
pub async fn schema_is_current(market: &Market) -> Result<()> {
    Ok(market.db.check_schema(MIGRATIONS).await?)
}
