//! Keeps the node's number while the server runs.

use std::time::Duration;

use anyhow::anyhow;
use marketplace::nodes::{self, LEASE_SECONDS};

use crate::opening::Opened;

/// Between renewals: a third of the lease.
const RENEWAL: Duration = Duration::from_secs(LEASE_SECONDS.cast_unsigned() / 3);

/// Between tries while the database does not answer: short, so that the number is asked for before the
/// node writes anything with it.
const RETRY: Duration = Duration::from_secs(1);

/// Renews the lease for ever; returns when the number was lost and the node may make no more identifiers.
pub(crate) async fn keep(opened: &Opened) -> anyhow::Error {
    let (db, clock) = (&opened.market.db, &opened.market.clock);
    let mut pause = RENEWAL;
    loop {
        tokio::time::sleep(pause).await;
        pause = match nodes::renew(db, clock, &opened.lease).await {
            Ok(true) => RENEWAL,
            Ok(false) => {
                return anyhow!("another node has taken the node number {}; start again", opened.lease.node);
            }
            Err(error) => {
                tracing::warn!(error = %error, "the lease on the node number was not renewed");
                RETRY
            }
        };
    }
}
