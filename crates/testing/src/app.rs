//! The app under test.

use std::sync::Arc;

use axum::Router;
use marketplace::accounts::{self, Client, NewUser, PasswordHash, SigningKey, Tokens};
use marketplace::market::Parts;
use marketplace::settings::Fulfilment;
use marketplace::vendors::{self, Application, Decision};
use marketplace::{Market, Settings};
use tempfile::TempDir;
use tokio::sync::Notify;
use types::{Clock, IdGenerator};

use crate::database::TestDatabase;
use crate::{Actor, Seller};

/// A marketplace of its own for one test.
pub struct TestApp {
    /// The marketplace, for builders and for what no endpoint shows.
    pub market: Market,
    router: Router,
    database: Option<TestDatabase>,
    dir: TempDir,
}

/// Makes a [`TestApp`] with other settings.
pub struct TestAppBuilder {
    settings: Settings,
    dir: TempDir,
}

impl TestAppBuilder {
    /// Changes the settings.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Starts the app.
    pub async fn start(self) -> TestApp {
        let database = TestDatabase::create(&self.dir).await;
        let db = database.open().await;
        let key = SigningKey::generate().and_then(|key| SigningKey::from_pkcs8(&key)).expect("a key is made");
        let clock = Clock::movable();
        let market = Market::new(Parts {
            tokens: Tokens::new(self.settings.public_url.clone(), key),
            db,
            clock,
            ids: IdGenerator::new(1),
            settings: self.settings,
            work: Arc::new(Notify::new()),
        });
        let publisher = market.clone();
        market
            .db
            .write(async move |tx| publisher.tokens.publish(tx, publisher.now()).await)
            .await
            .expect("the key is published");
        TestApp { router: web::router(market.clone()), market, database: Some(database), dir: self.dir }
    }
}

impl TestApp {
    /// An app with the default settings, throttles off.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// An app whose settings are still to be chosen.
    pub fn builder() -> TestAppBuilder {
        let dir = TempDir::new().expect("a folder for the test");
        let settings = Settings {
            currency: "USD".parse().expect("USD is a currency"),
            fulfilment: Fulfilment::Direct,
            commission_bps: 1_000,
            otp_ttl_seconds: 600,
            checkout_ttl_seconds: 1_800,
            hold_seconds: 7 * 86_400,
            return_window_seconds: 14 * 86_400,
            throttle: false,
            public_url: "http://souk.test".to_owned(),
            data_dir: dir.path().to_owned(),
            mail_from: "Souk <no-reply@souk.test>".to_owned(),
            smtp_url: None,
        };
        TestAppBuilder { settings, dir }
    }

    /// The folder of this app's files.
    pub fn data_dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Somebody nobody knows.
    pub fn anonymous(&self) -> Actor {
        Actor {
            router: self.router.clone(),
            token: None,
            user: None,
            headers: Vec::new(),
            address: ([127, 0, 0, 1], 40_000).into(),
        }
    }

    /// A user `name@example.com`, logged in. Their password is none: nobody can log in with one.
    pub async fn user(&self, name: &str) -> Actor {
        self.make_user(name, false).await
    }

    /// A user who buys.
    pub async fn buyer(&self, name: &str) -> Actor {
        self.make_user(name, false).await
    }

    /// An operator of the marketplace.
    pub async fn admin(&self) -> Actor {
        self.make_user("admin", true).await
    }

    /// The owner of an accepted shop `Shop of <name>`.
    pub async fn seller(&self, name: &str) -> Seller {
        let actor = self.user(name).await;
        let user = actor.user.expect("a user was made");
        let application = Application {
            name: format!("Shop of {name}").parse().expect("the test's name fits a shop's"),
            description: "Sells what tests buy".parse().expect("a description"),
            address: "1 Test Street".parse().expect("an address"),
            domain: None,
            tax_number: None,
        };
        let market = self.market.clone();
        let made: marketplace::Result<_> = self
            .market
            .db
            .write(async move |tx| {
                let vendor = vendors::enrol(tx, &market, user, &application).await?;
                vendors::review(tx, &market, user, vendor.id, &Decision::Accept).await
            })
            .await;
        let vendor = made.expect("the vendor is made");
        Seller { actor, vendor: vendor.id, slug: vendor.slug }
    }

    async fn make_user(&self, name: &str, is_admin: bool) -> Actor {
        let new = NewUser {
            email: format!("{name}@example.com").parse().expect("the test's name fits an e-mail address"),
            password: PasswordHash::from_kept("none".to_owned()),
            first_name: name.parse().expect("the test's name is a name"),
            last_name: None,
        };
        let market = self.market.clone();
        let made: marketplace::Result<_> = self
            .market
            .db
            .write(async move |tx| {
                let user = accounts::create_user(tx, &market, &new).await?;
                if is_admin {
                    accounts::set_admin(tx, &market, user, true).await?;
                }
                let tokens = accounts::open_session(tx, &market, user, &Client::default()).await?;
                Ok((user, tokens))
            })
            .await;
        let (user, tokens) = made.expect("the user is made");
        Actor { token: Some(tokens.access), user: Some(user), ..self.anonymous() }
    }

    /// Ends the test: the database goes.
    pub async fn stop(mut self) {
        if let Some(database) = self.database.take() {
            self.market.db.clone().close().await;
            database.drop().await;
        }
    }
}
