//! From products to the rows of a file.

use serde_json::{Map, Value, json};
use types::{Currency, Discount, PriceCut, Timestamp};

use super::{BARCODE, LEAST_PRICE, NO_OPTION, OPTIONS, OWN_DISCOUNT, OWN_ID, OWN_OPTIONS, OWN_SPECS, SPECS};
use crate::catalog::bulk::Whole;
use crate::catalog::images::Image;
use crate::catalog::products::{Product, ProductStatus};
use crate::catalog::variants::Variant;
use crate::imports::{barcodes, cell};

const COLUMNS: [&str; 38] = [
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Product Category",
    "Type",
    "Tags",
    "Published",
    "Option1 Name",
    "Option1 Value",
    "Option2 Name",
    "Option2 Value",
    "Option3 Name",
    "Option3 Value",
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Inventory Policy",
    "Variant Fulfillment Service",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Requires Shipping",
    "Variant Taxable",
    BARCODE,
    "Image Src",
    "Image Position",
    "Image Alt Text",
    "Gift Card",
    "SEO Title",
    "SEO Description",
    OWN_ID,
    OWN_SPECS,
    OWN_DISCOUNT,
    OWN_OPTIONS,
    "Variant Weight Unit",
    "Variant Tax Code",
    "Status",
];

/// What prices and addresses are written in.
#[derive(Debug, Clone)]
pub(in crate::imports) struct Terms<'a> {
    pub(in crate::imports) currency: Currency,
    /// What the addresses of images begin with.
    pub(in crate::imports) public_url: &'a str,
    /// When it is: a discount that does not hold now is in no price.
    pub(in crate::imports) now: Timestamp,
}

/// The names of the columns.
pub(in crate::imports) fn header() -> [&'static str; 38] {
    COLUMNS
}

/// A row, filled in column by column.
struct Row([String; 38]);

impl Row {
    fn of(product: &Product) -> Self {
        let mut row = Self(std::array::from_fn(|_| String::new()));
        row.set("Handle", &product.slug);
        row
    }

    /// Sets a cell; one that a spreadsheet could take for a formula is guarded.
    fn set(&mut self, column: &str, text: &str) {
        if let Some(place) = COLUMNS.iter().position(|name| *name == column) {
            self.0[place] = cell::guarded(text);
        }
    }
}

/// The rows of a product: one for each variant, and more where it has more images than variants.
pub(in crate::imports) fn rows(whole: &Whole, category: &str, terms: &Terms<'_>) -> Vec<[String; 38]> {
    let Whole { product, variants, images } = whole;
    let count = variants.len().max(images.len());
    let mut rows: Vec<Row> = (0..count).map(|_| Row::of(product)).collect();
    if let Some(first) = rows.first_mut() {
        describe(first, whole, category);
    }
    for (place, (row, variant)) in rows.iter_mut().zip(variants).enumerate() {
        sell(row, product, variant, place == 0, terms);
    }
    for (place, (row, image)) in rows.iter_mut().zip(images).enumerate() {
        picture(row, image, place, terms);
    }
    rows.into_iter().map(|row| row.0).collect()
}

/// The product's own fields.
fn describe(row: &mut Row, Whole { product, variants, .. }: &Whole, category: &str) {
    let is_published = product.status == ProductStatus::Published;
    row.set("Title", &product.title);
    row.set("Body (HTML)", &product.description);
    row.set("Product Category", category);
    row.set("Published", if is_published { "TRUE" } else { "FALSE" });
    row.set("Status", if is_published { "active" } else { "draft" });
    row.set("Gift Card", "FALSE");
    row.set(OWN_ID, &product.id.to_string());
    let specs = product.specs.as_map();
    let mut said = Map::new();
    // The variant's GTIN has the cell before the product's own barcode; one that would be taken for a GTIN, or for
    // one that is damaged, has no cell.
    let has_room = variants.first().is_none_or(|variant| variant.gtin.is_none());
    let is_told = |name, text: &str| name != barcodes::PROPERTY || (has_room && barcodes::is_own(text));
    for (column, name) in SPECS.into_iter().chain([(BARCODE, barcodes::PROPERTY)]) {
        if let Some(Value::String(text)) = specs.get(name)
            && !text.is_empty()
            && text.trim() == text
            && is_told(name, text)
        {
            row.set(column, text);
            said.insert(name.to_owned(), json!(text));
        }
    }
    if said != *specs {
        row.set(OWN_SPECS, &Value::Object(specs.clone()).to_string());
    }
}

/// A variant's fields.
fn sell(row: &mut Row, product: &Product, variant: &Variant, is_first: bool, terms: &Terms<'_>) {
    choose(row, product, variant, is_first);
    let asked = variant.final_price(terms.now).max(LEAST_PRICE);
    row.set("Variant SKU", variant.sku.as_deref().unwrap_or_default());
    row.set("Variant Grams", &variant.weight.map_or(0, types::Grams::get).to_string());
    row.set("Variant Inventory Tracker", "shopify");
    row.set("Variant Inventory Qty", &variant.stock.to_string());
    row.set("Variant Inventory Policy", "deny");
    row.set("Variant Fulfillment Service", "manual");
    row.set("Variant Price", &cell::written_price(asked, terms.currency));
    if asked < variant.price {
        row.set("Variant Compare At Price", &cell::written_price(variant.price, terms.currency));
    }
    if let Some(gtin) = &variant.gtin {
        row.set(BARCODE, gtin.as_str());
    }
    row.set("Variant Requires Shipping", "TRUE");
    row.set("Variant Taxable", "TRUE");
    row.set("Variant Weight Unit", "g");
    if let Some(discount) = variant.discount.filter(|discount| !is_plain(discount)) {
        row.set(OWN_DISCOUNT, &serde_json::to_string(&discount).unwrap_or_default());
    }
}

/// Whether the two prices alone say it.
fn is_plain(discount: &Discount) -> bool {
    matches!(discount, Discount { cut: PriceCut::Amount(_), starts_at: None, ends_at: None })
}

fn choose(row: &mut Row, product: &Product, variant: &Variant, is_first: bool) {
    if product.options.is_empty() {
        if is_first {
            row.set("Option1 Name", "Title");
        }
        row.set("Option1 Value", NO_OPTION);
    }
    for ((name_column, value_column), (name, value)) in OPTIONS.iter().zip(variant.choice.pairs()) {
        if is_first {
            row.set(name_column, name);
        }
        row.set(value_column, value);
    }
    if product.options.as_slice().len() > OPTIONS.len() {
        row.set(OWN_OPTIONS, &serde_json::to_string(&variant.choice).unwrap_or_default());
    }
}

fn picture(row: &mut Row, image: &Image, place: usize, terms: &Terms<'_>) {
    row.set("Image Src", &format!("{}{}", terms.public_url, image.path()));
    row.set("Image Position", &(place + 1).to_string());
    row.set("Image Alt Text", &image.alt);
}
