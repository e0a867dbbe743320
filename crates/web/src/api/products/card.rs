//! A product as lists show it.

use std::sync::Arc;

use marketplace::catalog::search::{Card, CardCategory};
use marketplace::{Error, Market};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use types::{CategoryId, Discount, Price, ProductId, Rating, VendorId};
use utoipa::ToSchema;

use super::view::media_url;

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

/// A card that is written out once and shown in many lists. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct ReadyCard(Arc<Written>);

#[derive(Debug)]
struct Written {
    card: Card,
    json: Box<RawValue>,
}

impl ReadyCard {
    pub(super) fn of(card: Card, market: &Market) -> Result<Self, Error> {
        let json = serde_json::value::to_raw_value(&CardView::of(card.clone(), market));
        let json = json.map_err(|error| Error::failed("a product's card can't be written", error))?;
        Ok(Self(Arc::new(Written { card, json })))
    }

    /// What it shows.
    pub(super) fn card(&self) -> &Card {
        &self.0.card
    }

    /// Bytes that it takes, about: its texts are there twice.
    pub(super) fn size(&self) -> usize {
        size_of::<Written>() + 2 * self.0.json.get().len()
    }
}

impl Serialize for ReadyCard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.json.serialize(serializer)
    }
}
