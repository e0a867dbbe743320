//! What a list of products shows, and what is asked of it.

use db::{FromRow, Row};
use serde::{Deserialize, Serialize};
use types::{CategoryId, Discount, Money, ProductId, Rating, Timestamp, VendorId};

use super::super::discounts;
use super::super::images::{self, Format};
use super::super::products::ProductStatus;
use super::Words;
use crate::states::states;

states! {
    /// The order of a list.
    pub enum Sort {
        /// Those whose title has all the words first, each newest first.
        Relevance = "relevance",
        /// Newest first.
        Newest = "newest",
        /// Cheapest first, by the final price.
        Cheapest = "price",
        /// Dearest first, by the final price.
        Dearest = "-price",
        /// Best judged first.
        Rating = "rating",
        /// Most sold first.
        BestSelling = "best_selling",
    }
}

/// Which products a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words that it has to have.
    pub words: Words,
    /// Of this category or one below.
    pub category: Option<CategoryId>,
    /// Of this shop.
    pub vendor: Option<VendorId>,
    /// At a final price of at least this.
    pub min_price: Option<Money>,
    /// At a final price of at most this.
    pub max_price: Option<Money>,
    /// Only those of which some variant can be bought.
    pub in_stock: bool,
    /// Only those that cost less than their list price now.
    pub on_sale: bool,
    /// Judged at least this well, in thousandths of a star.
    pub min_rating: Option<i64>,
}

impl Filter {
    /// Whether every product that the public can see is let through.
    pub fn is_open(&self) -> bool {
        let Self { words, category, vendor, min_price, max_price, in_stock, on_sale, min_rating } = self;
        words.is_empty()
            && category.is_none()
            && vendor.is_none()
            && min_price.or(*max_price).is_none()
            && !(*in_stock || *on_sale)
            && min_rating.is_none()
    }
}

impl Filter {
    /// Whether a product still is what the filter asks for, as far as its card says.
    pub fn lets_through(&self, card: &Card, now: Timestamp) -> bool {
        let price = card.final_price(now);
        self.vendor.is_none_or(|vendor| vendor == card.vendor)
            && self.min_price.is_none_or(|least| price >= least)
            && self.max_price.is_none_or(|most| price <= most)
            && (!self.in_stock || card.stock > 0)
            && (!self.on_sale || price < card.price)
    }
}

/// A place in a list: what its order goes by, and the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The order in which it is a place.
    #[serde(with = "sort_as_text")]
    pub sort: Sort,
    /// The value that the order goes by.
    pub key: i64,
    /// The product.
    pub id: i64,
}

/// An order as the word for it.
pub(crate) mod sort_as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::Sort;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub(crate) fn serialize<S: Serializer>(sort: &Sort, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(sort.as_str())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Sort, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(Error::custom)
    }
}

/// A product in a list.
#[derive(Debug, Clone)]
pub struct Card {
    /// Identifier.
    pub id: ProductId,
    /// Name in addresses.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Where it stands.
    pub status: ProductStatus,
    /// The shop.
    pub vendor: VendorId,
    /// The shop's name in addresses.
    pub vendor_slug: String,
    /// The shop's name.
    pub vendor_name: String,
    /// Its category.
    pub category: Option<CardCategory>,
    /// Where its first image is served, below the marketplace's address.
    pub image: Option<String>,
    /// The default variant's SKU.
    pub sku: Option<String>,
    /// The default variant's list price.
    pub price: Money,
    /// What is taken off the default variant.
    pub discount: Option<Discount>,
    /// Units of all variants.
    pub stock: i64,
    /// What buyers think of it.
    pub rating: Rating,
    /// What the list's order goes by.
    pub(super) key: i64,
}

/// A category, as short as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardCategory {
    /// Identifier.
    pub id: CategoryId,
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
}

impl Card {
    /// What a unit of the default variant costs at `now`.
    pub fn final_price(&self, now: Timestamp) -> Money {
        self.discount.map_or(self.price, |discount| discount.apply(self.price, now))
    }
}

impl FromRow for Card {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let (id, slug, title, status) = (columns.read()?, columns.read()?, columns.read()?, columns.read()?);
        let (vendor, vendor_slug, vendor_name) = (columns.read()?, columns.read()?, columns.read()?);
        let category: (Option<CategoryId>, Option<String>, Option<String>) =
            (columns.read()?, columns.read()?, columns.read()?);
        let image: (Option<String>, Option<Format>) = (columns.read()?, columns.read()?);
        let card = Self {
            id,
            slug,
            title,
            status,
            vendor,
            vendor_slug,
            vendor_name,
            category: match category {
                (Some(id), Some(slug), Some(name)) => Some(CardCategory { id, slug, name }),
                _ => None,
            },
            image: image.0.zip(image.1).map(|(hash, format)| images::path(&hash, format)),
            sku: columns.read()?,
            price: columns.read()?,
            discount: discounts::read(&mut columns)?,
            stock: columns.read()?,
            rating: Rating { sum: columns.read()?, count: columns.read()? },
            key: columns.read()?,
        };
        columns.finish()?;
        Ok(card)
    }
}
