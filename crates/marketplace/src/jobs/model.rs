//! What becomes of a job, and when it is tried again.

use std::time::Duration;

use types::{JobId, Timestamp};

use super::Job;
use crate::error::{Error, with_causes};
use crate::states::states;

/// How often a job is tried before it is left for an operator to look at: for about 20 hours, so that a
/// mail server's bad night loses nothing.
pub const MAX_ATTEMPTS: i64 = 50;

/// The longest wait between two attempts, in milliseconds.
const LONGEST_WAIT_MS: i64 = 30 * 60 * 1_000;

states! {
    /// How a job stands.
    pub enum JobState {
        /// It waits for its time or for a worker.
        Waiting = "waiting",
        /// A worker has it.
        Running = "running",
        /// It was given up; an operator can look at it and try it again.
        Failed = "failed",
    }
}

/// A job as an operator sees it.
#[derive(Debug, Clone)]
pub struct JobSummary {
    /// Identifier.
    pub id: JobId,
    /// What it does.
    pub kind: String,
    /// How it stands.
    pub state: JobState,
    /// When it is to run, or was.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it last failed.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
}

db::from_row!(JobSummary { id, kind, state, due_at, attempts, last_error, created_at });

/// How many jobs there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Waiting for their time or for a worker.
    pub waiting: i64,
    /// Of those, the ones whose time has come.
    pub due: i64,
    /// In the hands of a worker.
    pub running: i64,
    /// Given up.
    pub failed: i64,
}

db::from_row!(Counts { waiting, due, running, failed });

/// Why a job did not get done. The text is for operators and the log: no addresses, no secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It may work later.
    #[error("{0}")]
    Retry(String),
    /// It will never work.
    #[error("{0}")]
    Fail(String),
}

impl Failure {
    /// It may work later.
    pub(crate) fn retry(reason: impl Into<String>) -> Self {
        Self::Retry(reason.into())
    }

    /// It will never work.
    pub(crate) fn fail(reason: impl Into<String>) -> Self {
        Self::Fail(reason.into())
    }
}

/// What an operation says is only of this moment: the state it did not like may be another one soon, and
/// what never heals is given up after [`MAX_ATTEMPTS`] anyway.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Retry(with_causes(&error))
    }
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        Error::from(error).into()
    }
}

/// A job in the hands of this worker.
#[derive(Debug, Clone)]
pub(super) struct Claimed {
    pub(super) id: JobId,
    pub(super) kind: String,
    payload: String,
    /// Which attempt this is. Grows with every claim, so it also tells this claim from a later one.
    pub(super) attempt: i64,
}

db::from_row!(Claimed { id, kind, payload, attempt });

impl Claimed {
    pub(super) fn job(&self) -> Result<Job, Failure> {
        // The parser's own message quotes the payload, which can hold a code.
        serde_json::from_str(&self.payload).map_err(|_| Failure::fail("this program cannot read the job"))
    }

    /// How long it may run before it counts as stuck.
    pub(super) fn time_limit(&self) -> Duration {
        match self.kind.as_str() {
            "run_import" => Duration::from_hours(1),
            "fetch_images" => Duration::from_mins(10),
            _ => Duration::from_mins(1),
        }
    }
}

/// How long a job waits after its `attempt`th failure, in milliseconds: doubled each time, up to half an
/// hour, and up to a fifth more or less (`jitter` is 0 to 400), so that what failed together does not
/// come back together.
///
/// | attempt | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 to 49 |
/// | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
/// | waits | 2 s | 4 s | 8 s | 16 s | 32 s | 64 s | 2 min | 4 min | 9 min | 17 min | 30 min |
/// | in all | 2 s | 6 s | 14 s | 30 s | 1 min | 2 min | 4 min | 9 min | 17 min | 34 min | 20 h |
pub(super) fn wait_ms(attempt: i64, jitter: i64) -> i64 {
    let doublings = u32::try_from(attempt.clamp(1, 20) - 1).unwrap_or(0);
    let wait = (2_000_i64 << doublings).min(LONGEST_WAIT_MS);
    wait * (800 + jitter.clamp(0, 400)) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_an_hour() {
        let waits: Vec<i64> = (1..=11).map(|attempt| wait_ms(attempt, 200) / 1_000).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_800]);
        assert_eq!(wait_ms(MAX_ATTEMPTS, 200), 1_800_000);
        assert_eq!(wait_ms(i64::MAX, 400), 2_160_000);
        assert_eq!(wait_ms(1, 0), 1_600);
    }

    #[test]
    fn all_attempts_take_about_twenty_hours() {
        let all: i64 = (1..MAX_ATTEMPTS).map(|attempt| wait_ms(attempt, 200)).sum();
        assert_eq!(all / 3_600_000, 20);
    }
}
