//! The doctor: proves that what must always hold does hold, and names each violation.
//!
//! All checks see the database at one moment, so that a running server disturbs none of them. Each is one
//! statement that answers violations only, at most [`LIMIT`] of them; the audit log's chains are walked.
//! To add one: a `Check` in the module of its subject, and its name in that module's list.

mod catalogue;
mod limits;
mod money;
mod orders;
mod refunds;
mod reviews;
mod stock;
mod work;

use db::{Conn, Db, Stmt, params};

use crate::{Result, audit};

/// The most violations of one check that are named.
pub const LIMIT: usize = 100;

/// How bad it is when something is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    /// What must always hold does not.
    Violation,
    /// An operator should look at it.
    Warning,
}

/// One thing that must hold.
struct Check {
    name: &'static str,
    severity: Severity,
    /// Answers an identifier and two numbers for each violation, and takes the most it may answer.
    stmt: &'static Stmt,
    describe: fn(&Finding) -> String,
}

impl Check {
    const fn new(name: &'static str, stmt: &'static Stmt, describe: fn(&Finding) -> String) -> Self {
        Self { name, severity: Severity::Violation, stmt, describe }
    }
}

/// A row that a check answered; what the numbers are is the check's own.
struct Finding {
    id: i64,
    found: i64,
    expected: i64,
}

db::from_row!(Finding { id, found, expected });

/// How one check went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its name.
    pub name: &'static str,
    /// What is broken, a sentence each.
    pub violations: Vec<String>,
    /// What an operator should look at, a sentence each.
    pub warnings: Vec<String>,
}

/// Runs every check.
pub async fn examine(db: &Db) -> Result<Vec<Outcome>> {
    let mut conn = db.read_snapshot().await?;
    let mut outcomes = Vec::new();
    for check in all() {
        outcomes.push(run(&mut conn, check).await?);
    }
    let violations = audit::verify(&mut conn, LIMIT).await?;
    outcomes.push(Outcome { name: "audit_log_is_unbroken", violations, warnings: Vec::new() });
    Ok(outcomes)
}

fn all() -> impl Iterator<Item = &'static Check> {
    [
        stock::CHECKS,
        catalogue::CHECKS,
        reviews::CHECKS,
        orders::CHECKS,
        money::CHECKS,
        refunds::CHECKS,
        limits::CHECKS,
        work::CHECKS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The statements of all checks.
pub(crate) fn statements() -> Vec<&'static Stmt> {
    all().map(|check| check.stmt).collect()
}

async fn run(conn: &mut Conn, check: &Check) -> Result<Outcome> {
    let most = i64::try_from(LIMIT + 1).unwrap_or(i64::MAX);
    let findings: Vec<Finding> = conn.all(check.stmt, params![most]).await?;
    let mut named: Vec<String> = findings.iter().take(LIMIT).map(check.describe).collect();
    if findings.len() > LIMIT {
        named.push("and more".to_owned());
    }
    let (violations, warnings) = match check.severity {
        Severity::Violation => (named, Vec::new()),
        Severity::Warning => (Vec::new(), named),
    };
    Ok(Outcome { name: check.name, violations, warnings })
}
