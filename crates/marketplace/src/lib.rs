//! The domain of a marketplace: many sellers, one checkout. Knows types and the database, no HTTP.
//!
//! Every feature is a folder of one shape: `mod.rs` says what it is and holds its operations,
//! `model.rs` its states and pure decisions, `store.rs` every SQL statement, `error.rs` its errors,
//! `jobs.rs` its background work. Operations that change something take an open [`db::Tx`] first and
//! never commit: whoever opened the transaction does. A feature calls another's operations, never its
//! store.

pub mod accounts;
pub mod actor;
pub mod audit;
mod batch;
pub mod cart;
pub mod catalog;
pub mod changes;
pub mod checkout;
pub mod coupons;
pub mod doctor;
pub mod erasure;
pub mod error;
pub mod failpoint;
pub mod fulfilment;
pub mod idempotency;
pub mod imports;
pub mod jobs;
pub mod ledger;
pub mod limits;
pub mod mail;
pub mod market;
pub mod media;
pub mod nodes;
pub mod notifications;
pub mod orders;
pub mod outgoing;
pub mod payments;
pub mod pricing;
mod requests;
pub mod returns;
pub mod reviews;
pub mod search;
pub mod secrets;
pub mod settings;
pub mod shipping;
mod signatures;
pub mod slugs;
mod spare;
mod states;
pub mod tax;
pub mod throttle;
pub mod vault;
pub mod vendors;

pub use actor::{Caller, Shopper};
pub use error::{Error, Kind, Rejection, Result};
pub use market::Market;
pub use settings::Settings;

use db::{Insert, Migration, SchemaState, Stmt};

/// The schema's history, oldest first.
pub const MIGRATIONS: &[Migration] =
    &[Migration::new(1, "initial", include_str!("../../../migrations/0001_initial.sql"))];

/// Every statement of every feature: a test prepares each on both engines.
pub fn statements() -> Vec<&'static Stmt> {
    let features: &[&[&'static Stmt]] = &[
        accounts::STATEMENTS,
        audit::STATEMENTS,
        cart::OFFER_STATEMENTS,
        cart::STATEMENTS,
        cart::reminders::STATEMENTS,
        cart::wishlist::STATEMENTS,
        catalog::attributes::STATEMENTS,
        catalog::bulk_edit::STATEMENTS,
        catalog::categories::STATEMENTS,
        catalog::images::STATEMENTS,
        catalog::low_stock::STATEMENTS,
        catalog::prices::STATEMENTS,
        catalog::products::STATEMENTS,
        catalog::search::STATEMENTS,
        catalog::stock::STATEMENTS,
        catalog::variants::STATEMENTS,
        changes::STATEMENTS,
        checkout::STATEMENTS,
        coupons::CART_STATEMENTS,
        coupons::STATEMENTS,
        coupons::USE_STATEMENTS,
        fulfilment::STATEMENTS,
        idempotency::STATEMENTS,
        imports::STATEMENTS,
        jobs::STATEMENTS,
        ledger::STATEMENTS,
        limits::STATEMENTS,
        mail::STATEMENTS,
        nodes::STATEMENTS,
        notifications::STATEMENTS,
        orders::ITEM_STATEMENTS,
        orders::SALE_STATEMENTS,
        orders::STATEMENTS,
        payments::REFUND_STATEMENTS,
        payments::STATEMENTS,
        payments::stripe::STATEMENTS,
        returns::STATEMENTS,
        reviews::STATEMENTS,
        search::STATEMENTS,
        settings::STATEMENTS,
        shipping::STATEMENTS,
        signatures::STATEMENTS,
        slugs::STATEMENTS,
        tax::STATEMENTS,
        throttle::STATEMENTS,
        vendors::INVITATION_STATEMENTS,
        vendors::MEMBER_STATEMENTS,
        vendors::STATEMENTS,
    ];
    features
        .concat()
        .into_iter()
        .chain(inserts())
        .chain(doctor::statements())
        .chain(erasure::statements())
        .collect()
}

/// The statements of those that insert many rows.
fn inserts() -> impl Iterator<Item = &'static Stmt> {
    let features: &[&[&'static Insert]] = &[
        cart::INSERTS,
        catalog::attributes::INSERTS,
        catalog::categories::INSERTS,
        catalog::prices::INSERTS,
        catalog::products::INSERTS,
        catalog::stock::INSERTS,
        catalog::variants::INSERTS,
        changes::INSERTS,
        checkout::INSERTS,
        coupons::INSERTS,
        imports::INSERTS,
        jobs::INSERTS,
        ledger::INSERTS,
        orders::INSERTS,
        payments::INSERTS,
        tax::INSERTS,
    ];
    features.iter().flat_map(|feature| feature.iter().map(|insert| insert.stmt()))
}

/// Refuses when the database does not answer or its schema is not the one this program knows.
pub async fn schema_is_current(market: &Market) -> Result<()> {
    match market.db.schema_state(MIGRATIONS).await? {
        SchemaState::Current => Ok(()),
        SchemaState::Behind(_) | SchemaState::Newer { .. } => Err(SchemaIsDifferent.into()),
    }
}

/// The database's schema is not the one of this program.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the database's schema is not the one that this server knows")]
struct SchemaIsDifferent;

impl Rejection for SchemaIsDifferent {
    fn kind(&self) -> Kind {
        Kind::Unavailable { retry_after: 5 }
    }
    fn code(&self) -> &'static str {
        "unavailable"
    }
}
