//! `souk keys rotate`: new signing keys on every node, and nobody is logged out.

use anyhow::{Context, Result};
use marketplace::accounts::{self, ACCESS_TOKEN_SECONDS};

use crate::config::Config;
use crate::opening::Opened;
use crate::output;

/// Retires the signing keys. The servers that run see it within seconds, the others when they start.
pub(crate) async fn rotate(config: &Config) -> Result<()> {
    let opened = Opened::for_command(config).await?;
    let market = opened.market.clone();
    let rotated: marketplace::Result<u64> =
        opened.market.db.write(async move |tx| accounts::retire_signing_keys(tx, &market).await).await;
    opened.close().await;
    let count = rotated.context("the keys can't be rotated")?;
    let keys = if count == 1 { "1 signing key".to_owned() } else { format!("{count} signing keys") };
    output::line(format_args!(
        "Retired {keys}. Each server signs with a new one within seconds, or when it starts; tokens of before \
         are good until they expire, {} minutes from then.",
        ACCESS_TOKEN_SECONDS / 60
    ));
    Ok(())
}
