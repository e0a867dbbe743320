//! Counts in the form in which lists show them.

use std::collections::HashMap;

use types::{CategoryId, Money, VendorId};

use super::counting::{Counts, price_bands};
use super::kinds::RATINGS;
use super::store::ShopName;
use crate::catalog::categories::Tree;

/// Shops that are listed: those with the most products.
const MAX_VENDORS: usize = 50;

/// How many products there are of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// The tree, as far as there are products.
    pub categories: Vec<CategoryFacet>,
    /// Shops, the one with the most products first.
    pub vendors: Vec<VendorFacet>,
    /// Bands of final prices that have products, the cheapest first.
    pub prices: Vec<PriceBand>,
    /// Least ratings, the best first.
    pub ratings: Vec<RatingFacet>,
    /// Attributes, the most frequent first.
    pub attributes: Vec<AttributeFacet>,
}

/// A category with products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryFacet {
    /// Identifier.
    pub id: CategoryId,
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Products of it and of those below it.
    pub count: u64,
    /// Those below it that have products.
    pub children: Vec<CategoryFacet>,
}

/// A shop with products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorFacet {
    /// Identifier.
    pub id: VendorId,
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Its products.
    pub count: u64,
}

/// Products at a final price between two amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceBand {
    /// From here on.
    pub min: Money,
    /// Until here, inclusive; without an end when absent.
    pub max: Option<Money>,
    /// The products.
    pub count: u64,
}

/// Products judged at least so well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatingFacet {
    /// Stars.
    pub min: u64,
    /// The products.
    pub count: u64,
}

/// An attribute and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeFacet {
    /// Its name.
    pub name: String,
    /// Its values, the most frequent first.
    pub values: Vec<ValueFacet>,
}

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueFacet {
    /// The value.
    pub value: String,
    /// Products that have it.
    pub count: u64,
}

/// Gives the counts their names.
pub(super) fn shape(tree: &Tree, names: &HashMap<VendorId, ShopName>, counts: &Counts) -> Facets {
    let shop = |(id, count): (VendorId, u64)| {
        let ShopName { slug, name, .. } = names.get(&id)?.clone();
        Some(VendorFacet { id, slug, name, count })
    };
    Facets {
        categories: categories(tree, &counts.categories),
        vendors: shops(counts).into_iter().filter_map(shop).collect(),
        prices: prices(&counts.prices),
        ratings: RATINGS
            .iter()
            .zip(counts.ratings)
            .map(|(least, count)| RatingFacet { min: u64::from(least / 1_000), count })
            .collect(),
        attributes: counts.attributes.clone(),
    }
}

fn categories(tree: &Tree, counts: &HashMap<CategoryId, u64>) -> Vec<CategoryFacet> {
    let mut sums: HashMap<CategoryId, u64> = HashMap::new();
    for (id, count) in counts {
        for node in tree.path(*id) {
            *sums.entry(node.id).or_default() += count;
        }
    }
    level(tree, &sums, None)
}

fn level(tree: &Tree, sums: &HashMap<CategoryId, u64>, parent: Option<CategoryId>) -> Vec<CategoryFacet> {
    let with_products = tree.children(parent).filter_map(|node| Some((node, *sums.get(&node.id)?)));
    with_products
        .map(|(node, count)| CategoryFacet {
            id: node.id,
            slug: node.slug.clone(),
            name: node.name.clone(),
            count,
            children: level(tree, sums, Some(node.id)),
        })
        .collect()
}

/// The shops with the most products, and how many each has.
pub(super) fn shops(counts: &Counts) -> Vec<(VendorId, u64)> {
    let mut most: Vec<(VendorId, u64)> = counts.vendors.iter().map(|(id, count)| (*id, *count)).collect();
    most.sort_unstable_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
    most.truncate(MAX_VENDORS);
    most
}

fn prices(counts: &[u64]) -> Vec<PriceBand> {
    let bands = price_bands();
    let money = |minor: u64| Money::from_minor(i64::try_from(minor).unwrap_or(i64::MAX));
    let band = |(place, count): (usize, &u64)| PriceBand {
        min: money(bands[place]),
        max: bands.get(place + 1).map(|next| money(next - 1)),
        count: *count,
    };
    counts.iter().enumerate().filter(|(_, count)| **count > 0).map(band).collect()
}
