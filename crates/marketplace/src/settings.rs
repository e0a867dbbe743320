//! What an operator can set, as the operations need it.

use std::path::PathBuf;

use types::Currency;

use crate::states::states;

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
