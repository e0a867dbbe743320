//! Background work: rows written in the business transaction that calls for it.
//!
//! A job is claimed with a lease, run, and deleted; one that fails waits longer each time, and after
//! [`MAX_ATTEMPTS`] stays visible as failed. A crash in the middle leaves the lease to run out, and the
//! job runs again: handlers look at the state anew, so that running twice is harmless.
//!
//! To add a kind: a variant of [`Job`], its name in [`Job::kind`], its `Lane`, its arm in `dispatch`, its
//! name in the list of the claim in `store`. A name that was ever written to a database keeps its meaning.

mod dispatch;
mod lane;
mod model;
mod store;
mod sweeps;
mod worker;

pub use model::{Counts, Failure, JobState, JobSummary, MAX_ATTEMPTS};
pub use worker::{Running, Worker};

pub(crate) use store::{INSERTS, STATEMENTS};

use db::{Conn, Tx};
use lane::Lane;
use serde::{Deserialize, Serialize};
use types::{JobId, Limit, Timestamp, kind};

use crate::error::Refusal;
use crate::notifications::Mail;
use crate::{Error, Market, Result};

/// A piece of background work. Holds identifiers only: what they stand for is read when it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Send a mail.
    SendMail {
        /// Which.
        mail: Mail,
        /// To which user, when it goes to several people: each gets a job of their own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<i64>,
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
    /// Remove a stored image that no product has any more.
    ForgetMedia {
        /// The name it is served under.
        name: String,
    },
    /// Make a stored image in its other widths.
    RenderMedia {
        /// The name it is served under.
        name: String,
    },
    /// Fetch the images of an imported product.
    FetchImages {
        /// Which product.
        product: i64,
    },
    /// Publish or archive a product whose time has come.
    KeepSchedule {
        /// Which.
        product: i64,
    },
    /// Read an uploaded file of products.
    RunImport {
        /// Which.
        import: i64,
    },
    /// Bring Stripe's side of a payment in line with ours.
    SyncIntent {
        /// Which payment.
        payment: i64,
    },
    /// Have the provider give money back, or ask how far it is.
    SendRefund {
        /// Which refund.
        refund: i64,
    },
    /// Give back what can't be entered in the book: money in another currency, or paid twice over.
    ReturnStray {
        /// The payment that it names.
        payment: i64,
        /// Stripe's name of it.
        intent: String,
    },
}

impl Job {
    /// The name that lists and logs show.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SendMail { .. } => "send_mail",
            Self::ExpireCheckout { .. } => "expire_checkout",
            Self::ReleaseFunds { .. } => "release_funds",
            Self::ForgetMedia { .. } => "forget_media",
            Self::RenderMedia { .. } => "render_media",
            Self::FetchImages { .. } => "fetch_images",
            Self::KeepSchedule { .. } => "keep_schedule",
            Self::RunImport { .. } => "run_import",
            Self::SyncIntent { .. } => "sync_intent",
            Self::SendRefund { .. } => "send_refund",
            Self::ReturnStray { .. } => "return_stray",
        }
    }

    /// Whose slots it takes.
    const fn lane(&self) -> Lane {
        match self {
            Self::SendMail { .. } => Lane::Mail,
            Self::ExpireCheckout { .. }
            | Self::ReleaseFunds { .. }
            | Self::ForgetMedia { .. }
            | Self::KeepSchedule { .. } => Lane::Deadline,
            Self::RenderMedia { .. } => Lane::Picture,
            Self::FetchImages { .. } => Lane::Fetch,
            Self::RunImport { .. } => Lane::Import,
            Self::SyncIntent { .. } | Self::SendRefund { .. } | Self::ReturnStray { .. } => Lane::Gateway,
        }
    }
}

/// Writes a job that is due at `due`; the workers are woken when the transaction commits.
pub async fn enqueue(tx: &mut Tx, market: &Market, job: &Job, due: Timestamp) -> Result<()> {
    enqueue_all(tx, market, &[(job, due)]).await
}

/// Writes jobs, each due at its time, like [`enqueue`].
pub async fn enqueue_all(tx: &mut Tx, market: &Market, jobs: &[(&Job, Timestamp)]) -> Result<()> {
    let now = market.now();
    let new = |&(job, due): &(&Job, Timestamp)| {
        let payload = serde_json::to_string(job).map_err(|error| Error::failed("a job is no JSON", error))?;
        Ok(store::New { id: market.id::<kind::Job>(), kind: job.kind(), lane: job.lane(), payload, due })
    };
    let new: Vec<store::New> = jobs.iter().map(new).collect::<Result<_>>()?;
    store::insert(tx, &new, now).await?;
    if jobs.iter().any(|(_, due)| *due <= now) {
        let work = market.work.clone();
        tx.on_commit(move || work.notify_one());
    }
    Ok(())
}

/// The jobs in one state, or in any; the newest first. Their payload is not shown: it can hold a code.
pub async fn list(
    conn: &mut Conn,
    market: &Market,
    state: Option<JobState>,
    limit: Limit,
) -> Result<Vec<JobSummary>> {
    store::list(conn, market.now(), state, limit).await
}

/// How many jobs there are in each state.
pub async fn counts(conn: &mut Conn, market: &Market) -> Result<Counts> {
    store::counts(conn, market.now()).await
}

/// Gives a failed job all its attempts again, from now on.
pub async fn retry(tx: &mut Tx, market: &Market, job: JobId) -> Result<()> {
    if !store::revive(tx, job, market.now()).await? {
        return Err(Refusal::NotFound.into());
    }
    let work = market.work.clone();
    tx.on_commit(move || work.notify_one());
    Ok(())
}
