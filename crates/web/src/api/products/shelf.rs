//! What lists are put together from, ready at hand: cards of products, names of shops, the tree of categories and
//! the moment of the next price change. A list that nobody asked for before reads only what is not here.
//!
//! Everything is kept like whole answers are: with the moment before it was read, and what it shows. What has
//! changed since then is read again, on this node at once, on others as soon as they know of it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use marketplace::Result;
use marketplace::catalog::search;
use marketplace::search::{self as full_text, ShopName};
use moka::sync::Cache;
use types::{ProductId, Timestamp, VendorId};

use super::card::ReadyCard;
use crate::App;
use crate::answers::{OVERHEAD, Since};
use crate::api::categories::Present;
use crate::freshness::Subject;

/// Bytes of all cards that are kept: some 25,000.
const CARD_BYTES: u64 = 24 * 1024 * 1024;

/// Shops whose names are kept.
const SHOPS: u64 = 2_000;

/// Something of the database, with all that it depends on.
#[derive(Debug, Clone)]
struct Known<T> {
    since: Since,
    shows: Vec<Subject>,
    /// When it changes by itself.
    until: Option<Timestamp>,
    what: T,
}

impl<T> Known<T> {
    fn holds(&self, app: &App) -> bool {
        app.answers().holds(self.since, &self.shows, self.until)
    }
}

/// The one that is known at the moment.
#[derive(Debug)]
struct Newest<T>(RwLock<Option<Known<T>>>);

impl<T> Default for Newest<T> {
    fn default() -> Self {
        Self(RwLock::new(None))
    }
}

impl<T: Clone> Newest<T> {
    fn find(&self, app: &App) -> Option<T> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|known| known.holds(app)).map(|known| known.what.clone())
    }

    fn keep(&self, since: Since, shows: Subject, what: T) {
        let known = Known { since, shows: vec![shows], until: None, what };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}

/// What is kept.
#[derive(Debug)]
pub(crate) struct Shelf {
    cards: Cache<ProductId, Arc<Known<ReadyCard>>>,
    shops: Cache<VendorId, Arc<Known<ShopName>>>,
    tree: Newest<Arc<Present>>,
    next_price_change: Newest<Option<Timestamp>>,
}

impl Default for Shelf {
    fn default() -> Self {
        let weigh = |_: &ProductId, card: &Arc<Known<ReadyCard>>| {
            let bytes = OVERHEAD + card.what.size() + card.shows.len() * size_of::<Subject>();
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self {
            cards: Cache::builder().max_capacity(CARD_BYTES).weigher(weigh).build(),
            shops: Cache::new(SHOPS),
            tree: Newest::default(),
            next_price_change: Newest::default(),
        }
    }
}

impl Shelf {
    /// The cards of products, in this order; those that the public can't see are left out.
    pub(super) async fn cards(&self, app: &App, ids: &[ProductId]) -> Result<Vec<ReadyCard>> {
        let mut found: HashMap<ProductId, ReadyCard> = HashMap::with_capacity(ids.len());
        let known = ids.iter().filter_map(|id| self.cards.get(id)).filter(|card| card.holds(app));
        found.extend(known.map(|card| (card.what.card().id, card.what.clone())));
        let missing: Vec<ProductId> = ids.iter().copied().filter(|id| !found.contains_key(id)).collect();
        if !missing.is_empty() {
            found
                .extend(self.read_cards(app, &missing).await?.into_iter().map(|card| (card.card().id, card)));
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    async fn read_cards(&self, app: &App, ids: &[ProductId]) -> Result<Vec<ReadyCard>> {
        let since = app.answers().moment();
        let (cards, mut variants) = {
            let mut conn = app.market().db.read().await?;
            (search::cards(&mut conn, ids).await?, search::variants(&mut conn, ids).await?)
        };
        let mut read = Vec::with_capacity(cards.len());
        for card in cards {
            let mut shows =
                vec![Subject::Product(card.id), Subject::Vendor(card.vendor), Subject::Categories];
            shows.extend(variants.remove(&card.id).into_iter().flatten().map(Subject::Stock));
            let until = card.discount.and_then(|discount| discount.changes_after(app.market().now()));
            let (id, what) = (card.id, ReadyCard::of(card, app.market())?);
            read.push(what.clone());
            self.cards.insert(id, Arc::new(Known { since, shows, until, what }));
        }
        Ok(read)
    }

    /// The names of shops.
    pub(super) async fn shops(&self, app: &App, ids: &[VendorId]) -> Result<HashMap<VendorId, ShopName>> {
        let known = ids.iter().filter_map(|id| self.shops.get(id)).filter(|shop| shop.holds(app));
        let mut found: HashMap<VendorId, ShopName> =
            known.map(|shop| (shop.what.id, shop.what.clone())).collect();
        let missing: Vec<VendorId> = ids.iter().copied().filter(|id| !found.contains_key(id)).collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let since = app.answers().moment();
        for what in full_text::shop_names(&mut app.market().db.read().await?, &missing).await? {
            let (id, shows) = (what.id, vec![Subject::Vendor(what.id)]);
            found.insert(id, what.clone());
            self.shops.insert(id, Arc::new(Known { since, shows, until: None, what }));
        }
        Ok(found)
    }

    /// The tree of categories.
    pub(super) async fn tree(&self, app: &App) -> Result<Arc<Present>> {
        if let Some(tree) = self.tree.find(app) {
            return Ok(tree);
        }
        let since = app.answers().moment();
        let tree = app.categories().at_present(&mut app.market().db.read().await?).await?;
        self.tree.keep(since, Subject::Categories, tree.clone());
        Ok(tree)
    }

    /// When the first discount begins or ends after the prices of lists were worked out.
    pub(super) async fn next_price_change(&self, app: &App) -> Result<Option<Timestamp>> {
        if let Some(next) = self.next_price_change.find(app) {
            return Ok(next);
        }
        let since = app.answers().moment();
        let next = search::next_price_change(&mut app.market().db.read().await?).await?;
        self.next_price_change.keep(since, Subject::Listings, next);
        Ok(next)
    }
}
