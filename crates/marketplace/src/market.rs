//! What every operation needs beside its transaction.

use std::sync::Arc;

use db::Db;
use tokio::sync::Notify;
use types::id::Kind;
use types::{Clock, Id, IdGenerator, Timestamp};

use crate::accounts::Tokens;
use crate::audit::{Act, Journal};
use crate::changes::Feed;
use crate::checkout::Engine;
use crate::media::Media;
use crate::outgoing::Outgoing;
use crate::payments::stripe::Stripe;
use crate::search::Search;
use crate::settings::LiveSettings;
use crate::vault::Vault;

/// A running marketplace: its database, settings, clock and keys. Cheap to clone.
#[derive(Clone)]
pub struct Market {
    inside: Arc<Inside>,
    /// Where operations note what they change, when it is for the audit log.
    pub journal: Journal,
}

struct Inside {
    parts: Parts,
    changes: Feed,
    search: Arc<Search>,
    stripe: Option<Stripe>,
}

/// What a [`Market`] is made of.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// What the operator set.
    pub settings: LiveSettings,
    /// The time.
    pub clock: Clock,
    /// Makes identifiers.
    pub ids: IdGenerator,
    /// Signs and checks access tokens.
    pub tokens: Tokens,
    /// Where media files lie.
    pub media: Media,
    /// Fetches addresses that somebody else chose.
    pub outgoing: Outgoing,
    /// Seals secrets that the database keeps.
    pub vault: Vault,
    /// Makes purchases.
    pub checkouts: Engine,
    /// Rung when there is background work.
    pub work: Arc<Notify>,
}

impl Market {
    /// A marketplace of these parts.
    pub fn new(parts: Parts) -> Self {
        let stripe = parts.settings.configured().stripe.clone().map(Stripe::new);
        let inside = Inside { parts, changes: Feed::default(), search: Arc::default(), stripe };
        Self { inside: Arc::new(inside), journal: Journal::default() }
    }

    /// What changes in the catalogue.
    pub fn changes(&self) -> &Feed {
        &self.inside.changes
    }

    /// The marketplace as an operator or a shop's member acts on it: what is noted is for the audit log.
    #[must_use]
    pub fn for_act(&self, act: Act) -> Self {
        Self { inside: Arc::clone(&self.inside), journal: Journal::of(act) }
    }

    /// The payment provider Stripe, where it is on.
    pub fn stripe(&self) -> Option<&Stripe> {
        self.inside.stripe.as_ref()
    }

    /// This node's search index.
    pub fn search(&self) -> &Arc<Search> {
        &self.inside.search
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new identifier.
    pub fn id<K: Kind>(&self) -> Id<K> {
        self.ids.next(self.now())
    }
}

impl std::ops::Deref for Market {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.inside.parts
    }
}

impl std::fmt::Debug for Market {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Market").field("settings", &*self.settings).finish_non_exhaustive()
    }
}
