//! What an import is, and what a file's rows say of products.

use types::{
    Discount, FieldErrors, Grams, Gtin, ImportId, Line, Money, ProductId, Prose, Sku, StockLevel, Timestamp,
    UserId, VendorId,
};

use super::kept::Received;
use crate::catalog::products::Specs;
use crate::catalog::variants::{MAX_VARIANTS, Options, Wanted};
use crate::states::states;

/// The largest file, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;

/// The most errors of an import that are shown at once.
pub const MAX_ERRORS: i64 = 1_000;

/// The most that are kept.
pub(super) const MAX_KEPT_ERRORS: i64 = 10_000;

/// The longest name of a column that an error tells.
const MAX_COLUMN: usize = 200;

states! {
    /// How far an import is.
    pub enum ImportStatus {
        /// Waits for a worker.
        Queued = "queued",
        /// Is being read.
        Running = "running",
        /// Every row was read; some may have errors.
        Completed = "completed",
        /// The file as a whole can't be read.
        Failed = "failed",
    }
}

impl ImportStatus {
    /// Whether nothing more will happen.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

states! {
    /// Whose product export a file is.
    pub enum Format {
        /// Shopify's.
        Shopify = "shopify",
        /// `WooCommerce`'s.
        WooCommerce = "woocommerce",
        /// Icecat's: a JSON object on each line.
        Icecat = "icecat",
    }
}

states! {
    /// What an import does.
    pub enum Mode {
        /// It writes products.
        Write = "write",
        /// It finds what it would do and what errors there are, and changes nothing.
        DryRun = "dry_run",
    }
}

/// A file of products and how far it was read.
#[derive(Debug, Clone)]
pub struct Import {
    /// Identifier.
    pub id: ImportId,
    /// The shop that it is for.
    pub vendor: VendorId,
    /// What it does.
    pub mode: Mode,
    /// How far it is.
    pub status: ImportStatus,
    /// What the file was called.
    pub file_name: String,
    /// Rows that were dealt with.
    pub rows_done: i64,
    /// Rows of the file, without the header; 0 until it was opened.
    pub rows_total: i64,
    /// Products that were made so far.
    pub products_created: i64,
    /// Products that were there and brought up to date so far.
    pub products_updated: i64,
    /// Errors that were found so far, kept or not.
    pub error_count: i64,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

db::from_row!(Import {
    id,
    vendor,
    mode,
    status,
    file_name,
    rows_done,
    rows_total,
    products_created,
    products_updated,
    error_count,
    created_at,
    finished_at
});

/// A file to be imported.
#[derive(Debug, Clone)]
pub struct Upload {
    /// What it is called; for the seller to recognise it.
    pub file_name: String,
    /// Where it is kept.
    pub file: Received,
    /// The stock of new variants of which the file says none.
    pub default_stock: StockLevel,
    /// What is to be done with it.
    pub mode: Mode,
}

/// An uploaded file and for whom it is to be read.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) vendor: VendorId,
    pub(super) user: UserId,
    pub(super) status: ImportStatus,
    /// How long the file is.
    pub(super) bytes: i64,
    pub(super) default_stock: StockLevel,
    pub(super) mode: Mode,
}

db::from_row!(Work { vendor, user, status, bytes, default_stock, mode });

/// A row that was not imported, or not as it is written, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The line of the file where the record begins; the header is 1.
    pub line: u64,
    /// The column's name in the header; empty when the whole record is wrong.
    pub column: String,
    /// A sentence for the seller.
    pub detail: String,
}

db::from_row!(RowError { line, column, detail });

impl RowError {
    pub(super) fn new(line: u64, column: impl Into<String>, detail: impl Into<String>) -> Self {
        // Both quote the file.
        let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        let column: String = column.into();
        let detail: String = detail.into();
        Self {
            line,
            column: column.chars().take(MAX_COLUMN).map(shown).collect(),
            detail: detail.chars().map(shown).collect(),
        }
    }
}

/// What a file calls the columns that a catalogue's refusal may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnNames {
    pub(super) key: String,
    pub(super) sku: String,
    pub(super) option: String,
    pub(super) image: String,
}

/// A product as a file describes it.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// The line of its first row.
    pub(super) line: u64,
    /// The product that was exported to this row, when the file is our own.
    pub(super) exported: Option<ProductId>,
    /// What the file calls it: a handle or an SKU. A second import finds it by this.
    pub(super) key: String,
    pub(super) title: Line<120>,
    pub(super) description: Option<Description>,
    /// Names of the category and those above it, from the root; empty when the file has none.
    pub(super) category: Vec<String>,
    pub(super) is_published: bool,
    pub(super) specs: Specs,
    /// Names of the options, in the file's order; empty for a simple product.
    pub(super) options: Vec<Line<50>>,
    /// At least one.
    pub(super) variants: Vec<DraftVariant>,
    /// In the file's order.
    pub(super) images: Vec<DraftImage>,
    /// How many rows of the file it was made of.
    pub(super) rows: i64,
}

/// An image as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DraftImage {
    pub(super) line: u64,
    /// Where it can be had.
    pub(super) url: String,
    /// What it shows, in words.
    pub(super) alt: Option<String>,
}

/// A description before and after its HTML was cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) written: String,
    pub(super) clean: Prose<5000>,
}

/// A variant as a file describes it.
#[derive(Debug, Clone)]
pub(super) struct DraftVariant {
    pub(super) line: u64,
    /// A value for each option of the product, in the same order.
    pub(super) values: Vec<Line<50>>,
    pub(super) sku: Option<Sku>,
    pub(super) price: Money,
    pub(super) discount: Option<Discount>,
    /// Absent when the file says nothing: then the import's default, or what it was before.
    pub(super) stock: Option<StockLevel>,
    pub(super) weight: Option<Grams>,
    pub(super) gtin: Option<Gtin>,
}

impl Draft {
    /// What a variant chooses of the product's options.
    pub(super) fn wanted(&self, variant: &DraftVariant) -> Wanted {
        self.options.iter().map(Line::to_string).zip(variant.values.iter().cloned()).collect()
    }

    /// The options of these variants: each value once, in the order of the rows.
    pub(super) fn options_of(&self, variants: &[DraftVariant]) -> Result<Options, FieldErrors> {
        let values = |place: usize| {
            let mut seen: Vec<Line<50>> = Vec::new();
            for value in variants.iter().filter_map(|variant| variant.values.get(place)) {
                if !seen.contains(value) {
                    seen.push(value.clone());
                }
            }
            seen
        };
        let options = self.options.iter().enumerate();
        Options::new(options.map(|(place, name)| (name.clone(), values(place))).collect(), "/options")
    }
}

/// Collects the variants of a product: what can't be one is an error of its row, under the name of the
/// column `option` when the product has one with the same values, or too many.
pub(super) fn gather(
    found: impl Iterator<Item = Result<DraftVariant, RowError>>,
    option: &str,
    errors: &mut Vec<RowError>,
) -> Vec<DraftVariant> {
    let mut variants: Vec<DraftVariant> = Vec::new();
    for variant in found {
        match variant {
            Err(error) => errors.push(error),
            Ok(variant) if variants.iter().any(|known| known.values == variant.values) => {
                errors.push(RowError::new(variant.line, option, "the product has this variant already"));
            }
            Ok(variant) if variants.len() >= MAX_VARIANTS => {
                let why = format!("a product has at most {MAX_VARIANTS} variants");
                errors.push(RowError::new(variant.line, option, why));
            }
            Ok(variant) => variants.push(variant),
        }
    }
    variants
}
