//! Starting an app with the settings of a test.

use std::sync::{Arc, Mutex};

use marketplace::accounts::{SigningKey, Tokens};
use marketplace::changes::Follower;
use marketplace::jobs::Worker;
use marketplace::mail::Mailer;
use marketplace::market::Parts;
use marketplace::media::{Media, MediaPlace};
use marketplace::outgoing::{Outgoing, Reach};
use marketplace::settings::{Fulfilment, LiveSettings, ProxyHeader, TaxCollector, TwoFactorRule};
use marketplace::vault::Vault;
use marketplace::{Market, Settings, checkout};
use tempfile::TempDir;
use tokio::sync::Notify;
use types::{Clock, IdGenerator};

use super::{TestApp, VAULT};
use crate::database::TestDatabase;

/// Makes a [`TestApp`] with other settings.
pub struct TestAppBuilder {
    settings: Settings,
    dir: TempDir,
    signing_key: Option<Vec<u8>>,
    checkouts: checkout::Limits,
}

impl TestAppBuilder {
    /// Changes the settings.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Signs with this key (PKCS #8), so that a test can sign with it, too.
    #[must_use]
    pub fn with_signing_key(self, document: Vec<u8>) -> Self {
        Self { signing_key: Some(document), ..self }
    }

    /// Has the engine take on so much.
    #[must_use]
    pub fn with_checkouts(self, limits: checkout::Limits) -> Self {
        Self { checkouts: limits, ..self }
    }

    /// Starts the app.
    pub async fn start(self) -> TestApp {
        let database = TestDatabase::create(&self.dir).await;
        let db = database.open().await;
        let document = self.signing_key.unwrap_or_else(|| SigningKey::generate().expect("a key can be made"));
        let key = SigningKey::from_pkcs8(&document).expect("the key can be read");
        let clock = Clock::movable();
        let market = Market::new(Parts {
            tokens: Tokens::new(self.settings.public_url.clone(), key),
            checkouts: checkout::Engine::new(self.checkouts, db.parallel_writes()),
            db,
            clock,
            ids: IdGenerator::new(1),
            media: Media::open(&self.settings.media).expect("the media folder is made"),
            outgoing: Outgoing::new(self.settings.fetch),
            settings: LiveSettings::new(self.settings),
            vault: Vault::from_text(VAULT).expect("a text makes a key"),
            work: Arc::new(Notify::new()),
        });
        let publisher = market.clone();
        market
            .db
            .write(async move |tx| publisher.tokens.publish(tx, publisher.now()).await)
            .await
            .expect("the key is published");
        let mailer = Mailer::new(&market.settings).expect("mails can be sent with the test's settings");
        TestApp {
            router: web::router(market.clone()),
            worker: Worker::new(market.clone(), mailer),
            follower: Follower::new(market.clone()).start(),
            search: Mutex::default(),
            market,
            database: Some(database),
            dir: self.dir,
        }
    }
}

impl TestApp {
    /// An app whose settings are still to be chosen.
    pub fn builder() -> TestAppBuilder {
        let dir = TempDir::new().expect("a folder for the test");
        let settings = Settings {
            currency: "USD".parse().expect("USD is a currency"),
            fulfilment: Fulfilment::Direct,
            commission_bps: 1_000,
            prices_include_tax: false,
            tax_collected_by: TaxCollector::Vendor,
            otp_ttl_seconds: 600,
            checkout_ttl_seconds: 1_800,
            hold_seconds: 7 * 86_400,
            return_window_seconds: 14 * 86_400,
            product_approval: false,
            cart_reminder_hours: 0,
            throttle: false,
            trusted_proxies: Vec::new(),
            proxy_header: ProxyHeader::XForwardedFor,
            two_factor_rule: TwoFactorRule::None,
            public_url: "http://souk.test".to_owned(),
            data_dir: dir.path().to_owned(),
            media: MediaPlace::Folder(dir.path().join("media")),
            fetch: Reach::Off,
            mail_from: "Souk <no-reply@souk.test>".to_owned(),
            smtp_url: None,
            stripe: None,
        };
        TestAppBuilder { settings, dir, signing_key: None, checkouts: checkout::Limits::default() }
    }
}
