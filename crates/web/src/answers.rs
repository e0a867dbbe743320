//! Public answers that are ready: read and written out once, then given to everybody until something that
//! they show changes.
//!
//! What is kept is what a visitor without rights sees. Whether it still holds is asked of
//! [`Freshness`], so a change shows at once on the node that made it, and on the
//! others as soon as they know of it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use marketplace::Market;
use moka::sync::Cache;
use types::{Timestamp, VendorId};

use crate::App;
use crate::freshness::{Freshness, Moment, Subject, knows_others};
use crate::problem::Problem;
use crate::respond::Ready;

/// Bytes of all answers that are kept.
const CAPACITY: u64 = 64 * 1024 * 1024;

/// Beside its body and key: the entry's own fields, and the cache's about it.
pub(crate) const OVERHEAD: usize = 400;

/// Longer requests are not worth a place: nobody else will ask the same.
const LONGEST_KEY: usize = 512;

/// What is asked for: path and query as they were sent. `None` when they are too long to be kept.
#[derive(Debug, Clone)]
pub(crate) struct Key(Option<Box<str>>);

impl FromRequestParts<App> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let asked = parts.uri.path_and_query().map(axum::http::uri::PathAndQuery::as_str);
        Ok(Self(asked.filter(|asked| asked.len() <= LONGEST_KEY).map(Box::from)))
    }
}

/// When an answer began to be read: which changes it can't show, and under which settings it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Since {
    moment: Moment,
    settings: i64,
}

/// An answer that may be given again.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The answer.
    pub(crate) answer: Ready,
    /// Whose members see more than this.
    pub(crate) vendor: Option<VendorId>,
    /// What it depends on.
    pub(crate) shows: Vec<Subject>,
    /// When it changes by itself, such as at the end of a discount.
    pub(crate) until: Option<Timestamp>,
    /// A moment before anything of it was read.
    pub(crate) since: Since,
}

/// The answers that are kept.
#[derive(Debug)]
pub(crate) struct Answers {
    market: Market,
    freshness: Arc<Freshness>,
    kept: Cache<Box<str>, Arc<Kept>>,
}

impl Answers {
    /// None yet; from now on it hears what changes in the marketplace.
    pub(crate) fn new(market: Market) -> Self {
        let freshness = Arc::<Freshness>::default();
        let hearing = Arc::clone(&freshness);
        market.changes().subscribe(move |changes| hearing.hear(changes));
        let hearing = Arc::clone(&freshness);
        market.changes().listen_to_stock(move |moves| hearing.hear_of_stock(moves));
        #[expect(clippy::borrowed_box, reason = "the cache passes its keys like that")]
        let weigh = |key: &Box<str>, kept: &Arc<Kept>| {
            let bytes = key.len() + kept.answer.len() + OVERHEAD;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self { market, freshness, kept: Cache::builder().max_capacity(CAPACITY).weigher(weigh).build() }
    }

    /// The moment before a read of what is to be kept.
    pub(crate) fn moment(&self) -> Since {
        Since { moment: self.freshness.moment(), settings: self.market.settings.version() }
    }

    /// The answer to the same question, if it still holds.
    pub(crate) fn find(&self, key: &Key) -> Option<Arc<Kept>> {
        let kept = self.kept.get(key.0.as_deref()?)?;
        self.holds(kept.since, &kept.shows, kept.until).then_some(kept)
    }

    /// Whether what was read after a moment is still so: nothing of what it shows has changed, and neither have
    /// the settings, nor has it come to its end.
    pub(crate) fn holds(&self, since: Since, shows: &[Subject], until: Option<Timestamp>) -> bool {
        let now = self.market.now();
        until.is_none_or(|until| now < until)
            && self.freshness.holds(since.moment, shows)
            && since.settings == self.market.settings.version()
            && knows_others(self.market.changes().followed_until(), now)
    }

    /// Keeps an answer for who asks next, and gives it to who asked now.
    pub(crate) fn keep(&self, key: Key, kept: Kept) -> Ready {
        let answer = kept.answer.clone();
        if let Some(key) = key.0 {
            self.kept.insert(key, Arc::new(kept));
        }
        answer
    }
}
