//! SQL of the jobs.

use db::{Conn, Insert, Kind, Stmt, Tx, params};
use types::{JobId, Limit, Timestamp};

use super::lane::Lane;
use super::model::{Claimed, Counts, JobState, JobSummary};
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&ANY_DUE, &CLAIM, &RENEW, &DELETE, &POSTPONE, &GIVE_UP, &LIST, &COUNTS, &REVIVE];

/// What is inserted in bulk.
pub(crate) const INSERTS: &[&Insert] = &[&INSERT];

static INSERT: Insert = Insert::new(
    "jobs",
    &[
        ("id", Kind::Int),
        ("kind", Kind::Text),
        ("lane", Kind::Text),
        ("payload", Kind::Text),
        ("state", Kind::Text),
        ("due_at", Kind::Int),
        ("created_at", Kind::Int),
    ],
);

/// A job to be written.
pub(super) struct New {
    pub(super) id: JobId,
    pub(super) kind: &'static str,
    pub(super) lane: Lane,
    pub(super) payload: String,
    pub(super) due: Timestamp,
}

pub(super) async fn insert(tx: &mut Tx, jobs: &[New], now: Timestamp) -> Result<()> {
    let waiting = JobState::Waiting;
    let rows: Vec<_> = jobs
        .iter()
        .map(|job| *params![job.id, job.kind, job.lane, job.payload, waiting, job.due, now])
        .collect();
    Ok(tx.insert_many(&INSERT, &rows).await?)
}

static ANY_DUE: Stmt = Stmt::new(
    "SELECT id FROM jobs
     WHERE state = 'waiting' AND lane = $2 AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
     ORDER BY due_at, id LIMIT 1",
);

/// Whether a job of a lane waits for a worker: a look that writes nothing, for the many polls that find none.
pub(super) async fn any_due(conn: &mut Conn, lane: Lane, now: Timestamp) -> Result<bool> {
    let due: Option<(JobId,)> = conn.opt(&ANY_DUE, params![now, lane]).await?;
    Ok(due.is_some())
}

/// A claim names the kinds that this program can run: what a newer one wrote is left for it.
macro_rules! due_in_lane {
    () => {
        "SELECT id FROM jobs
         WHERE state = 'waiting' AND lane = $4 AND due_at <= $1
           AND (leased_until IS NULL OR leased_until <= $1)
           AND kind IN ('send_mail', 'expire_checkout', 'release_funds', 'forget_media', 'render_media',
                        'fetch_images', 'keep_schedule', 'run_import', 'sync_intent', 'send_refund', 'return_stray')
         ORDER BY due_at, id LIMIT $3"
    };
}

/// Gives those that are due a lease. They are joined by their ids: with `id IN (SELECT …)` SQLite looks through the
/// whole table for each claim when its statistics are of a moment at which few jobs waited.
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "WITH due AS (",
            due_in_lane!(),
            $lock,
            ") UPDATE jobs SET leased_until = $2, attempts = attempts + 1
             FROM due WHERE jobs.id = due.id
             RETURNING jobs.id, jobs.kind, jobs.payload, jobs.attempts"
        )
    };
}

static CLAIM: Stmt = Stmt::with_postgres(claim!(""), claim!(" FOR UPDATE SKIP LOCKED"));

/// Takes up to `most` due jobs of a lane that nobody has, or whose holder's lease has run out.
pub(super) async fn claim(
    tx: &mut Tx,
    lane: Lane,
    now: Timestamp,
    leased_until: Timestamp,
    most: usize,
) -> Result<Vec<Claimed>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    Ok(tx.all(&CLAIM, params![now, leased_until, most, lane]).await?)
}

static RENEW: Stmt = Stmt::new(
    "UPDATE jobs SET leased_until = $3 WHERE id = $1 AND attempts = $2 AND leased_until IS NOT NULL",
);

/// Keeps the lease; `false` when the job is no longer ours.
pub(super) async fn renew(tx: &mut Tx, job: &Claimed, until: Timestamp) -> Result<bool> {
    Ok(tx.exec(&RENEW, params![job.id, job.attempt, until]).await? == 1)
}

static DELETE: Stmt =
    Stmt::new("DELETE FROM jobs WHERE id = $1 AND attempts = $2 AND leased_until IS NOT NULL");

/// Ends a job that is done; `false` when it is no longer ours.
pub(super) async fn delete(tx: &mut Tx, job: &Claimed) -> Result<bool> {
    Ok(tx.exec(&DELETE, params![job.id, job.attempt]).await? == 1)
}

static POSTPONE: Stmt = Stmt::new(
    "UPDATE jobs SET leased_until = NULL, due_at = $3, last_error = $4
     WHERE id = $1 AND attempts = $2 AND leased_until IS NOT NULL",
);

/// Puts a job back until `due`; `false` when it is no longer ours.
pub(super) async fn postpone(tx: &mut Tx, job: &Claimed, due: Timestamp, error: &str) -> Result<bool> {
    Ok(tx.exec(&POSTPONE, params![job.id, job.attempt, due, error]).await? == 1)
}

static GIVE_UP: Stmt = Stmt::new(
    "UPDATE jobs SET state = 'failed', leased_until = NULL, last_error = $3
     WHERE id = $1 AND attempts = $2 AND leased_until IS NOT NULL",
);

/// Leaves a job for an operator; `false` when it is no longer ours.
pub(super) async fn give_up(tx: &mut Tx, job: &Claimed, error: &str) -> Result<bool> {
    Ok(tx.exec(&GIVE_UP, params![job.id, job.attempt, error]).await? == 1)
}

static LIST: Stmt = Stmt::new(
    "SELECT id, kind, shown_state, due_at, attempts, last_error, created_at
     FROM (SELECT id, kind, due_at, attempts, last_error, created_at,
                  CASE WHEN state = 'failed' THEN 'failed'
                       WHEN leased_until > $1 THEN 'running' ELSE 'waiting' END AS shown_state
           FROM jobs) AS shown
     WHERE CAST($2 AS TEXT) IS NULL OR shown_state = CAST($2 AS TEXT)
     ORDER BY id DESC LIMIT $3",
);

pub(super) async fn list(
    conn: &mut Conn,
    now: Timestamp,
    state: Option<JobState>,
    limit: Limit,
) -> Result<Vec<JobSummary>> {
    Ok(conn.all(&LIST, params![now, state, limit.entries()]).await?)
}

static COUNTS: Stmt = Stmt::new(
    "SELECT COUNT(CASE WHEN state = 'waiting' AND (leased_until IS NULL OR leased_until <= $1) THEN 1 END),
            COUNT(CASE WHEN state = 'waiting' AND (leased_until IS NULL OR leased_until <= $1)
                            AND due_at <= $1 THEN 1 END),
            COUNT(CASE WHEN state = 'waiting' AND leased_until > $1 THEN 1 END),
            COUNT(CASE WHEN state = 'failed' THEN 1 END)
     FROM jobs",
);

pub(super) async fn counts(conn: &mut Conn, now: Timestamp) -> Result<Counts> {
    Ok(conn.one(&COUNTS, params![now]).await?)
}

static REVIVE: Stmt = Stmt::new(
    "UPDATE jobs SET state = 'waiting', attempts = 0, due_at = $2 WHERE id = $1 AND state = 'failed'",
);

/// `false` when there is no such failed job.
pub(super) async fn revive(tx: &mut Tx, job: JobId, now: Timestamp) -> Result<bool> {
    Ok(tx.exec(&REVIVE, params![job, now]).await? == 1)
}
