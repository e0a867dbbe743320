//! `souk jobs`: the background work, and what was given up.

use anyhow::{Context, Result, bail};
use marketplace::jobs::{self, Counts, JobSummary};
use types::{JobId, Limit};

use crate::cli::{Jobs, ListJobs};
use crate::config::Config;
use crate::opening::Opened;
use crate::output;

/// Lists the jobs, or tries one again.
pub(crate) async fn run(config: &Config, what: Option<Jobs>) -> Result<()> {
    let opened = Opened::for_command(config).await?;
    let done = match what.unwrap_or(Jobs::List(ListJobs { state: None })) {
        Jobs::List(options) => list(&opened, &options).await,
        Jobs::Retry { id } => retry(&opened, id).await,
    };
    opened.close().await;
    done
}

async fn list(opened: &Opened, options: &ListJobs) -> Result<()> {
    let mut conn = opened.market.db.read().await?;
    let counts = jobs::counts(&mut conn, &opened.market).await.context("the jobs can't be counted")?;
    let jobs = jobs::list(&mut conn, &opened.market, options.state, Limit::most())
        .await
        .context("the jobs can't be read")?;
    for job in &jobs {
        output::line(line_of(job));
    }
    let Counts { waiting, due, running, failed } = counts;
    output::line(format_args!("{waiting} waiting ({due} of them due), {running} running, {failed} failed."));
    Ok(())
}

fn line_of(job: &JobSummary) -> String {
    let JobSummary { id, kind, state, due_at, attempts, last_error, .. } = job;
    let error = last_error.as_ref().map(|error| format!("  {error}")).unwrap_or_default();
    format!("{id}  {state:<8} {kind:<16} due {due_at}  attempts {attempts}{error}")
}

async fn retry(opened: &Opened, id: JobId) -> Result<()> {
    let market = opened.market.clone();
    match opened.market.db.write(async move |tx| jobs::retry(tx, &market, id).await).await {
        Ok(()) => {
            output::line(format_args!("{id} runs again."));
            Ok(())
        }
        Err(error) if error.code() == Some("not_found") => bail!("there is no failed job {id}"),
        Err(error) => Err(error).context("the job can't be tried again"),
    }
}
