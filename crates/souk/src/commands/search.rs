//! `souk search`: the node's index of what can be bought.

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use marketplace::search;

use crate::config::Config;
use crate::opening::Opened;
use crate::output;
use crate::serve::lease;

/// Builds the index anew; a server that runs on the same data folder goes on with it.
pub(crate) async fn rebuild(config: &Config) -> Result<()> {
    let opened = Opened::for_command(config).await?;
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} products  {elapsed}")?);
    let progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let ended = tokio::select! {
        ended = search::rebuild(&opened.market, &progress) => ended.context("the search index was not built"),
        lost = lease::keep(&opened) => Err(lost),
    };
    let products = bar.position();
    bar.finish_and_clear();
    opened.close().await;
    ended?;
    output::line(format!("The search index is built: {products} products."));
    Ok(())
}
