//! Another node on an app's database.

use std::sync::Arc;

use axum::Router;
use marketplace::accounts::{SigningKey, Tokens};
use marketplace::changes::{self, Follower};
use marketplace::market::Parts;
use marketplace::media::Media;
use marketplace::outgoing::Outgoing;
use marketplace::settings::LiveSettings;
use marketplace::vault::Vault;
use marketplace::{Market, Settings, checkout, search};
use tempfile::TempDir;
use tokio::sync::Notify;
use types::IdGenerator;

use super::{TestApp, VAULT, start_search};
use crate::Actor;

/// Another node of a [`TestApp`].
pub struct Node {
    /// The marketplace as this node has it.
    pub market: Market,
    router: Router,
    follower: changes::Running,
    search: Option<search::Running>,
    _dir: TempDir,
}

impl Node {
    /// Somebody nobody knows, who speaks to this node.
    pub fn anonymous(&self) -> Actor {
        Actor::anonymous(self.router.clone())
    }

    /// Has the node keep an index of what can be bought, and waits until it is there.
    pub async fn searches(&mut self) {
        self.search = Some(start_search(&self.market).await);
    }

    /// Ends it.
    pub async fn stop(self) {
        self.follower.stop().await;
        if let Some(search) = self.search {
            search.stop().await;
        }
        self.market.db.clone().close().await;
    }
}

impl TestApp {
    /// Another node on the same database, with files of its own, which is stopped before the app is.
    pub async fn another_node(&self) -> Node {
        let database = self.database.as_ref().expect("the database is there until the end");
        let dir = TempDir::new().expect("a folder for the node");
        let settings =
            Settings { data_dir: dir.path().to_owned(), ..self.market.settings.configured().clone() };
        let document = SigningKey::generate().expect("a key can be made");
        let key = SigningKey::from_pkcs8(&document).expect("the key can be read");
        let db = database.open().await;
        let market = Market::new(Parts {
            checkouts: checkout::Engine::new(checkout::Limits::default(), db.parallel_writes()),
            tokens: Tokens::new(settings.public_url.clone(), key),
            db,
            clock: self.market.clock.clone(),
            ids: IdGenerator::new(2),
            media: Media::open(&settings.media).expect("the media folder is there"),
            outgoing: Outgoing::new(settings.fetch),
            settings: LiveSettings::new(settings),
            vault: Vault::from_text(VAULT).expect("a text makes a key"),
            work: Arc::new(Notify::new()),
        });
        let follower = Follower::new(market.clone()).start();
        Node { router: web::router(market.clone()), follower, search: None, market, _dir: dir }
    }
}
