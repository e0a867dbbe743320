//! Lists of products: the public's, and a shop's own.

use std::str::FromStr;

use axum::extract::State;
use db::Conn;
use marketplace::catalog::categories::{CategoryRef, Tree};
use marketplace::catalog::products::ProductStatus;
use marketplace::catalog::search::{self, Card, CardCategory, Filter, Place, Sort, Words};
use marketplace::search::{self as full_text, Ask, Attribute, Facets, Found, MAX_ATTRIBUTES, SearchError};
use marketplace::vendors::{self, VendorRef};
use marketplace::{Error, Market};
use serde::{Deserialize, Serialize};
use types::{CategoryId, Discount, Limit, Money, Page, Price, ProductId, Rating, Timestamp, VendorId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::facets::{FacetsAnswer, SuggestionList, SuggestionView};
use super::view::media_url;
use crate::App;
use crate::answers::{Kept, Key};
use crate::extract::{FromQuery, PageParams, Query, QueryReader, VendorMember};
use crate::freshness::Subject;
use crate::problem::Result;
use crate::respond::{List, Ready, Resource};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(suggest)).routes(routes!(own))
}

/// A product in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = product_card)]
pub(crate) struct CardView {
    /// Identifier.
    id: ProductId,
    /// Name in addresses.
    slug: String,
    /// Title.
    title: String,
    /// The shop that sells it.
    vendor: CardVendorView,
    /// Its category.
    category: Option<CardCategoryView>,
    /// Where its first image is.
    image: Option<String>,
    /// The default variant's SKU.
    sku: Option<String>,
    /// List price of the default variant.
    price: Price,
    /// What a unit of the default variant costs now.
    final_price: Price,
    /// What is taken off the default variant.
    discount: Option<Discount>,
    /// Whether any variant can be bought.
    in_stock: bool,
    /// What buyers think of it.
    rating: Rating,
}

/// The shop of a product in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = card_vendor)]
struct CardVendorView {
    /// Identifier.
    id: VendorId,
    /// Name in addresses.
    slug: String,
    /// Name.
    name: String,
}

/// The category of a product in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = card_category)]
struct CardCategoryView {
    /// Identifier.
    id: CategoryId,
    /// Name in addresses.
    slug: String,
    /// Name.
    name: String,
}

impl CardView {
    pub(crate) fn of(card: Card, market: &Market) -> Self {
        let currency = market.settings.currency;
        let category = |CardCategory { id, slug, name }| CardCategoryView { id, slug, name };
        Self {
            final_price: card.final_price(market.now()).in_currency(currency),
            id: card.id,
            slug: card.slug,
            title: card.title,
            vendor: CardVendorView { id: card.vendor, slug: card.vendor_slug, name: card.vendor_name },
            category: card.category.map(category),
            image: card.image.map(|path| media_url(market, &path)),
            sku: card.sku,
            price: card.price.in_currency(currency),
            discount: card.discount,
            in_stock: card.stock > 0,
            rating: card.rating,
        }
    }
}

/// A page of products.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = product_list)]
struct ProductList {
    /// The products.
    data: Vec<CardView>,
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
    fn of<P: Serialize>(page: Page<Card, P>, market: &Market) -> Self {
        let List { data, next_cursor } = List::of(page.map(|card| CardView::of(card, market)));
        Self { data, next_cursor, total: None, facets: None }
    }
}

/// Where a page begins: in what the search found, or in what the database lists.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Start {
    Found(full_text::Place),
    Listed(Place),
}

impl Start {
    fn is_of(&self, sort: Sort) -> bool {
        match self {
            Self::Found(place) => place.is_of(sort),
            Self::Listed(place) => place.sort == sort,
        }
    }
}

/// What is asked of a list.
struct Search {
    query: String,
    words: Words,
    attributes: Vec<Attribute>,
    category: Option<CategoryRef>,
    vendor: Option<VendorRef>,
    prices: (Option<Money>, Option<Money>),
    in_stock: Option<bool>,
    on_sale: Option<bool>,
    min_rating: Option<i64>,
    sort: Sort,
    page: PageParams<Start>,
    wants_total: bool,
    wants_facets: bool,
}

impl FromQuery for Search {
    fn from_query(query: &mut QueryReader) -> Self {
        let words: Words = query.or_default("q");
        let sort = if words.is_empty() { Sort::Newest } else { Sort::Relevance };
        let sort = query.optional("sort").unwrap_or(sort);
        let page: PageParams<Start> = query.page();
        if page.after.as_ref().is_some_and(|start| !start.is_of(sort)) {
            query.refuse("cursor", "malformed", "not a cursor of this list in this order");
        }
        let bound = |PriceBound(price): PriceBound| price;
        let flag = |Flag(flag): Flag| flag;
        Self {
            query: query.or_default("q"),
            words,
            attributes: attributes(query),
            category: query.optional("category"),
            vendor: query.optional("vendor"),
            prices: (query.optional("min_price").map(bound), query.optional("max_price").map(bound)),
            in_stock: query.optional("in_stock").map(flag),
            on_sale: query.optional("on_sale").map(flag),
            min_rating: query.optional("min_rating").map(|Stars(thousandths)| thousandths),
            sort,
            wants_total: query.optional("total").map_or(page.after.is_none(), flag),
            wants_facets: query.optional("facets").is_some_and(flag),
            page,
        }
    }
}

/// Attributes by name, from `Color:Red`, `Color:Blue`.
fn attributes(query: &mut QueryReader) -> Vec<Attribute> {
    let mut found: Vec<Attribute> = Vec::new();
    for pair in query.every("attribute") {
        let Some((name, value)) =
            pair.split_once(':').filter(|(name, value)| !name.is_empty() && !value.is_empty())
        else {
            query.refuse("attribute", "malformed", "must be a name, a colon and a value");
            continue;
        };
        match found.iter_mut().find(|attribute| attribute.name == name) {
            Some(attribute) => attribute.values.push(value.to_owned()),
            None => found.push(Attribute { name: name.to_owned(), values: vec![value.to_owned()] }),
        }
    }
    if found.len() > MAX_ATTRIBUTES || found.iter().any(|attribute| attribute.values.len() > 50) {
        query.refuse("attribute", "too_long", format!("at most {MAX_ATTRIBUTES} names with 50 values each"));
        found.clear();
    }
    found
}

/// A bound of a price filter: whole minor units.
struct PriceBound(Money);

impl FromStr for PriceBound {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let minor = text.parse().ok().filter(|minor: &i64| *minor >= 0);
        minor
            .map(|minor| Self(Money::from_minor(minor)))
            .ok_or("must be a whole number of minor units, from 0")
    }
}

/// `true` or `false`.
struct Flag(bool);

impl FromStr for Flag {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "true" | "1" => Ok(Self(true)),
            "false" | "0" => Ok(Self(false)),
            _ => Err("must be true or false"),
        }
    }
}

/// Thousandths of a star, from a decimal number such as `4.5`.
struct Stars(i64);

impl FromStr for Stars {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "must be between 0 and 5, such as 4 or 4.5";
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(wrong);
        }
        let whole: i64 = whole.parse().map_err(|_| wrong)?;
        let part: i64 = format!("{part:0<3}").parse().map_err(|_| wrong)?;
        let stars = whole * 1_000 + part;
        if stars <= 5_000 { Ok(Self(stars)) } else { Err(wrong) }
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
        ("in_stock" = Option<bool>, Query, description = "`true`: can be bought now; `false`: sold out"),
        ("on_sale" = Option<bool>, Query, description = "`true`: costs less than its list price now; `false`: does not"),
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
    let (conn, until) = fresh_prices(&app).await?;
    let (list, is_final) = found(&app, conn, &query).await?;
    let answer = Ready::of(&list);
    if is_final {
        let until = if query.sort == Sort::BestSelling { Some(soon(&app, until)) } else { until };
        let kept =
            Kept { answer: answer.clone(), vendor: None, shows: vec![Subject::Listings], until, since };
        app.answers().keep(key, kept);
    }
    Ok(answer)
}

/// The list, and whether nothing but a change can make it another one: the index had heard of everything.
async fn found(app: &App, mut conn: Conn, query: &Search) -> Result<(ProductList, bool)> {
    let tree = app.categories().at_present(&mut conn).await?;
    let Some(filter) = filter(&mut conn, &tree.tree, query).await? else {
        let facets = query.wants_facets.then(|| FacetsAnswer::of(Facets::default()));
        return Ok((ProductList { data: Vec::new(), next_cursor: None, total: Some(0), facets }, true));
    };
    drop(conn);
    let is_search = !query.words.is_empty() || !query.attributes.is_empty();
    let goes_on = !matches!(query.page.after, Some(Start::Listed(_)));
    let asks_index = (is_search && goes_on) || query.wants_facets;
    let found = if asks_index {
        full_text::find(app.market(), &tree.tree, ask(query, filter.clone())).await?
    } else {
        None
    };
    let is_final = !asks_index || found.as_ref().is_some_and(|found| found.is_up_to_date);
    let mut conn = app.read().await?;
    let facets = match &found {
        _ if !query.wants_facets => None,
        None => Some(FacetsAnswer::NotNow(())),
        Some(found) => Some(FacetsAnswer::of(found.facets(&mut conn, &tree.tree).await?)),
    };
    let mut list = match found {
        Some(found) if is_search && goes_on => found_page(app, &mut conn, query, (filter, found)).await?,
        found => {
            let counted = found.and_then(|found| i64::try_from(found.total).ok());
            listed_page(app, &mut conn, query, (filter, counted)).await?
        }
    };
    list.facets = facets;
    Ok((list, is_final))
}

fn ask(query: &Search, filter: Filter) -> Ask {
    let after = match &query.page.after {
        Some(Start::Found(place)) => Some(place.clone()),
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

/// The products that the search found, as the database has them now.
async fn found_page(
    app: &App,
    conn: &mut Conn,
    query: &Search,
    (filter, found): (Filter, Found),
) -> Result<ProductList, Error> {
    let now = app.market().now();
    let mut cards = search::cards(conn, &found.products).await?;
    cards.retain(|card| filter.lets_through(card, now));
    let mut list = ProductList::of(Page { entries: cards, next: found.next }, app.market());
    list.total = query.wants_total.then(|| i64::try_from(found.total).unwrap_or(i64::MAX));
    Ok(list)
}

/// A page as the database lists it: without words, or while there is no index.
async fn listed_page(
    app: &App,
    conn: &mut Conn,
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
    let page = search::list(conn, &filter, query.sort, (query.page.limit, after)).await?;
    let mut list = ProductList::of(page, app.market());
    if query.wants_total {
        list.total = match counted {
            Some(counted) => Some(counted),
            None => Some(search::count(conn, &filter).await?),
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

/// The beginning of a query.
struct Typed(Option<String>);

impl FromQuery for Typed {
    fn from_query(query: &mut QueryReader) -> Self {
        let words: Words = query.or_default("q");
        Self(query.optional("q").filter(|_| !words.is_empty()))
    }
}

/// Sales change an order by sales all the time: such a list is kept for a second, no longer than `until`.
fn soon(app: &App, until: Option<Timestamp>) -> Timestamp {
    let soon = app.market().now().plus_seconds(1);
    until.map_or(soon, |until| until.min(soon))
}

/// A connection to read lists with, whose prices are those of this moment, and when the next of them changes.
async fn fresh_prices(app: &App) -> Result<(Conn, Option<Timestamp>)> {
    let mut conn = app.read().await?;
    let next = search::next_price_change(&mut conn).await?;
    if next.is_none_or(|next| next > app.market().now()) {
        return Ok((conn, next));
    }
    drop(conn);
    app.write(async move |tx, market| search::reprice(tx, market).await).await?;
    let mut conn = app.read().await?;
    let next = search::next_price_change(&mut conn).await?;
    Ok((conn, next))
}

/// The filter of a query; nothing when it names a shop or category that does not exist.
async fn filter(conn: &mut Conn, tree: &Tree, query: &Search) -> Result<Option<Filter>, Error> {
    let mut filter = Filter {
        words: query.words.clone(),
        min_price: query.prices.0,
        max_price: query.prices.1,
        in_stock: query.in_stock,
        on_sale: query.on_sale,
        min_rating: query.min_rating,
        ..Filter::default()
    };
    if let Some(category) = &query.category {
        let Some(found) = tree.find(category) else { return Ok(None) };
        filter.category = Some(found.id);
    }
    if let Some(vendor) = &query.vendor {
        let Some(found) = vendors::find_by(conn, vendor).await? else { return Ok(None) };
        filter.vendor = Some(found.id);
    }
    Ok(Some(filter))
}

/// A product in its shop's own list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = own_product_card)]
struct OwnCardView {
    #[serde(flatten)]
    card: CardView,
    /// Where it stands.
    status: ProductStatus,
    /// Units of all variants.
    stock: i64,
}

impl OwnCardView {
    fn of(card: Card, market: &Market) -> Self {
        Self { status: card.status, stock: card.stock, card: CardView::of(card, market) }
    }
}

/// What is asked of a shop's own list.
struct OwnSearch {
    words: Words,
    status: Option<ProductStatus>,
    limit: Limit,
    after: Option<ProductId>,
}

impl FromQuery for OwnSearch {
    fn from_query(query: &mut QueryReader) -> Self {
        let PageParams { limit, after } = query.page::<i64>();
        let after = after.map(ProductId::from_i64);
        Self { words: query.or_default("q"), status: query.optional("status"), limit, after }
    }
}

/// The products of the caller's shop, newest first: drafts too, and what is archived when `status` asks.
#[utoipa::path(get, path = "/v1/vendor/products", tag = "catalogue", security(("bearer" = [])),
    params(
        ("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug"),
        ("status" = Option<ProductStatus>, Query),
        ("q" = Option<String>, Query, description = "Words, all of which a product has to have"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<OwnCardView>), (status = 403, description = "`forbidden`")))]
async fn own(
    State(app): State<App>,
    VendorMember(by): VendorMember,
    Query(query): Query<OwnSearch>,
) -> Result<List<OwnCardView>> {
    let mut conn = app.read().await?;
    let wanted = (query.status, &query.words);
    let page = search::of_vendor(&mut conn, by.vendor, wanted, (query.limit, query.after)).await?;
    Ok(List::of(page.map(|card| OwnCardView::of(card, app.market())).map_place(ProductId::as_i64)))
}
