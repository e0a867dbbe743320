//! Follows `souk keys rotate`: a node whose signing key was retired makes itself a new one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use marketplace::Market;
use marketplace::accounts::SigningKey;

use crate::data_dir;

/// Between two looks at whether the key was retired.
const LOOK: Duration = Duration::from_secs(3);

/// Looks for ever.
pub(crate) async fn follow(market: Market, data_dir: PathBuf) {
    loop {
        tokio::time::sleep(LOOK).await;
        if let Err(error) = renew_if_retired(&market, &data_dir).await {
            tracing::warn!(error = format!("{error:#}"), "the signing key was not rotated; trying again");
        }
    }
}

/// Makes, keeps and publishes a new key before anything is signed with it, when this node's was retired.
pub(crate) async fn renew_if_retired(market: &Market, data_dir: &Path) -> Result<()> {
    let is_retired = market.tokens.is_retired(&mut market.db.read().await?).await;
    if !is_retired.context("it is unknown whether the signing key was retired")? {
        return Ok(());
    }
    let document = SigningKey::generate()?;
    data_dir::replace_signing_key(data_dir, &document)?;
    let key = SigningKey::from_pkcs8(&document)?;
    market.tokens.rotate(market, key).await.context("the new signing key could not be published")?;
    tracing::info!("signing with a new key; the old one is accepted until its tokens have expired");
    Ok(())
}
