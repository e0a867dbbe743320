//! Shopify's product export: a row for each variant, the product's fields on the first row of a handle,
//! and rows that only carry another image.
//!
//! What we write ourselves has four columns more, in the form of Shopify's own metafields, for what the
//! format has no place for: the product itself, its other properties, and discounts and options of forms
//! that Shopify does not know.

mod reading;
mod writing;

pub(super) use reading::{open, product};
pub(super) use writing::{Terms, header, rows};

use types::Money;

use super::barcodes::Columns;
use super::table::Table;

/// Shopify's way to say that a product has no options.
const NO_OPTION: &str = "Default Title";

const OPTIONS: [(&str, &str); 3] =
    [("Option1 Name", "Option1 Value"), ("Option2 Name", "Option2 Value"), ("Option3 Name", "Option3 Value")];

/// Columns and the properties that they become.
const SPECS: [(&str, &str); 3] = [("Vendor", "Brand"), ("Type", "Type"), ("Tags", "Tags")];

const BARCODE: &str = "Variant Barcode";

const BARCODES: Columns = Columns(&[BARCODE]);

/// The lowest price of a file: a discount in percent can leave less of a low one, which its own column says.
const LEAST_PRICE: Money = Money::from_minor(1);

/// The product's identifier.
const OWN_ID: &str = "Souk ID (product.metafields.souk.id)";
/// Its properties as JSON, when the columns of [`SPECS`] and the barcode don't say them all.
const OWN_SPECS: &str = "Souk Specs (product.metafields.souk.specs)";
/// A variant's discount as JSON, when it is not an amount off for ever.
const OWN_DISCOUNT: &str = "Souk Discount (variant.metafields.souk.discount)";
/// A variant's options as JSON, when they are more than the columns of [`OPTIONS`].
const OWN_OPTIONS: &str = "Souk Options (variant.metafields.souk.options)";

/// The names of Shopify's newer template for what older files call otherwise.
const NEWER_NAMES: [(&str, &str); 14] = [
    ("URL handle", "Handle"),
    ("Description", "Body (HTML)"),
    ("Published on online store", "Published"),
    ("SKU", "Variant SKU"),
    ("Barcode", "Variant Barcode"),
    ("Price", "Variant Price"),
    ("Compare-at price", "Variant Compare At Price"),
    ("Inventory quantity", "Variant Inventory Qty"),
    ("Weight value (grams)", "Variant Grams"),
    ("Product image URL", "Image Src"),
    ("Image position", "Image Position"),
    ("Image alt text", "Image Alt Text"),
    ("Variant image URL", "Variant Image"),
    ("Google product category", "Google Shopping / Google Product Category"),
];

/// Whether the file is of this format.
pub(super) fn recognises(table: &Table) -> bool {
    (table.has("Handle") && table.has("Variant Price")) || (table.has("URL handle") && table.has("Price"))
}
