//! Runs jobs: claims them by lease, a bounded number at once, and says in the database how each ended.
//!
//! Several workers, on one node or on many, may work on the same database. A worker that dies leaves its
//! leases to run out after [`LEASE_SECONDS`]; while it lives it renews the lease of a job that takes long.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::lane::Lane;
use super::model::{Claimed, wait_ms};
use super::store;
use super::{Failure, Job, MAX_ATTEMPTS, dispatch, enqueue, sweeps};
use crate::catalog::low_stock;
use crate::error::with_causes;
use crate::mail::Mailer;
use crate::{Market, Result};

/// Seconds after which a job whose worker died is taken by another.
const LEASE_SECONDS: i64 = 10;

/// How often the lease of a running job is renewed.
const RENEWAL: Duration = Duration::from_secs(3);

/// How often a worker looks for jobs that other nodes wrote or whose time has come.
const POLL: Duration = Duration::from_secs(1);

/// How often the sweeps run.
const SWEEP: Duration = Duration::from_mins(1);

/// How often a worker looks whether stocks are low.
const STOCK_WATCH: Duration = Duration::from_secs(5);

/// How long a stopping worker waits for what runs; what takes longer runs again when its lease is over.
const GRACE: Duration = Duration::from_secs(20);

/// Does the marketplace's background work. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Worker(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    market: Market,
    mailer: Mailer,
}

/// A worker at work.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Takes no more jobs and waits for those that run.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(error = %error, "the background work did not end well");
            }
        }
    }
}

impl Worker {
    /// A worker that sends mails by `mailer`.
    pub fn new(market: Market, mailer: Mailer) -> Self {
        Self(Arc::new(Parts { market, mailer }))
    }

    /// Works until it is stopped. Must be called within a Tokio runtime.
    pub fn start(self) -> Running {
        let (stop, stopping) = watch::channel(false);
        let sweeper = tokio::spawn(self.clone().sweep_on(stopping.clone()));
        let watcher = tokio::spawn(self.clone().watch_stock(stopping.clone()));
        let worker = tokio::spawn(self.work(stopping));
        Running { stop, tasks: vec![sweeper, watcher, worker] }
    }

    /// Runs every job that is due, until none is, and says how many runs that took.
    pub async fn run_due(&self) -> Result<usize> {
        let mut runs = 0;
        loop {
            let mut batch = JoinSet::new();
            for lane in Lane::ALL {
                for job in self.claim(*lane, lane.slots()).await? {
                    batch.spawn(self.clone().run(job));
                }
            }
            if batch.is_empty() {
                return Ok(runs);
            }
            runs += batch.len();
            batch.join_all().await;
        }
    }

    /// Mends what periodic work mends, once. Running workers do so every minute.
    pub async fn sweep(&self) {
        sweeps::sweep(&self.0.market).await;
    }

    async fn work(self, mut stopping: watch::Receiver<bool>) {
        let mut running: Vec<_> = Lane::ALL.iter().map(|lane| (*lane, JoinSet::new())).collect();
        while !*stopping.borrow_and_update() {
            for (lane, jobs) in &mut running {
                while jobs.try_join_next().is_some() {}
                let claimed = self.claim(*lane, lane.slots() - jobs.len()).await.unwrap_or_else(|error| {
                    tracing::warn!(error = with_causes(&error), "no jobs can be claimed");
                    Vec::new()
                });
                for job in claimed {
                    jobs.spawn(self.clone().run(job));
                }
            }
            tokio::select! {
                _ = stopping.changed() => {}
                () = self.0.market.work.notified() => {}
                () = any_ends(&mut running) => {}
                () = sleep(POLL) => {}
            }
        }
        let finish = async {
            for (_, jobs) in &mut running {
                while jobs.join_next().await.is_some() {}
            }
        };
        if timeout(GRACE, finish).await.is_err() {
            tracing::warn!("jobs were still running at the end; they will run again");
        }
    }

    async fn sweep_on(self, mut stopping: watch::Receiver<bool>) {
        while !*stopping.borrow_and_update() {
            self.sweep().await;
            tokio::select! {
                _ = stopping.changed() => {}
                () = sleep(SWEEP) => {}
            }
        }
    }

    /// Tells of low stocks soon.
    async fn watch_stock(self, mut stopping: watch::Receiver<bool>) {
        while !*stopping.borrow_and_update() {
            if let Err(error) = low_stock::tell_all(&self.0.market).await {
                tracing::warn!(error = with_causes(&error), "the low stocks could not be looked at");
            }
            tokio::select! {
                _ = stopping.changed() => {}
                () = sleep(STOCK_WATCH) => {}
            }
        }
    }

    async fn claim(&self, lane: Lane, most: usize) -> Result<Vec<Claimed>> {
        let market = &self.0.market;
        if most == 0 || !store::any_due(&mut market.db.read().await?, lane, market.now()).await? {
            return Ok(Vec::new());
        }
        let clock = market.clock.clone();
        let claim = async move |tx: &mut db::Tx| {
            let now = clock.now();
            store::claim(tx, lane, now, now.plus_seconds(LEASE_SECONDS), most).await
        };
        market.db.write(claim).await
    }

    /// Runs a job and writes down how it went.
    async fn run(self, job: Claimed) {
        let outcome = tokio::select! {
            outcome = self.attempt(&job) => outcome,
            () = self.keep_lease(&job) => {
                tracing::warn!(job.id = %job.id, job.kind, "a job's lease was lost while it ran");
                return;
            }
        };
        // Should this fail, the lease runs out and the job runs again.
        if let Err(error) = self.settle(&job, outcome).await {
            let error = with_causes(&error);
            tracing::warn!(job.id = %job.id, job.kind, error, "the end of a job could not be written");
        }
    }

    async fn attempt(&self, job: &Claimed) -> Result<Vec<Job>, Failure> {
        // Only a job that took its worker down each time comes here with more attempts than allowed.
        if job.attempt > MAX_ATTEMPTS {
            return Err(Failure::fail("it never came to an end"));
        }
        let handler = AssertUnwindSafe(dispatch::run(&self.0.market, &self.0.mailer, job)).catch_unwind();
        match timeout(job.time_limit(), handler).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_panic)) => Err(Failure::retry("it panicked")),
            Err(_elapsed) => Err(Failure::retry("it took too long")),
        }
    }

    /// Renews the lease for as long as that is possible.
    async fn keep_lease(&self, job: &Claimed) {
        let market = &self.0.market;
        loop {
            sleep(RENEWAL).await;
            let (clock, renewed) = (market.clock.clone(), job.clone());
            let renew = async move |tx: &mut db::Tx| {
                store::renew(tx, &renewed, clock.now().plus_seconds(LEASE_SECONDS)).await
            };
            match market.db.write(renew).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    let error = with_causes(&error);
                    tracing::warn!(job.id = %job.id, job.kind, error, "a job's lease could not be renewed");
                }
            }
        }
    }

    async fn settle(&self, job: &Claimed, outcome: Result<Vec<Job>, Failure>) -> Result<()> {
        let outcome = match outcome {
            Err(Failure::Retry(reason)) if job.attempt >= MAX_ATTEMPTS => Err(Failure::Fail(reason)),
            other => other,
        };
        log(job, &outcome);
        let (market, job) = (self.0.market.clone(), job.clone());
        let wait_ms = wait_ms(job.attempt, rand::random_range(0..=400));
        let settle = async move |tx: &mut db::Tx| {
            let ours = match &outcome {
                Ok(_) => store::delete(tx, &job).await?,
                Err(Failure::Retry(reason)) => {
                    let due = types::Timestamp::from_micros(market.now().as_micros() + wait_ms * 1_000);
                    store::postpone(tx, &job, due, reason).await?
                }
                Err(Failure::Fail(reason)) => store::give_up(tx, &job, reason).await?,
            };
            for follow in outcome.iter().flatten().filter(|_| ours) {
                enqueue(tx, &market, follow, market.now()).await?;
            }
            Ok(())
        };
        self.0.market.db.write(settle).await
    }
}

fn log(job: &Claimed, outcome: &Result<Vec<Job>, Failure>) {
    let (id, kind, attempt) = (job.id, job.kind.as_str(), job.attempt);
    match outcome {
        Ok(_) => tracing::debug!(job.id = %id, job.kind = kind, job.attempt = attempt, "did a job"),
        Err(Failure::Retry(error)) => {
            tracing::warn!(job.id = %id, job.kind = kind, job.attempt = attempt, error, "a job will be tried again");
        }
        Err(Failure::Fail(error)) => {
            tracing::error!(job.id = %id, job.kind = kind, job.attempt = attempt, error, "a job was given up");
        }
    }
}

/// Waits until one of the running jobs ends; for ever when none runs.
async fn any_ends(running: &mut [(Lane, JoinSet<()>)]) {
    let ends =
        running.iter_mut().filter(|(_, jobs)| !jobs.is_empty()).map(|(_, jobs)| Box::pin(jobs.join_next()));
    let ends: Vec<_> = ends.collect();
    if ends.is_empty() {
        std::future::pending::<()>().await;
    }
    futures_util::future::select_all(ends).await;
}
