//! Background work: rows written in the business transaction that calls for it.
//!
//! A job is claimed with a lease, run, and deleted; one that fails waits longer each time, and after
//! [`MAX_ATTEMPTS`] stays visible as failed. A crash in the middle leaves the lease to run out, and the
//! job runs again: handlers look at the state anew, so that running twice is harmless.

mod store;

pub(crate) use store::STATEMENTS;

use db::Tx;
use serde::{Deserialize, Serialize};
use types::{Timestamp, kind};

use crate::notifications::Mail;
use crate::{Error, Market, Result};

/// How often a job is tried before it is left for an operator to look at.
pub const MAX_ATTEMPTS: i64 = 12;

/// A piece of background work. Holds identifiers only: what they stand for is read when it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Send a mail.
    SendMail {
        /// Which.
        mail: Mail,
    },
    /// Cancel a checkout that was not paid in time.
    ExpireCheckout {
        /// Which.
        checkout: i64,
    },
    /// Make the seller's money of a delivered order available.
    ReleaseFunds {
        /// Which order.
        order: i64,
    },
    /// Read an uploaded file of products.
    RunImport {
        /// Which.
        import: i64,
    },
}

impl Job {
    /// The name that lists and logs show.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SendMail { .. } => "send_mail",
            Self::ExpireCheckout { .. } => "expire_checkout",
            Self::ReleaseFunds { .. } => "release_funds",
            Self::RunImport { .. } => "run_import",
        }
    }
}

/// Writes a job that is due at `due`; the workers are woken when the transaction commits.
pub async fn enqueue(tx: &mut Tx, market: &Market, job: &Job, due: Timestamp) -> Result<()> {
    let payload = serde_json::to_string(job).map_err(|error| Error::failed("a job is no JSON", error))?;
    store::insert(tx, market.id::<kind::Job>(), job.kind(), &payload, due, market.now()).await?;
    if due <= market.now() {
        let work = market.work.clone();
        tx.on_commit(move || work.notify_one());
    }
    Ok(())
}
