//! Completions of what somebody types.

use std::collections::HashSet;

use types::{CategoryId, Limit, ProductId, VendorId};

use super::indexing::{Indexer, Terms};
use super::numbers::NumberSet;
use super::plan::{Plan, Planner, Reading};
use super::selection::{Counted, Selected, Selection, Selector};
use super::store::ShopName;
use super::{Generation, store, tiers};
use crate::catalog::categories::Tree;
use crate::catalog::search::{self as lists, Filter, Sort, Words};
use crate::states::states;
use crate::{Market, Result};

/// Products that are suggested.
const PRODUCTS: usize = 6;

/// Categories that are suggested, and shops.
const CATEGORIES: usize = 3;
const VENDORS: usize = 2;

/// Categories and shops with the most hits, whose names are looked at.
const LOOKED_AT: usize = 40;

states! {
    /// What a suggestion leads to.
    pub enum SuggestionKind {
        /// A product's page.
        Product = "product",
        /// The products of a category.
        Category = "category",
        /// A shop.
        Vendor = "vendor",
    }
}

/// A completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The whole name.
    pub text: String,
    /// What it leads to.
    pub kind: SuggestionKind,
    /// The identifier of that.
    pub id: String,
    /// Its name in addresses.
    pub slug: String,
}

/// What was found for a beginning.
struct Begun {
    plan: Plan,
    products: Vec<ProductId>,
    categories: Vec<CategoryId>,
    vendors: Vec<VendorId>,
}

/// What a query may be going to be: categories first, then shops, then products.
pub async fn suggest(market: &Market, tree: &Tree, query: &str) -> Result<Vec<Suggestion>> {
    let text = query.to_owned();
    let begun = super::look(market, move |generation| begin(generation, &text)).await?;
    let mut conn = market.db.read().await?;
    let Some((begun, _)) = begun else { return plain(&mut conn, query).await };
    let mut suggestions = Vec::new();
    let categories = begun.categories.iter().filter_map(|id| tree.get(*id));
    for category in categories.filter(|category| answers(&begun.plan, &category.name)).take(CATEGORIES) {
        suggestions.push(Suggestion {
            text: category.name.clone(),
            kind: SuggestionKind::Category,
            id: category.id.to_string(),
            slug: category.slug.clone(),
        });
    }
    let named = store::shop_names(&mut conn, &begun.vendors).await?;
    let answering = named.into_iter().filter(|shop| answers(&begun.plan, &shop.name));
    for ShopName { id, slug, name } in answering.take(VENDORS) {
        suggestions.push(Suggestion { text: name, kind: SuggestionKind::Vendor, id: id.to_string(), slug });
    }
    suggestions.extend(lists::cards(&mut conn, &begun.products).await?.into_iter().map(of_card));
    let mut shown = HashSet::new();
    suggestions.retain(|suggestion| shown.insert((suggestion.kind, suggestion.text.to_lowercase())));
    Ok(suggestions)
}

/// Without an index: the products that have the words.
async fn plain(conn: &mut db::Conn, query: &str) -> Result<Vec<Suggestion>> {
    let Ok(words) = query.parse::<Words>() else { return Ok(Vec::new()) };
    let filter = Filter { words, ..Filter::default() };
    let page = lists::list(conn, &filter, Sort::Relevance, (Limit::default(), None)).await?;
    Ok(page.entries.into_iter().take(PRODUCTS).map(of_card).collect())
}

fn of_card(card: lists::Card) -> Suggestion {
    let (text, slug) = (card.title, card.slug);
    Suggestion { text, kind: SuggestionKind::Product, id: card.id.to_string(), slug }
}

fn begin(generation: &Generation, query: &str) -> Result<Begun> {
    let view = generation.view();
    let selector = || {
        let selection = Selection {
            filter: Filter::default(),
            below: NumberSet::default(),
            attributes: Vec::new(),
            sort: Sort::Relevance,
            limit: PRODUCTS,
            after: None,
            counted: Counted::Columns,
        };
        Selector::new((generation, &view), selection)
    };
    let read = |reading: Reading| -> Result<(Plan, Selected)> {
        let mut selector = selector();
        let plan = Planner::new(&view, &generation.fields, reading).plan(query, true)?;
        tiers::each_hits(generation, &view, &plan, |_, segment, hits| selector.look_at(segment, &hits, 0))?;
        Ok((plan, selector.finish()))
    };
    let (mut plan, mut selected) = read(Reading::Close)?;
    if selected.total == 0 {
        (plan, selected) = read(Reading::Free)?;
    }
    Ok(Begun {
        plan,
        products: selected.ranked.into_iter().map(|(id, _)| id).collect(),
        categories: most(selected.counts.categories),
        vendors: most(selected.counts.vendors),
    })
}

fn most<T: Copy + Ord>(counts: impl IntoIterator<Item = (T, u64)>) -> Vec<T> {
    let mut counts: Vec<(T, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
    counts.into_iter().take(LOOKED_AT).map(|(id, _)| id).collect()
}

/// Whether a name has every word of the plan.
fn answers(plan: &Plan, name: &str) -> bool {
    let mut terms = Terms::default();
    Indexer::default().read_name(name, &mut terms);
    let terms: HashSet<&str> = terms.as_str().split(' ').collect();
    plan.words.iter().all(|word| word.terms.iter().any(|(term, _)| terms.contains(term.as_str())))
}
