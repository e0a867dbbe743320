//! Background work: what was given up waits for an operator.

use db::Stmt;
use types::JobId;

use super::{Check, Finding, Severity};

pub(super) const CHECKS: &[&Check] = &[&GIVEN_UP];

static GIVEN_UP: Check = Check {
    name: "no_job_given_up",
    severity: Severity::Warning,
    stmt: &FAILED_JOBS,
    describe: |Finding { id, found, .. }| {
        format!("{} failed {found} times and was given up (see `souk jobs`)", JobId::from_i64(*id))
    },
};

static FAILED_JOBS: Stmt =
    Stmt::new("SELECT id, attempts, 0 FROM jobs WHERE state = 'failed' ORDER BY id LIMIT $1");
