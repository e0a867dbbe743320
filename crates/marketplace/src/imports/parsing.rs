//! From a file to what it says, whichever format it has, a product at a time.
//!
//! A file is looked through once, for its format, its rows and which of them belong together; then its products
//! are made one after the other, always in the same order. So neither a large file nor its many products are in
//! memory as a whole, and whoever begins again finds the place where they were.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use types::{Currency, Sku};

use super::groups::Groups;
use super::icecat::{self, Uploaded};
use super::model::{ColumnNames, Draft, Format, RowError};
use super::table::{Content, Row, Table};
use super::{shopify, woocommerce};

/// A file that has been looked through.
pub(super) struct Opened {
    pub(super) format: Format,
    pub(super) columns: ColumnNames,
    /// Rows of the file, good or bad, without the header.
    pub(super) rows: i64,
    /// The rows that can't be read, or that belong to no product; others are told with their products.
    pub(super) errors: Vec<RowError>,
    /// How many rows those are.
    pub(super) lost: i64,
    /// What it says.
    pub(super) items: Items,
}

/// What some rows of a file say.
#[derive(Debug)]
pub(super) struct Item {
    /// The product, unless every row has an error.
    pub(super) draft: Option<Draft>,
    pub(super) errors: Vec<RowError>,
    /// How many rows it is made of.
    pub(super) rows: i64,
}

/// Looks through a file; `Err` when it is of no known format.
pub(super) fn open(mut content: Box<dyn Content>, currency: Currency) -> Result<Opened, RowError> {
    if icecat::recognises(&mut content)? {
        return icecat::open(content).map(|(uploaded, rows)| Opened {
            format: Format::Icecat,
            columns: icecat::columns(),
            rows,
            errors: Vec::new(),
            lost: 0,
            items: Items::of(Source::Icecat(uploaded), icecat::columns()),
        });
    }
    let mut table = Table::read(content)?;
    let format = recognise(&table)?;
    let rows = count(table.len() + table.errors.len());
    let mut errors = std::mem::take(&mut table.errors);
    let (columns, groups) = match format {
        Format::Shopify => shopify::open(&mut table, &mut errors),
        Format::WooCommerce | Format::Icecat => woocommerce::open(&table, &mut errors),
    };
    errors.sort_by_key(|error| error.line);
    let lost = count(errors.len());
    let items = Items::of(Source::Table { table, format, currency, groups }, columns.clone());
    Ok(Opened { format, columns, rows, errors, lost, items })
}

fn recognise(table: &Table) -> Result<Format, RowError> {
    if shopify::recognises(table) {
        Ok(Format::Shopify)
    } else if woocommerce::recognises(table) {
        Ok(Format::WooCommerce)
    } else {
        let why = "this is neither Shopify's nor WooCommerce's product export: the columns are others";
        Err(RowError::new(1, "", why))
    }
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

/// The products of a file, one after the other.
pub(super) struct Items {
    source: Source,
    columns: ColumnNames,
    next: usize,
    seen: Seen,
}

/// Where products come from.
enum Source {
    Table { table: Table, format: Format, currency: Currency, groups: Groups },
    Icecat(Uploaded),
}

impl Items {
    fn of(source: Source, columns: ColumnNames) -> Self {
        Self { source, columns, next: 0, seen: Seen::default() }
    }

    fn read(&mut self) -> Option<Item> {
        match &mut self.source {
            Source::Table { table, format, currency, groups } => {
                let numbers = groups.get(self.next)?;
                self.next += 1;
                let rows: Vec<Row> = numbers.iter().map(|number| table.row(*number as usize)).collect();
                let rows: Vec<&Row> = rows.iter().collect();
                let mut errors = Vec::new();
                let made = match format {
                    Format::Shopify => shopify::product(table, *currency, &rows, &mut errors),
                    Format::WooCommerce | Format::Icecat => {
                        woocommerce::product(table, *currency, &rows, &mut errors)
                    }
                };
                let draft = made.unwrap_or_else(|error| {
                    errors.push(error);
                    None
                });
                Some(Item { draft, errors, rows: count(rows.len()) })
            }
            Source::Icecat(uploaded) => Some(match uploaded.next()? {
                Ok(draft) => Item { draft: Some(draft), errors: Vec::new(), rows: 1 },
                Err(error) => Item { draft: None, errors: vec![error], rows: 1 },
            }),
        }
    }
}

impl Iterator for Items {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let Item { draft, mut errors, rows } = self.read()?;
        let draft = draft.and_then(|draft| self.seen.admit(draft, &self.columns, &mut errors));
        Some(Item { draft, errors, rows })
    }
}

/// What came before: products are written several at once, so that of those that are the same the first must be
/// known before.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The lines of products by what the file calls them, and of variants by their SKUs.
    keys: HashMap<Box<str>, u64>,
    skus: HashMap<Sku, u64>,
}

impl Seen {
    /// The product without those of its variants that came before; none when nothing of it is new.
    pub(super) fn admit(
        &mut self,
        mut draft: Draft,
        columns: &ColumnNames,
        errors: &mut Vec<RowError>,
    ) -> Option<Draft> {
        match self.keys.entry(draft.key.as_str().into()) {
            Entry::Occupied(first) => {
                let why = format!("line {} is the same product", first.get());
                errors.push(RowError::new(draft.line, &columns.key, why));
                return None;
            }
            Entry::Vacant(place) => place.insert(draft.line),
        };
        draft.variants.retain(|variant| {
            let Some(sku) = &variant.sku else { return true };
            let first = *self.skus.entry(sku.clone()).or_insert(variant.line);
            if first != variant.line {
                errors.push(RowError::new(variant.line, &columns.sku, format!("line {first} has this SKU")));
            }
            first == variant.line
        });
        (!draft.variants.is_empty()).then_some(draft)
    }
}

/// All that a file says, for tests.
#[cfg(test)]
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) drafts: Vec<Draft>,
    pub(super) errors: Vec<RowError>,
    pub(super) rows: i64,
}

#[cfg(test)]
pub(super) fn parse(content: &[u8], currency: Currency) -> Result<Parsed, RowError> {
    let Opened { rows, mut errors, items, lost, .. } =
        open(Box::new(std::io::Cursor::new(content.to_vec())), currency)?;
    let (mut drafts, mut counted) = (Vec::new(), lost);
    for mut item in items {
        counted += item.rows;
        errors.append(&mut item.errors);
        drafts.extend(item.draft);
    }
    assert_eq!(counted, rows, "each row is counted once");
    errors.sort_by_key(|error| error.line);
    Ok(Parsed { drafts, errors, rows })
}
