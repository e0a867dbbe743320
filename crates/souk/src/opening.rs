//! From the configuration to an open marketplace.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use db::Db;
use marketplace::accounts::{SigningKey, Tokens};
use marketplace::market::Parts;
use marketplace::media::Media;
use marketplace::nodes::{self, Lease};
use marketplace::outgoing::Outgoing;
use marketplace::settings::LiveSettings;
use marketplace::vault::Vault;
use marketplace::{Market, checkout, settings};
use tokio::sync::Notify;
use types::{Clock, IdGenerator};

use crate::config::Config;
use crate::data_dir;

/// Opens the database, making its file when it is a new one, and brings its schema up to date.
pub(crate) async fn open_database(config: &Config) -> Result<Db> {
    if let Some(file) = config.sqlite_file() {
        if config.database_url.is_none() {
            data_dir::create(config.data_dir.path())?;
        }
        data_dir::reserve_database(&file)?;
    }
    let db =
        Db::open(&db::Config::new(config.database_url())).await.context("the database can't be opened")?;
    db.migrate(marketplace::MIGRATIONS).await.context("the database can't be migrated")?;
    Ok(db)
}

/// The keys of a node.
pub(crate) struct Keys {
    /// Signs access tokens.
    pub(crate) signing: SigningKey,
    /// Seals secrets.
    pub(crate) vault: Vault,
}

impl Keys {
    /// Those of a server whose data folder this is.
    pub(crate) fn read(config: &Config, data_dir: &Path) -> Result<Self> {
        let signing = data_dir::signing_key(data_dir)?;
        let vault = match &config.vault_key {
            Some(text) => Vault::from_text(&text.0)?,
            None => data_dir::vault(data_dir)?,
        };
        Ok(Self { signing, vault })
    }
}

/// An open marketplace and the number that makes its identifiers its own.
pub(crate) struct Opened {
    pub(crate) market: Market,
    pub(crate) lease: Lease,
}

impl Opened {
    /// A marketplace on `db` with these keys, which gives links that begin with `public_url`.
    pub(crate) async fn new(db: Db, config: &Config, keys: Keys, public_url: String) -> Result<Self> {
        let Keys { signing, vault } = keys;
        let clock = Clock::system();
        settings::fix_currency(&db, config.currency).await.context("`currency` can't be used")?;
        let lease = nodes::lease(&db, &clock).await.context("no node number could be leased")?;
        let settings = config.settings(public_url.clone());
        let limits = checkout::Limits { waiting: config.checkout_queue(), ..checkout::Limits::default() };
        let market = Market::new(Parts {
            checkouts: checkout::Engine::new(limits, db.parallel_writes()),
            db,
            media: Media::open(&settings.media)?,
            outgoing: Outgoing::new(settings.fetch),
            settings: LiveSettings::new(settings),
            clock,
            ids: IdGenerator::new(lease.node),
            tokens: Tokens::new(public_url, signing),
            vault,
            work: Arc::new(Notify::new()),
        });
        settings::refresh(&market).await.context("the settings can't be read")?;
        Ok(Self { market, lease })
    }

    /// A marketplace for one command beside a server that may be running: it hands out no tokens and
    /// seals nothing, so its keys are made for the moment.
    pub(crate) async fn for_command(config: &Config) -> Result<Self> {
        let signing = SigningKey::from_pkcs8(&SigningKey::generate()?)?;
        let keys = Keys { signing, vault: Vault::new(&Vault::generate_key()?)? };
        let public_url = config.public_url(config.listen.port());
        Self::new(open_database(config).await?, config, keys, public_url).await
    }

    /// Gives the number back and closes the database.
    pub(crate) async fn close(self) {
        let db = self.market.db.clone();
        // A lease that can't be given back runs out.
        if let Err(error) = nodes::release(&db, &self.lease).await {
            tracing::warn!(error = %error, "the node number was not given back");
        }
        db.close().await;
    }
}
