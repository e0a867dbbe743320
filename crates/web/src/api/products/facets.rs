//! How many products there are of each kind, and completions.

use marketplace::search::{
    AttributeFacet, CategoryFacet, Facets, PriceBand, RatingFacet, Suggestion, SuggestionKind, ValueFacet,
    VendorFacet,
};
use serde::Serialize;
use types::{CategoryId, VendorId};
use utoipa::ToSchema;

/// Facets, or `null` when they can't be counted at the moment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = facets_answer)]
pub(super) enum FacetsAnswer {
    Counted(Box<FacetsView>),
    NotNow(()),
}

/// How many products there are of each kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = facets)]
pub(super) struct FacetsView {
    /// The tree of categories, as far as there are products.
    categories: Vec<CategoryFacetView>,
    /// Shops, the one with the most products first.
    vendors: Vec<VendorFacetView>,
    /// Bands of final prices that have products, the cheapest first.
    price_bands: Vec<PriceBandView>,
    /// Products judged at least so well.
    ratings: Vec<RatingFacetView>,
    /// Attributes and their values, the most frequent first.
    attributes: Vec<AttributeFacetView>,
}

/// A category with products.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = category_facet)]
struct CategoryFacetView {
    /// Identifier.
    id: CategoryId,
    /// Name in addresses.
    slug: String,
    /// Name.
    name: String,
    /// Products of it and of those below it.
    count: u64,
    /// Those below it that have products.
    #[schema(no_recursion)]
    children: Vec<CategoryFacetView>,
}

/// A shop with products.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = vendor_facet)]
struct VendorFacetView {
    /// Identifier.
    id: VendorId,
    /// Name in addresses.
    slug: String,
    /// Name.
    name: String,
    /// Its products.
    count: u64,
}

/// Products at a final price between two amounts, as `min_price` and `max_price` take them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = price_band)]
struct PriceBandView {
    /// Minor units, from here on.
    min: i64,
    /// Minor units, until here; `null` without an end.
    max: Option<i64>,
    /// The products.
    count: u64,
}

/// Products judged at least so well, as `min_rating` takes it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = rating_facet)]
struct RatingFacetView {
    /// Stars.
    min: u64,
    /// The products.
    count: u64,
}

/// An attribute.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = attribute_facet)]
struct AttributeFacetView {
    /// Its name.
    name: String,
    /// Its values, the most frequent first.
    values: Vec<ValueFacetView>,
}

/// A value of an attribute.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = value_facet)]
struct ValueFacetView {
    /// The value.
    value: String,
    /// Products that have it.
    count: u64,
}

impl FacetsAnswer {
    pub(super) fn of(facets: Facets) -> Self {
        let band = |PriceBand { min, max, count }| PriceBandView {
            min: min.minor(),
            max: max.map(types::Money::minor),
            count,
        };
        let vendor = |VendorFacet { id, slug, name, count }| VendorFacetView { id, slug, name, count };
        Self::Counted(Box::new(FacetsView {
            categories: facets.categories.into_iter().map(CategoryFacetView::from).collect(),
            vendors: facets.vendors.into_iter().map(vendor).collect(),
            price_bands: facets.prices.into_iter().map(band).collect(),
            ratings: facets
                .ratings
                .into_iter()
                .map(|RatingFacet { min, count }| RatingFacetView { min, count })
                .collect(),
            attributes: facets.attributes.into_iter().map(AttributeFacetView::from).collect(),
        }))
    }
}

impl From<CategoryFacet> for CategoryFacetView {
    fn from(CategoryFacet { id, slug, name, count, children }: CategoryFacet) -> Self {
        Self { id, slug, name, count, children: children.into_iter().map(Self::from).collect() }
    }
}

impl From<AttributeFacet> for AttributeFacetView {
    fn from(AttributeFacet { name, values }: AttributeFacet) -> Self {
        let value = |ValueFacet { value, count }| ValueFacetView { value, count };
        Self { name, values: values.into_iter().map(value).collect() }
    }
}

/// Completions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = suggestion_list)]
pub(super) struct SuggestionList {
    /// Categories first, then shops, then products.
    pub(super) data: Vec<SuggestionView>,
}

/// A completion.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = suggestion, example = json!({"text": "Headphones", "kind": "category", "id": "cat_0AXS751X00W7C", "slug": "headphones"}))]
pub(super) struct SuggestionView {
    /// The whole name.
    text: String,
    /// What it leads to.
    #[schema(inline)]
    kind: SuggestionKind,
    /// The identifier of that.
    id: String,
    /// Its name in addresses.
    slug: String,
}

impl From<Suggestion> for SuggestionView {
    fn from(Suggestion { text, kind, id, slug }: Suggestion) -> Self {
        Self { text, kind, id, slug }
    }
}
