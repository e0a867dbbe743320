//! The public's lists of products, and what may be meant by what somebody types.

use axum::extract::State;
use marketplace::catalog::categories::Tree;
use marketplace::catalog::search::{self, Filter, Sort};
use marketplace::search::{self as full_text, Ask, Facets, Found, SearchError};
use marketplace::{Error, vendors};
use serde::Serialize;
use types::{Page, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::asked::{Search, Start, Typed};
use super::card::{CardView, ReadyCard};
use super::facets::{FacetsAnswer, SuggestionList, SuggestionView};
use crate::App;
use crate::answers::{Kept, Key};
use crate::extract::Query;
use crate::freshness::Subject;
use crate::problem::Result;
use crate::respond::{List, Ready, Resource};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(suggest))
}

/// A page of products.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = product_list)]
struct ProductList {
    /// The products.
    #[schema(value_type = Vec<CardView>)]
    data: Vec<ReadyCard>,
    /// Asks for the next page as `?cursor=`; `null` on the last.
    next_cursor: Option<String>,
    /// How many products there are on all pages: on the first page, and where `total=true` asks for it.
    total: Option<i64>,
    /// How many products there are of each kind, when `facets=true` asks for it; `null` while the server
    /// builds its search index.
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<FacetsAnswer>,
}

impl ProductList {
    fn of<P: Serialize>(page: Page<ReadyCard, P>) -> Self {
        let List { data, next_cursor } = List::of(page);
        Self { data, next_cursor, total: None, facets: None }
    }
}

/// What the public can buy. Prices are final ones, in minor units; a category includes those below it; a
/// shop or category that does not exist has no products. Words are found in every form, also begun or with
/// a slip; the products that answer best come first.
#[utoipa::path(get, path = "/v1/products", tag = "catalogue",
    params(
        ("q" = Option<String>, Query, description = "Words to look for"),
        ("category" = Option<String>, Query, description = "Identifier or slug"),
        ("vendor" = Option<String>, Query, description = "Identifier or slug"),
        ("min_price" = Option<i64>, Query), ("max_price" = Option<i64>, Query),
        ("in_stock" = Option<bool>, Query, description = "`true`: only what can be bought now; `false` is as without"),
        ("on_sale" = Option<bool>, Query, description = "`true`: only what costs less than its list price now; `false` is as without"),
        ("min_rating" = Option<String>, Query, description = "Stars, such as 4 or 4.5"),
        ("attribute" = Option<Vec<String>>, Query, description = "`Color:Red`; repeated, one of the values of a name, and each of the names"),
        ("sort" = inline(Option<Sort>), Query, description = "`relevance` with words, `newest` without"),
        ("total" = Option<bool>, Query, description = "Whether to count all pages; on the first page it is done anyway"),
        ("facets" = Option<bool>, Query, description = "Whether to count what there is of each kind; a filter does not narrow the counts of its own kind"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = ProductList), (status = 422, description = "`invalid`"),
        (status = 503, description = "`unavailable`")))]
async fn list(State(app): State<App>, Query(query): Query<Search>, key: Key) -> Result<Ready> {
    if let Some(kept) = app.answers().find(&key) {
        return Ok(kept.answer.clone());
    }
    let since = app.answers().moment();
    let until = fresh_prices(&app).await?;
    let (list, is_final) = found(&app, &query).await?;
    let answer = Ready::of(&list);
    if !is_final {
        return Ok(answer);
    }
    let until = if query.sort == Sort::BestSelling { Some(soon(&app, until)) } else { until };
    let shows = vec![Subject::Listings];
    Ok(app.answers().keep(key, Kept { answer, vendor: None, shows, until, since }))
}

/// The list, and whether nothing but a change can make it another one: the index had heard of everything.
async fn found(app: &App, query: &Search) -> Result<(ProductList, bool)> {
    let tree = app.shelf().tree(app).await?;
    let Some(filter) = filter(app, &tree.tree, query).await? else {
        let facets = query.wants_facets.then(|| FacetsAnswer::of(Facets::default()));
        return Ok((ProductList { data: Vec::new(), next_cursor: None, total: Some(0), facets }, true));
    };
    let asks_index = !continues_words(query) || query.wants_facets;
    let found = if asks_index {
        full_text::find(app.market(), &tree.tree, ask(query, filter.clone())).await?
    } else {
        None
    };
    let is_final = !asks_index || found.as_ref().is_some_and(|found| found.is_up_to_date);
    let facets = match &found {
        _ if !query.wants_facets => None,
        None => Some(FacetsAnswer::NotNow(())),
        Some(found) => {
            let shops = app.shelf().shops(app, &found.shops()).await?;
            Some(FacetsAnswer::of(found.facets(&tree.tree, &shops)))
        }
    };
    let mut list = match found {
        Some(found) if !continues_words(query) => found_page(app, query, (filter, found)).await?,
        found => {
            let counted = found.and_then(|found| i64::try_from(found.total).ok());
            listed_page(app, query, (filter, counted)).await?
        }
    };
    list.facets = facets;
    Ok((list, is_final))
}

/// Whether words or attributes are looked for.
fn is_search(query: &Search) -> bool {
    !query.words.is_empty() || !query.attributes.is_empty()
}

/// Whether it goes on with what the database found by words while there was no index: the index would find
/// others.
fn continues_words(query: &Search) -> bool {
    is_search(query) && matches!(query.page.after, Some(Start::Listed(_)))
}

fn ask(query: &Search, filter: Filter) -> Ask {
    let after = match &query.page.after {
        Some(Start::Found(place)) => Some(place.clone()),
        Some(Start::Listed(place)) if !is_search(query) => Some((*place).into()),
        Some(Start::Listed(_)) | None => None,
    };
    Ask {
        query: query.query.clone(),
        filter,
        attributes: query.attributes.clone(),
        sort: query.sort,
        limit: query.page.limit,
        after,
        facets: query.wants_facets,
    }
}

/// The products that the index found, as the database has them now.
async fn found_page(
    app: &App,
    query: &Search,
    (filter, found): (Filter, Found),
) -> Result<ProductList, Error> {
    let now = app.market().now();
    let mut cards = app.shelf().cards(app, &found.products).await?;
    cards.retain(|card| filter.lets_through(card.card(), now));
    let start = |place: full_text::Place| {
        if is_search(query) { Start::Found(place) } else { Start::Listed(place.as_listed()) }
    };
    let mut list = ProductList::of(Page { entries: cards, next: found.next.map(start) });
    list.total = query.wants_total.then(|| i64::try_from(found.total).unwrap_or(i64::MAX));
    Ok(list)
}

/// A page as the database lists it, while there is no index.
async fn listed_page(
    app: &App,
    query: &Search,
    (filter, counted): (Filter, Option<i64>),
) -> Result<ProductList, Error> {
    let after = match &query.page.after {
        // What the search began, the database can't continue.
        Some(Start::Found(_)) => return Err(SearchError::NotReady.into()),
        Some(Start::Listed(place)) => Some(*place),
        None if !query.attributes.is_empty() => return Err(SearchError::NotReady.into()),
        None => None,
    };
    let mut conn = app.market().db.read().await?;
    let Page { entries, next } =
        search::list(&mut conn, &filter, query.sort, (query.page.limit, after)).await?;
    let entries = entries.into_iter().map(|card| ReadyCard::of(card, app.market()));
    let mut list = ProductList::of(Page { entries: entries.collect::<Result<_, Error>>()?, next });
    if query.wants_total {
        list.total = match counted {
            Some(counted) => Some(counted),
            None => Some(search::count(&mut conn, &filter).await?),
        };
    }
    Ok(list)
}

/// Completions of what somebody types: names of categories, shops and products that may be meant, also
/// with a slip.
#[utoipa::path(get, path = "/v1/products/suggest", tag = "catalogue",
    params(("q" = String, Query, description = "What was typed so far")),
    responses((status = 200, body = SuggestionList), (status = 422, description = "`invalid`")))]
async fn suggest(
    State(app): State<App>,
    Query(Typed(typed)): Query<Typed>,
) -> Result<Resource<SuggestionList>> {
    let Some(typed) = typed else { return Ok(Resource(SuggestionList { data: Vec::new() })) };
    let mut conn = app.read().await?;
    let tree = app.categories().at_present(&mut conn).await?;
    drop(conn);
    let found = full_text::suggest(app.market(), &tree.tree, &typed).await?;
    Ok(Resource(SuggestionList { data: found.into_iter().map(SuggestionView::from).collect() }))
}

/// Sales change an order by sales all the time: such a list is kept for a second, no longer than `until`.
fn soon(app: &App, until: Option<Timestamp>) -> Timestamp {
    let soon = app.market().now().plus_seconds(1);
    until.map_or(soon, |until| until.min(soon))
}

/// Makes the prices of lists those of this moment, and answers when the next of them changes.
async fn fresh_prices(app: &App) -> Result<Option<Timestamp>> {
    let next = app.shelf().next_price_change(app).await?;
    if next.is_none_or(|next| next > app.market().now()) {
        return Ok(next);
    }
    app.write(async move |tx, market| search::reprice(tx, market).await).await?;
    Ok(search::next_price_change(&mut app.read().await?).await?)
}

/// The filter of a query; nothing when it names a shop or category that does not exist.
async fn filter(app: &App, tree: &Tree, query: &Search) -> Result<Option<Filter>, Error> {
    let mut filter = Filter {
        words: query.words.clone(),
        min_price: query.prices.0,
        max_price: query.prices.1,
        in_stock: query.only.0,
        on_sale: query.only.1,
        min_rating: query.min_rating,
        ..Filter::default()
    };
    if let Some(category) = &query.category {
        let Some(found) = tree.find(category) else { return Ok(None) };
        filter.category = Some(found.id);
    }
    if let Some(vendor) = &query.vendor {
        let Some(found) = vendors::find_by(&mut app.market().db.read().await?, vendor).await? else {
            return Ok(None);
        };
        filter.vendor = Some(found.id);
    }
    Ok(Some(filter))
}
