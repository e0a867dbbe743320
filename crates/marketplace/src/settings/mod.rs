//! What an operator can set, as the operations need it.
//!
//! Configured values (environment, `souk.toml`) are the defaults; those of [`ENTRIES`] can be changed by
//! admins while the marketplace runs. What they set is in the database, and every node follows it within a
//! second.

mod changing;
mod live;
mod store;
mod table;

pub use changing::{Changed, Changes, change, changed, current, fix_currency, follow, open, refresh};
pub use live::LiveSettings;
pub use table::{ENTRIES, Entry, Shape, entry};

pub(crate) use store::STATEMENTS;

use std::path::PathBuf;

use types::{Currency, Network};

use crate::media::MediaPlace;
use crate::outgoing::Reach;
use crate::payments::stripe;
use crate::states::states;
use crate::{Kind, Rejection};

states! {
    /// Who brings the goods to the buyer.
    pub enum Fulfilment {
        /// The seller ships to the buyer.
        Direct = "direct",
        /// The seller ships to the marketplace's hub, which delivers.
        Hub = "hub",
    }
}

states! {
    /// The header in which reverse proxies say whom a request comes from.
    pub enum ProxyHeader {
        /// `X-Forwarded-For`, to which each proxy adds the address it was asked from.
        XForwardedFor = "x-forwarded-for",
        /// `Forwarded` of RFC 7239.
        Forwarded = "forwarded",
    }
}

states! {
    /// Who has to log in with two factors to use what their role allows.
    pub enum TwoFactorRule {
        /// Nobody; everybody may.
        None = "none",
        /// Operators of the marketplace.
        Admins = "admins",
        /// Members of shops, and operators.
        Members = "members",
    }
}

impl TwoFactorRule {
    /// Whether operators have to.
    pub const fn covers_admins(self) -> bool {
        !matches!(self, Self::None)
    }

    /// Whether members of shops have to.
    pub const fn covers_members(self) -> bool {
        matches!(self, Self::Members)
    }
}

states! {
    /// Who hands the tax of a sale over to the state.
    pub enum TaxCollector {
        /// The seller: the tax is part of what the seller gets.
        Vendor = "vendor",
        /// The marketplace keeps it.
        Marketplace = "marketplace",
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
    /// Whether prices contain their tax; it comes on top otherwise.
    pub prices_include_tax: bool,
    /// Who hands the tax over to the state.
    pub tax_collected_by: TaxCollector,
    /// Seconds that a pending registration and a one-time code live.
    pub otp_ttl_seconds: i64,
    /// Seconds in which a checkout must be paid.
    pub checkout_ttl_seconds: i64,
    /// Seconds between delivery and the seller's money becoming available.
    pub hold_seconds: i64,
    /// Seconds after delivery in which a buyer may ask to return.
    pub return_window_seconds: i64,
    /// Whether an operator looks at products before they are published.
    pub product_approval: bool,
    /// Hours after which the owner of a cart that was left is reminded of it; 0 for never.
    pub cart_reminder_hours: i64,
    /// Whether repeated attempts are slowed down.
    pub throttle: bool,
    /// The reverse proxies that say whom a request comes from; nobody else is believed.
    pub trusted_proxies: Vec<Network>,
    /// Where they say it.
    pub proxy_header: ProxyHeader,
    /// Who has to log in with two factors.
    pub two_factor_rule: TwoFactorRule,
    /// The address that links in mails begin with, without a slash at the end.
    pub public_url: String,
    /// Where the SQLite file and the keys lie, and media unless there is another place for them.
    pub data_dir: PathBuf,
    /// Where media files lie.
    pub media: MediaPlace,
    /// Which addresses are fetched that somebody else chose.
    pub fetch: Reach,
    /// Who mails come from, such as `Souk <no-reply@localhost>`.
    pub mail_from: String,
    /// The SMTP server; without one, mails go to the development mailbox.
    pub smtp_url: Option<String>,
    /// How payments go by Stripe; without it they don't.
    pub stripe: Option<stripe::Account>,
}

impl Settings {
    /// The marketplace's name: the mails' sender's, or else their domain.
    pub fn site_name(&self) -> &str {
        match self.mail_from.split_once('<') {
            Some((name, _)) if !name.trim().is_empty() => name.trim().trim_matches('"'),
            _ => self.mail_from.rsplit('@').next().unwrap_or_default().trim_end_matches('>'),
        }
    }
}

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
