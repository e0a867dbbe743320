//! How products are shown.

use db::Conn;
use marketplace::catalog::attributes::{self, AttributeType, AttributeValue, ProductValue};
use marketplace::catalog::categories;
use marketplace::catalog::images::{self, Format, Image, Picture};
use marketplace::catalog::prices;
use marketplace::catalog::products::{self, Product, ProductStatus, Specs};
use marketplace::catalog::variants::{self, Choice, Options, Variant};
use marketplace::{Error, Market, Settings};
use serde::Serialize;
use types::{
    AttributeId, Discount, Gtin, ImageId, Money, Price, ProductId, Rating, StockLevel, Timestamp, VariantId,
    VendorId,
};
use utoipa::ToSchema;

use crate::api::categories::CategoryView;
use crate::api::images::FocalPoint;

/// The most units that the public learns of.
pub(crate) const MOST_SHOWN: i64 = 10;

/// For whom something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Everybody.
    Public,
    /// The shop's members and the operators: they see the exact stock.
    Members,
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = product)]
pub(crate) struct ProductView {
    /// Identifier.
    id: ProductId,
    /// Name in addresses.
    slug: String,
    /// Title.
    title: String,
    /// Description.
    description: String,
    /// Its category.
    category: Option<CategoryView>,
    /// The shop that sells it.
    vendor: SellerView,
    /// Properties.
    specs: Specs,
    /// Values of its category's attributes.
    attributes: Vec<AttributeValueView>,
    /// Where it stands.
    status: ProductStatus,
    /// What an operator wants to be changed; for members only.
    #[serde(skip_serializing_if = "Option::is_none")]
    review_reason: Option<String>,
    /// When it is published by itself; for members only.
    #[serde(skip_serializing_if = "Option::is_none")]
    publish_at: Option<Timestamp>,
    /// When it is archived by itself; for members only.
    #[serde(skip_serializing_if = "Option::is_none")]
    unpublish_at: Option<Timestamp>,
    /// Images in the seller's order.
    images: Vec<ImageView>,
    /// In what its variants differ.
    #[schema(value_type = Vec<OptionView>)]
    options: Options,
    /// The forms it is sold in, the default first.
    variants: Vec<VariantView>,
    /// List price of the default variant.
    price: Price,
    /// What a unit of the default variant costs now.
    final_price: Price,
    /// What is taken off the default variant.
    discount: Option<Discount>,
    /// How many units one buyer may have.
    max_per_customer: Option<i64>,
    /// Before this moment nobody can buy it.
    sale_starts_at: Option<Timestamp>,
    /// Which tax applies to it, where it is not the usual.
    tax_class: Option<String>,
    /// While the default variant is reduced: its lowest price in the 30 days before the reduction began.
    lowest_price_30d: Option<Price>,
    /// Whether any variant can be bought.
    in_stock: bool,
    /// What buyers think of it.
    rating: Rating,
    /// When it was made.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
}

impl ProductView {
    /// The variants that it shows.
    pub(super) fn variants(&self) -> impl Iterator<Item = VariantId> {
        self.variants.iter().map(|variant| variant.id)
    }
}

/// The value of an attribute that the product's category has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = product_attribute)]
pub(crate) struct AttributeValueView {
    /// The attribute.
    id: AttributeId,
    /// What requests and searches call it.
    key: String,
    /// What people call it.
    name: String,
    /// What its values are.
    #[serde(rename = "type")]
    kind: AttributeType,
    /// What a number counts.
    unit: Option<String>,
    /// A text, a number, true or false.
    #[schema(value_type = serde_json::Value)]
    value: Option<AttributeValue>,
}

impl From<ProductValue> for AttributeValueView {
    fn from(value: ProductValue) -> Self {
        let ProductValue { id, key, name, kind, unit, value } = value;
        Self { id, key, name, kind, unit, value }
    }
}

/// The shop that sells a product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = seller)]
pub(crate) struct SellerView {
    /// Identifier.
    id: VendorId,
    /// Name in addresses.
    slug: String,
    /// Name.
    name: String,
    /// What buyers think of it.
    rating: Rating,
}

/// An option of a product.
#[derive(Debug, ToSchema)]
#[schema(as = product_option)]
#[expect(dead_code, reason = "describes what `Options` serialises to")]
pub(crate) struct OptionView {
    /// Such as `Size`.
    name: String,
    /// Such as `M`.
    values: Vec<String>,
}

/// A form of a product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = variant)]
pub(crate) struct VariantView {
    /// Identifier.
    id: VariantId,
    /// The seller's own number.
    sku: Option<String>,
    /// The values of its options; empty without options.
    title: String,
    /// Its value of each option.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    options: Choice,
    /// List price of a unit.
    price: Price,
    /// What a unit costs now.
    final_price: Price,
    /// What is taken off.
    discount: Option<Discount>,
    /// While it is reduced: its lowest price in the 30 days before the reduction began.
    lowest_price_30d: Option<Price>,
    /// Units there are: exact for members, at most 10 for the public.
    stock: i64,
    /// Whether it can be bought.
    in_stock: bool,
    /// Weight of a unit.
    weight_grams: Option<i64>,
    /// Its Global Trade Item Number.
    gtin: Option<Gtin>,
    /// The image of the product that shows it.
    image_id: Option<ImageId>,
    /// Members are told when the stock falls to this; only they see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    low_stock_threshold: Option<i64>,
}

impl VariantView {
    fn of(variant: Variant, lowest: Option<Money>, market: &Market, audience: Audience) -> Self {
        let currency = market.settings.currency;
        Self {
            final_price: variant.final_price(market.now()).in_currency(currency),
            id: variant.id,
            sku: variant.sku,
            title: variant.title,
            options: variant.choice,
            price: variant.price.in_currency(currency),
            discount: variant.discount,
            stock: match audience {
                Audience::Public => variant.stock.min(MOST_SHOWN),
                Audience::Members => variant.stock,
            },
            in_stock: variant.stock > 0,
            weight_grams: variant.weight.map(types::Grams::get),
            lowest_price_30d: lowest.map(|lowest| lowest.in_currency(currency)),
            gtin: variant.gtin,
            image_id: variant.image,
            low_stock_threshold: match audience {
                Audience::Public => None,
                Audience::Members => variant.low_stock.map(StockLevel::units),
            },
        }
    }
}

/// An image of a product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = image)]
pub(crate) struct ImageView {
    /// Identifier.
    id: ImageId,
    /// Where it is.
    url: String,
    /// Pixels across.
    width: i64,
    /// Pixels down.
    height: i64,
    /// What it shows, in words.
    alt: String,
    /// What must stay visible where it is cut.
    focal_point: Option<FocalPoint>,
    /// The widths it can be had in, as HTML's `srcset`: its own at once, smaller ones as WebP when they are
    /// made, within seconds.
    srcset: String,
    /// The same by form, for HTML's `<picture>`; empty until they are made.
    sources: Vec<ImageSourceView>,
}

/// An image in several widths of one form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = image_source)]
pub(crate) struct ImageSourceView {
    /// The media type.
    r#type: &'static str,
    /// The widths, as HTML's `srcset`.
    srcset: String,
}

impl ImageView {
    pub(crate) fn of(image: Image, market: &Market) -> Self {
        let PictureView { url, width, height, srcset, sources } =
            PictureView::of(&image.picture(), &market.settings);
        let focal_point = FocalPoint::of(&image);
        Self { id: image.id, focal_point, srcset, sources, url, width, height, alt: image.alt }
    }
}

/// A picture that is shown without words, such as a logo.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = picture)]
pub(crate) struct PictureView {
    /// Where it is.
    url: String,
    /// Pixels across.
    width: i64,
    /// Pixels down.
    height: i64,
    /// The widths it can be had in, as HTML's `srcset`: its own at once, smaller ones as WebP when they are
    /// made, within seconds.
    srcset: String,
    /// The same by form, for HTML's `<picture>`; empty until they are made.
    sources: Vec<ImageSourceView>,
}

impl PictureView {
    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn of(image: &Picture, settings: &Settings) -> Self {
        let address = |path: &str| format!("{}{path}", settings.public_url);
        let url = address(&image.path());
        let whole = format!("{url} {}w", image.width);
        let widths = |format| {
            let smaller = image.renditions(format).into_iter();
            smaller.map(|(width, path)| format!("{} {width}w", address(&path)))
        };
        let srcset = |format| {
            let all: Vec<String> = widths(format).chain([whole.clone()]).collect();
            all.join(", ")
        };
        let source = |format: Format| {
            // The file itself has one form only.
            let mut all: Vec<String> = widths(format).collect();
            all.extend((format == image.format).then(|| whole.clone()));
            ImageSourceView { r#type: format.media_type(), srcset: all.join(", ") }
        };
        let forms = [Format::WebP, Format::Jpeg].into_iter();
        let sources = forms.filter(|format| widths(*format).next().is_some()).map(source).collect();
        Self { srcset: srcset(Format::WebP), sources, url, width: image.width, height: image.height }
    }
}

/// The whole address of a stored file.
pub(crate) fn media_url(market: &Market, path: &str) -> String {
    format!("{}{path}", market.settings.public_url)
}

/// A variant as its shop's members see it.
pub(crate) async fn show_variant(
    conn: &mut Conn,
    market: &Market,
    variant: Variant,
) -> Result<VariantView, Error> {
    let published_at = products::find(conn, &variant.product.into()).await?.and_then(|one| one.published_at);
    let lowest = prices::lowest(conn, market.now(), published_at, std::slice::from_ref(&variant)).await?;
    let lowest = lowest.get(&variant.id).copied();
    Ok(VariantView::of(variant, lowest, market, Audience::Members))
}

/// The product as it is shown, with its variants and images.
pub(crate) async fn show(
    conn: &mut Conn,
    market: &Market,
    product: Product,
    audience: Audience,
) -> Result<ProductView, Error> {
    Ok(show_until(conn, market, product, audience).await?.0)
}

/// The same, and when the next discount of a variant begins or ends: then it looks different.
pub(super) async fn show_until(
    conn: &mut Conn,
    market: &Market,
    product: Product,
    audience: Audience,
) -> Result<(ProductView, Option<Timestamp>), Error> {
    let variants = variants::of_product(conn, product.id).await?;
    let discounts = variants.iter().filter_map(|variant| variant.discount);
    let until = discounts.filter_map(|discount| discount.changes_after(market.now())).min();
    let images = images::of_product(conn, product.id).await?;
    let category = match product.category {
        Some(category) => {
            let tree = categories::around(conn, category).await?;
            tree.get(category).map(|category| CategoryView::of(&tree, category))
        }
        None => None,
    };
    let attributes = attributes::of_product(conn, product.id).await?;
    let currency = market.settings.currency;
    let lowest = prices::lowest(conn, market.now(), product.published_at, &variants).await?;
    let shown = |variant: Variant| {
        let lowest = lowest.get(&variant.id).copied();
        VariantView::of(variant, lowest, market, audience)
    };
    let default = variants.first().ok_or_else(|| Error::internal("a product has no default variant"))?;
    let view = ProductView {
        id: product.id,
        slug: product.slug,
        title: product.title,
        description: product.description,
        category,
        vendor: SellerView {
            id: product.vendor,
            slug: product.vendor_slug,
            name: product.vendor_name,
            rating: product.vendor_rating,
        },
        specs: product.specs,
        attributes: attributes.into_iter().map(AttributeValueView::from).collect(),
        status: product.status,
        review_reason: product.review_reason.filter(|_| audience == Audience::Members),
        publish_at: product.publish_at.filter(|_| audience == Audience::Members),
        unpublish_at: product.unpublish_at.filter(|_| audience == Audience::Members),
        images: images.into_iter().map(|image| ImageView::of(image, market)).collect(),
        options: product.options,
        price: default.price.in_currency(currency),
        final_price: default.final_price(market.now()).in_currency(currency),
        discount: default.discount,
        max_per_customer: product.terms.max_per_customer,
        sale_starts_at: product.terms.opens_at,
        tax_class: product.terms.tax_class,
        lowest_price_30d: lowest.get(&default.id).map(|lowest| lowest.in_currency(currency)),
        in_stock: variants.iter().any(|variant| variant.stock > 0),
        variants: variants.into_iter().map(shown).collect(),
        rating: product.rating,
        created_at: product.created_at,
        updated_at: product.updated_at,
    };
    Ok((view, until))
}
