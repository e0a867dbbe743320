//! What an operator can set, as the operations need it.

use std::path::PathBuf;

use db::{Db, Stmt, params};
use types::Currency;

use crate::states::states;
use crate::{Kind, Rejection, Result};

states! {
    /// Who brings the goods to the buyer.
    pub enum Fulfilment {
        /// The seller ships to the buyer.
        Direct = "direct",
        /// The seller ships to the marketplace's hub, which delivers.
        Hub = "hub",
    }
}

/// The marketplace's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The one currency.
    pub currency: Currency,
    /// Who brings the goods, unless a vendor has its own rule.
    pub fulfilment: Fulfilment,
    /// The marketplace's share of a sale, in hundredths of a percent, unless a vendor has its own.
    pub commission_bps: i64,
    /// Seconds that a pending registration and a one-time code live.
    pub otp_ttl_seconds: i64,
    /// Seconds in which a checkout must be paid.
    pub checkout_ttl_seconds: i64,
    /// Seconds between delivery and the seller's money becoming available.
    pub hold_seconds: i64,
    /// Seconds after delivery in which a buyer may ask to return.
    pub return_window_seconds: i64,
    /// Whether repeated attempts are slowed down.
    pub throttle: bool,
    /// The address that links in mails begin with, without a slash at the end.
    pub public_url: String,
    /// Where the SQLite file, media and keys lie.
    pub data_dir: PathBuf,
    /// Who mails come from, such as `Souk <no-reply@localhost>`.
    pub mail_from: String,
    /// The SMTP server; without one, mails go to the development mailbox.
    pub smtp_url: Option<String>,
}

static KEPT_CURRENCY: Stmt = Stmt::new("SELECT value FROM settings WHERE name = 'currency'");

static KEEP_CURRENCY: Stmt = Stmt::new(
    "INSERT INTO settings (name, value) VALUES ('currency', $1)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value",
);

static ANY_PRODUCT: Stmt = Stmt::new("SELECT id FROM products ORDER BY id LIMIT 1");

/// The statements of this module.
pub(crate) const STATEMENTS: &[&Stmt] = &[&KEPT_CURRENCY, &KEEP_CURRENCY, &ANY_PRODUCT];

/// The marketplace has products, and their prices are in another currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the marketplace's prices are in {kept}, so its currency can't become {wanted}")]
pub struct CurrencyIsFixed {
    /// The currency of the prices.
    pub kept: Currency,
    /// The one that was configured now.
    pub wanted: Currency,
}

impl Rejection for CurrencyIsFixed {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }
    fn code(&self) -> &'static str {
        "currency_is_fixed"
    }
}

/// Makes `currency` the marketplace's, unless there are products with prices in another one.
pub async fn fix_currency(db: &Db, wanted: Currency) -> Result<()> {
    db.write(async move |tx| {
        let kept: Option<(String,)> = tx.opt(&KEPT_CURRENCY, params![]).await?;
        let kept: Option<Currency> = kept.and_then(|(code,)| code.parse().ok());
        if kept == Some(wanted) {
            return Ok(());
        }
        let products: Option<(i64,)> = tx.opt(&ANY_PRODUCT, params![]).await?;
        if let (Some(kept), Some(_)) = (kept, products) {
            return Err(CurrencyIsFixed { kept, wanted }.into());
        }
        tx.exec(&KEEP_CURRENCY, params![wanted.code()]).await?;
        Ok(())
    })
    .await
}
