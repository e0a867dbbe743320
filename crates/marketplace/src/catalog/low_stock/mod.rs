//! Low stock: sellers are told when a variant's stock falls to its threshold, once each time that it does.
//!
//! A variant has its own threshold, or its shop's, or none. The statement that lowers a stock marks the variant
//! when it falls so far; each node looks for marks every few seconds, and whoever takes one off tells of it.
//! What was filled up again meanwhile is not told.

mod store;

pub(crate) use store::STATEMENTS;

use std::collections::BTreeMap;

use db::{Conn, Tx};
use types::{StockLevel, VariantId, VendorId};

use crate::notifications::{self, Mail};
use crate::{Market, Result};

/// Variants that are told of in one transaction.
const ROUND: i64 = 500;

/// The most variants that one mail names; the others have mails of their own.
const VARIANTS_OF_A_MAIL: usize = 50;

/// A variant whose stock fell to its threshold.
#[derive(Debug, Clone, Copy)]
struct Fallen {
    variant: VariantId,
    vendor: VendorId,
    /// Not filled up since, and still sold.
    still_low: bool,
}

/// The threshold of a shop's variants that have none of their own.
pub async fn of_shop(conn: &mut Conn, vendor: VendorId) -> Result<Option<StockLevel>> {
    store::of_shop(conn, vendor).await
}

/// Gives a shop's variants a threshold, but for those that have their own; `None` for no mails.
pub async fn set_for_shop(
    tx: &mut Tx,
    market: &Market,
    vendor: VendorId,
    threshold: Option<StockLevel>,
) -> Result<()> {
    let before = store::of_shop(tx, vendor).await?.map(StockLevel::units);
    store::set_for_shop(tx, vendor, threshold).await?;
    market.journal.changed("low_stock_threshold", &before, &threshold.map(StockLevel::units));
    Ok(())
}

/// Tells sellers of stocks that fell to their threshold. A look that finds none writes nothing.
pub(crate) async fn tell_all(market: &Market) -> Result<()> {
    loop {
        let fallen = store::fallen(&mut market.db.read().await?, ROUND).await?;
        if fallen.is_empty() {
            return Ok(());
        }
        let shared = market.clone();
        market.db.write(async move |tx| tell(tx, &shared, &fallen).await).await?;
    }
}

/// Tells of those of whom no other node did.
async fn tell(tx: &mut Tx, market: &Market, fallen: &[Fallen]) -> Result<()> {
    let mut told: BTreeMap<VendorId, Vec<i64>> = BTreeMap::new();
    for one in fallen {
        if store::clear(tx, one.variant).await? && one.still_low {
            told.entry(one.vendor).or_default().push(one.variant.as_i64());
        }
    }
    for (vendor, variants) in told {
        for variants in variants.chunks(VARIANTS_OF_A_MAIL) {
            let mail = Mail::LowStock { vendor: vendor.as_i64(), variants: variants.to_vec() };
            notifications::send(tx, market, mail).await?;
        }
    }
    Ok(())
}
