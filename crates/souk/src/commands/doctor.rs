//! `souk doctor`: examines the marketplace's data, beside a running server or without one.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use db::{Db, SchemaState};
use marketplace::doctor::{self, Outcome};

use crate::cli::Doctor;
use crate::config::Config;
use crate::output;

/// What must hold does not.
const VIOLATIONS: u8 = 1;

/// The data could not be examined.
pub(crate) const NOT_RUN: u8 = 2;

/// Examines, prints, and answers 0 or 1 as an exit code; an error is for the caller to make a 2.
pub(crate) async fn run(config: &Config, options: &Doctor) -> Result<ExitCode> {
    let db = open(config).await?;
    let outcomes = doctor::examine(&db).await.context("the data can't be examined");
    db.close().await;
    let outcomes = outcomes?;
    let is_healthy = outcomes.iter().all(|outcome| outcome.violations.is_empty());
    output::line(if options.json { as_json(&outcomes, is_healthy) } else { as_text(&outcomes) });
    Ok(if is_healthy { ExitCode::SUCCESS } else { ExitCode::from(VIOLATIONS) })
}

/// Opens a database that is there: the doctor makes none, and changes no schema.
async fn open(config: &Config) -> Result<Db> {
    if let Some(file) = config.sqlite_file()
        && !file.exists()
    {
        bail!("there is no database at {}", file.display());
    }
    let db =
        Db::open(&db::Config::new(config.database_url())).await.context("the database can't be opened")?;
    match db.schema_state(marketplace::MIGRATIONS).await.context("the database's schema can't be read")? {
        SchemaState::Current => Ok(db),
        SchemaState::Behind(_) => {
            bail!("the database's schema is older than this program: run `souk migrate`")
        }
        SchemaState::Newer { found, known } => Err(db::Error::NewerSchema { found, known }.into()),
    }
}

fn as_text(outcomes: &[Outcome]) -> String {
    let mut lines = Vec::new();
    for outcome in outcomes {
        let mark = if outcome.violations.is_empty() { "ok  " } else { "FAIL" };
        lines.push(format!("{mark} {}", outcome.name));
        lines.extend(outcome.violations.iter().map(|violation| format!("       {violation}")));
        lines.extend(outcome.warnings.iter().map(|warning| format!("       warning: {warning}")));
    }
    let broken = outcomes.iter().filter(|outcome| !outcome.violations.is_empty()).count();
    lines.push(match broken {
        0 => format!("Healthy: all {} checks hold.", outcomes.len()),
        _ => format!("NOT healthy: {broken} of {} checks are violated.", outcomes.len()),
    });
    lines.join("\n")
}

fn as_json(outcomes: &[Outcome], ok: bool) -> String {
    let checks: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            serde_json::json!({
                "name": outcome.name,
                "ok": outcome.violations.is_empty(),
                "violations": outcome.violations,
                "warnings": outcome.warnings,
            })
        })
        .collect();
    serde_json::json!({ "ok": ok, "checks": checks }).to_string()
}
