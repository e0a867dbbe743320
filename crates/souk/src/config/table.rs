//! Every setting there is: its key, its default, what it means. Everything else about configuration
//! (the file, the variables, the flags, the sample, `souk config`) follows from this table.

use super::value::{
    BucketUrl, Count, DataDir, DatabaseUrl, Days, Listen, LogFilter, LogFormat, MailFrom, Networks,
    PublicUrl, Seconds, Secret, SmtpUrl, Switch, Value, VaultKey, Word,
};
use marketplace::outgoing::Reach;
use marketplace::settings::{Fulfilment, ProxyHeader, TaxCollector, TwoFactorRule};
use types::Currency;

/// What holds when nobody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// This text.
    Text(&'static str),
    /// Nothing, or what follows from other settings; in words.
    Derived(&'static str),
}

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its key in the file, such as `smtp.url`.
    pub(crate) key: &'static str,
    pub(crate) default: Fallback,
    /// What it means, a line each.
    pub(crate) doc: &'static [&'static str],
    /// The value as it may be shown: without passwords.
    pub(crate) shown: fn(&str) -> String,
}

impl Setting {
    /// Its environment variable: `SOUK_SMTP_URL`.
    pub(crate) fn variable(&self) -> String {
        format!("SOUK_{}", self.key.replace('.', "_").to_uppercase())
    }

    /// Its flag without the dashes: `smtp-url`.
    pub(crate) fn flag(&self) -> String {
        self.key.replace('.', "-")
    }

    /// Its key as the sample writes it. TOML knows no table and value of one name, so what lies below
    /// another setting (`log.format` below `log`) is written with an underscore.
    pub(crate) fn written_key(&self) -> String {
        let below = SETTINGS
            .iter()
            .find(|other| self.key.strip_prefix(other.key).is_some_and(|rest| rest.starts_with('.')));
        below.map_or_else(
            || self.key.to_owned(),
            |other| format!("{}_{}", other.key, &self.key[other.key.len() + 1..]),
        )
    }
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty = $key:literal, $default:expr;)*) => {
        /// The configuration that holds, each value checked.
        #[derive(Debug, Clone)]
        pub(crate) struct Config {
            $($(#[doc = $doc])+ pub(crate) $field: $type,)*
        }

        /// The table.
        pub(crate) static SETTINGS: &[Setting] = &[$(Setting {
            key: $key,
            default: $default,
            doc: &[$($doc),+],
            shown: <$type as Value>::shown,
        }),*];

        impl Config {
            /// Reads every setting from its text, which `find` knows by key.
            pub(super) fn read<E>(mut find: impl FnMut(&'static str) -> Option<String>,
                                  refuse: impl Fn(&'static str, String) -> E) -> Result<Self, E> {
                Ok(Self {
                    $($field: <$type as Value>::read(find($key).as_deref())
                        .map_err(|reason| refuse($key, reason))?,)*
                })
            }
        }
    };
}

settings! {
    /// Address of the API and the pages, `host:port`. Port 0 takes a free one.
    listen: Listen = "listen", Fallback::Text("127.0.0.1:8080");
    /// Address that links begin with, such as `https://shop.example`.
    public_url: Option<PublicUrl> = "public.url", Fallback::Derived("follows `listen`");
    /// Folder of the SQLite file, the media and the keys. Made when it is missing.
    data_dir: DataDir = "data.dir", Fallback::Text("./souk-data");
    /// Where images lie: `s3://bucket` or `s3://bucket/folder` of any S3-compatible store.
    media_url: Option<BucketUrl> = "media.url", Fallback::Derived("`media` in the data folder");
    /// Address of the S3-compatible store, such as `https://s3.example`; without one, Amazon's own.
    media_endpoint: Option<PublicUrl> = "media.endpoint", Fallback::Derived("none");
    /// Region that requests to the store are signed for.
    media_region: Word = "media.region", Fallback::Text("us-east-1");
    /// Name of the key that signs requests to the store; without one, the machine's own role does.
    media_access_key: Option<Word> = "media.access.key", Fallback::Derived("none");
    /// Its secret.
    media_secret_key: Option<Secret> = "media.secret.key", Fallback::Derived("none");
    /// From where images of imported products are fetched: `public` addresses, `anywhere` (private networks,
    /// too: for tests), or `off`.
    fetch: Reach = "fetch", Fallback::Text("public");
    /// Database: `sqlite://path/of/file.db` or `postgres://user:password@host:5432/name`.
    database_url: Option<DatabaseUrl> = "database.url", Fallback::Derived("`souk.db` in the data folder");
    /// Mail server: `smtp://user:password@host:587?tls=required`, or `smtps://…`.
    /// Without one, mails are kept in the development mailbox at `/dev/mailbox`.
    smtp_url: Option<SmtpUrl> = "smtp.url", Fallback::Derived("none");
    /// Who mails come from.
    mail_from: MailFrom = "mail.from", Fallback::Text("Souk <no-reply@localhost>");
    /// The marketplace's one currency, by its ISO 4217 code. Fixed once there are products.
    currency: Currency = "currency", Fallback::Text("USD");
    /// Life of a pending registration and of a one-time code, in seconds.
    otp_ttl_seconds: Seconds = "otp.ttl.seconds", Fallback::Text("600");
    /// Time in which a checkout must be paid, in seconds.
    checkout_ttl_seconds: Seconds = "checkout.ttl.seconds", Fallback::Text("1800");
    /// Most checkouts that wait for their turn; one more is answered 503 at once.
    checkout_queue: Count<1, 1_000_000> = "checkout.queue", Fallback::Text("20000");
    /// Who brings the goods to the buyer, unless a vendor has its own rule: `direct` or `hub`.
    fulfilment: Fulfilment = "fulfilment", Fallback::Text("direct");
    /// The marketplace's share of a sale in hundredths of a percent: 1000 is 10 %.
    commission_bps: Count<0, 10_000> = "commission.bps", Fallback::Text("1000");
    /// Whether prices contain their tax: `on`, or `off` where it comes on top.
    prices_include_tax: Switch = "tax.prices.include.tax", Fallback::Text("off");
    /// Who hands the tax of a sale over to the state: `vendor`, who gets it with the order's money, or
    /// `marketplace`, which keeps it.
    tax_collected_by: TaxCollector = "tax.collected.by", Fallback::Text("vendor");
    /// Days between delivery and the seller's money becoming available.
    hold_days: Days = "hold.days", Fallback::Text("7");
    /// Days after delivery in which a buyer may ask to return items.
    return_days: Days = "return.days", Fallback::Text("14");
    /// Whether an operator looks at products before they are published: `on` or `off`.
    product_approval: Switch = "product.approval", Fallback::Text("off");
    /// Hours after which users are reminded of what they left in their carts; 0 for never.
    cart_reminder_hours: Count<0, 720> = "cart.reminder.hours", Fallback::Text("0");
    /// Whether repeated attempts are slowed down. `off` is for tests and benchmarks only.
    throttle: Switch = "throttle", Fallback::Text("on");
    /// Reverse proxies that are believed when they say whom a request comes from: blocks of addresses, separated
    /// by commas, such as `127.0.0.1, 10.0.0.0/8`. The client is the last address that none of them has.
    trusted_proxies: Option<Networks> = "trusted.proxies", Fallback::Derived("none: the client is who connects");
    /// The header in which they say it, and which they never pass on as a client sent it: `x-forwarded-for` or
    /// `forwarded`.
    trusted_proxy_header: ProxyHeader = "trusted.proxy.header", Fallback::Text("x-forwarded-for");
    /// Who must set up two-factor login before they may use what their role allows: `none`, `admins`, or
    /// `members` (of shops, and admins).
    two_factor_required_for: TwoFactorRule = "two.factor.required.for", Fallback::Text("none");
    /// Text of at least 32 characters whose key seals the secrets in the database. Needed where several
    /// nodes share one.
    vault_key: Option<VaultKey> = "vault.key", Fallback::Derived("a key in the data folder");
    /// Secret key of the account at Stripe, `sk_…`. With it, and the next one, payments go by Stripe, too.
    stripe_secret_key: Option<Secret> = "stripe.secret.key", Fallback::Derived("none: no payments by Stripe");
    /// Secret by which Stripe signs what it tells `/v1/webhooks/stripe`, `whsec_…`.
    stripe_webhook_secret: Option<Secret> = "stripe.webhook.secret", Fallback::Derived("none");
    /// Address of Stripe's API.
    stripe_url: PublicUrl = "stripe.url", Fallback::Text("https://api.stripe.com");
    /// What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`, `off`), or levels by module, such as
    /// `info,souk_web=debug`.
    log: LogFilter = "log", Fallback::Text("info");
    /// Form of the log: `text` or `json`, a line an event, on the standard error output.
    log_format: LogFormat = "log.format", Fallback::Text("text");
}
