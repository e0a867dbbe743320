//! From a file to what it says, whichever format it has.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use types::{Currency, Sku};

use super::model::{ColumnNames, Draft, Format, Parsed, RowError};
use super::table::Table;
use super::{icecat, shopify, woocommerce};

/// What a file says; `Err` when it is of no known format.
pub(super) fn parse(content: &[u8], currency: Currency) -> Result<Parsed, RowError> {
    if icecat::recognises(content) {
        return icecat::parse(content, currency);
    }
    let mut table = Table::read(content)?;
    let format = recognise(&table)?;
    let rows = i64::try_from(table.rows.len() + table.errors.len()).unwrap_or(i64::MAX);
    let mut errors = std::mem::take(&mut table.errors);
    let (columns, drafts) = match format {
        Format::Shopify => shopify::parse(&mut table, currency, &mut errors),
        Format::WooCommerce | Format::Icecat => woocommerce::parse(&table, currency, &mut errors),
    };
    Ok(finished(format, columns, drafts, errors, rows))
}

/// What a file says, when each product and each SKU is taken once.
pub(super) fn finished(
    format: Format,
    columns: ColumnNames,
    drafts: Vec<Draft>,
    mut errors: Vec<RowError>,
    rows: i64,
) -> Parsed {
    let drafts = without_repeats(drafts, &columns, &mut errors);
    errors.sort_by_key(|error| error.line);
    Parsed { format, columns, drafts, errors, rows }
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

/// The products without those, and those of their variants, that come a second time in the file: products
/// are written several at once, so that the first must be known before.
fn without_repeats(drafts: Vec<Draft>, columns: &ColumnNames, errors: &mut Vec<RowError>) -> Vec<Draft> {
    let mut keys: HashMap<String, u64> = HashMap::new();
    let mut skus: HashMap<Sku, u64> = HashMap::new();
    let mut kept = Vec::with_capacity(drafts.len());
    for mut draft in drafts {
        match keys.entry(draft.key.clone()) {
            Entry::Occupied(first) => {
                let why = format!("line {} is the same product", first.get());
                errors.push(RowError::new(draft.line, &columns.key, why));
                continue;
            }
            Entry::Vacant(place) => place.insert(draft.line),
        };
        draft.variants.retain(|variant| {
            let Some(sku) = &variant.sku else { return true };
            let first = *skus.entry(sku.clone()).or_insert(variant.line);
            if first != variant.line {
                errors.push(RowError::new(variant.line, &columns.sku, format!("line {first} has this SKU")));
            }
            first == variant.line
        });
        if !draft.variants.is_empty() {
            kept.push(draft);
        }
    }
    kept
}
