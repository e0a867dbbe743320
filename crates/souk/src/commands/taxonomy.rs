//! `souk import taxonomy`: a whole tree of categories, beside a running server or without one.

use std::process::ExitCode;

use anyhow::Result;
use marketplace::imports::{Grown, Mode, Taxonomy, import_taxonomy};
use marketplace::{Error, Market};

use super::import::{read, told};
use crate::cli::ImportTaxonomy;
use crate::config::Config;
use crate::opening::Opened;
use crate::output;
use crate::serve::lease;

/// Imports the file and prints what became of it: 0 when every line went in, 1 when not.
pub(crate) async fn run(config: &Config, options: ImportTaxonomy) -> Result<ExitCode> {
    let taxonomy = Taxonomy::read(&read(&options.file)?);
    let mode = if options.dry_run { Mode::DryRun } else { Mode::Write };
    let opened = Opened::for_command(config).await?;
    let ended = tokio::select! {
        ended = import(&opened.market, taxonomy, mode) => ended.map_err(anyhow::Error::from),
        lost = lease::keep(&opened) => Err(lost),
    };
    opened.close().await;
    let Grown { rows, created, known: there, error_count, errors } = ended?;
    for error in &errors {
        output::line(told(error));
    }
    let outcome = if options.dry_run { "to be made" } else { "made" };
    output::line(format!(
        "Read {rows} lines: {created} categories {outcome}, {there} were there, {error_count} errors."
    ));
    Ok(if error_count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn import(market: &Market, taxonomy: Taxonomy, mode: Mode) -> Result<Grown, Error> {
    let shared = market.clone();
    market.db.write(async move |tx: &mut db::Tx| import_taxonomy(tx, &shared, &taxonomy, mode).await).await
}
