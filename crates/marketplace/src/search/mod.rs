//! Lists, full-text search and facets, in the process: every node keeps an index of what the public can buy,
//! beside the database and rebuilt from it.
//!
//! Invariants: the index only says which products answer and in which order; what is shown of them is read
//! from the database, which also drops those that are no longer public. A search on the node that wrote sees
//! its own writes: it waits a moment for the index to take them in. Without an index that can be read (it is
//! being built, or was damaged), [`find`] answers nothing, and the lists of [`catalog::search`] do.
//!
//! [`catalog::search`]: crate::catalog::search

mod attributes;
mod batch;
mod building;
mod choosing;
mod columns;
mod counting;
mod documents;
mod error;
mod facets;
mod index;
mod indexing;
mod keeping;
mod kinds;
mod lexicon;
mod measures;
mod node;
mod numbers;
mod plan;
mod postings;
mod queued;
mod scoring;
mod scratch;
mod selection;
mod store;
mod suggesting;
mod tiers;
mod view;
mod vocabulary;
mod wanting;
mod weighing;
mod words;

pub use building::rebuild;
pub use error::SearchError;
pub use facets::{AttributeFacet, CategoryFacet, Facets, PriceBand, RatingFacet, ValueFacet, VendorFacet};
pub use keeping::Running;
pub use node::Search;
pub use selection::{Attribute, MAX_ATTRIBUTES};
pub use store::{ShopName, shop_names};
pub use suggesting::{Suggestion, SuggestionKind, suggest};

pub(crate) use store::STATEMENTS;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use types::{CategoryId, Limit, ProductId, VendorId};

use crate::catalog::categories::Tree;
use crate::catalog::search::{self, Filter, Sort};
use crate::error::with_causes;
use crate::{Market, Result};
use counting::Counts;
use index::Generation;
use numbers::NumberSet;
use plan::Plan;
use selection::{Counted, Rank, Selected, Selection, Selector};

/// Of so many documents an index is searched at once: to hand that to another thread would take as long.
const AT_ONCE: u32 = 50_000;

/// A question to the index.
#[derive(Debug)]
pub struct Ask {
    /// What was typed.
    pub query: String,
    /// The filters; its words are not looked at.
    pub filter: Filter,
    /// Values of attributes that products have to have.
    pub attributes: Vec<Attribute>,
    /// The order.
    pub sort: Sort,
    /// Products of a page.
    pub limit: Limit,
    /// Where the page begins.
    pub after: Option<Place>,
    /// Whether to count what there is of each kind.
    pub facets: bool,
}

/// A place in what was found: the rank of the last product, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    #[serde(rename = "s", with = "crate::catalog::search::sort_as_text")]
    sort: Sort,
    #[serde(rename = "r")]
    rank: Rank,
    #[serde(rename = "p")]
    plans: Vec<Plan>,
}

impl Place {
    /// Whether it is one of a list in this order, and of no size that is not made here.
    pub fn is_of(&self, sort: Sort) -> bool {
        self.sort == sort && self.plans.len() <= tiers::MOST && self.plans.iter().all(Plan::is_sane)
    }

    /// The same place as the database names it; of no meaning in what was found by words.
    pub const fn as_listed(&self) -> search::Place {
        let (key, id) = self.rank;
        let sign = sign(self.sort);
        search::Place { sort: self.sort, key: key.saturating_mul(sign), id: id.saturating_mul(sign) }
    }
}

impl From<search::Place> for Place {
    /// A place of a list without words.
    fn from(place: search::Place) -> Self {
        let search::Place { sort, key, id } = place;
        let sign = sign(sort);
        Self { sort, rank: (key.saturating_mul(sign), id.saturating_mul(sign)), plans: Vec::new() }
    }
}

/// Ranks are higher the earlier they come.
const fn sign(sort: Sort) -> i64 {
    if matches!(sort, Sort::Cheapest) { -1 } else { 1 }
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The products of the page, in order.
    pub products: Vec<ProductId>,
    /// Where the next page begins.
    pub next: Option<Place>,
    /// Products on all pages.
    pub total: u64,
    /// Whether the index held all that this node had heard of.
    pub is_up_to_date: bool,
    counts: Counts,
}

impl Found {
    /// How many there are of each kind, given the names of [`Found::shops`].
    pub fn facets(&self, tree: &Tree, shops: &HashMap<VendorId, ShopName>) -> Facets {
        facets::shape(tree, shops, &self.counts)
    }

    /// The shops that facets list.
    pub fn shops(&self) -> Vec<VendorId> {
        facets::shops(&self.counts).into_iter().map(|(id, _)| id).collect()
    }
}

/// Looks for products; nothing when there is no index at the moment.
pub async fn find(market: &Market, tree: &Tree, ask: Ask) -> Result<Option<Found>> {
    let below = ask.filter.category.map(|id| below(tree, id)).unwrap_or_default();
    let found = look(market, move |generation| answer(generation, ask, below)).await?;
    Ok(found.map(|(found, is_up_to_date)| Found { is_up_to_date, ..found }))
}

/// Runs a search where it keeps nobody else waiting, and says whether the index was up to date.
async fn look<T: Send + 'static>(
    market: &Market,
    work: impl FnOnce(&Generation) -> Result<T> + Send + 'static,
) -> Result<Option<(T, bool)>> {
    let search = market.search();
    let Some((generation, is_up_to_date)) = search.up_to_date().await else { return Ok(None) };
    // What is damaged on the disk can make the reader stumble.
    let done = if generation.view().documents <= AT_ONCE {
        catch_unwind(AssertUnwindSafe(|| work(&generation))).map_err(|_| "the search panicked".to_owned())
    } else {
        let permit = Arc::clone(&search.slots).acquire_owned().await;
        let permit = permit.map_err(|error| crate::Error::failed("searching has ended", error))?;
        let shared = Arc::clone(&generation);
        let done = spawn_blocking(move || {
            let _permit = permit;
            work(&shared)
        });
        done.await.map_err(|panicked| panicked.to_string())
    };
    let why = match done {
        Ok(Ok(found)) => return Ok(Some((found, is_up_to_date))),
        Ok(Err(error)) => with_causes(&error),
        Err(panicked) => panicked,
    };
    tracing::error!(error = why, "the search index can't be read; it is built anew");
    search.distrust(&generation);
    Ok(None)
}

/// A category and all below it.
fn below(tree: &Tree, category: CategoryId) -> NumberSet {
    let mut found = NumberSet::from_iter([category.as_i64().unsigned_abs()]);
    let mut open = vec![category];
    while let Some(parent) = open.pop() {
        for child in tree.children(Some(parent)) {
            if found.insert(child.id.as_i64().unsigned_abs()) {
                open.push(child.id);
            }
        }
    }
    found
}

fn answer(generation: &Generation, ask: Ask, below: NumberSet) -> Result<Found> {
    let Ask { query, filter, attributes, sort, limit, after, facets } = ask;
    let (rank, plans) = after.map_or((None, Vec::new()), |place| (Some(place.rank), place.plans));
    let size = usize::try_from(limit.entries()).unwrap_or(usize::MAX);
    // Without words nothing is more relevant than another.
    let is_list = query.trim().is_empty();
    let order = if is_list && sort == Sort::Relevance { Sort::Newest } else { sort };
    let limit = size + 1;
    let counted = if facets { Counted::Everything } else { Counted::Nothing };
    let selection = Selection { filter, below, attributes, sort: order, limit, after: rank, counted };
    let view = generation.view();
    let mut selector = Selector::new((generation, &view), selection);
    let plans = if is_list {
        view.segments.iter().rev().try_for_each(|segment| selector.look_at_all(segment))?;
        Vec::new()
    } else {
        tiers::hit((generation, &view), &query, plans, &mut selector)?
    };
    let Selected { mut ranked, total, counts } = selector.finish();
    let more = ranked.len() > size;
    ranked.truncate(size);
    let last = ranked.last().filter(|_| more).map(|(_, rank)| *rank);
    let next = last.map(|rank| Place { sort, rank, plans });
    let products = ranked.into_iter().map(|(id, _)| id).collect();
    Ok(Found { products, next, total, is_up_to_date: false, counts })
}
