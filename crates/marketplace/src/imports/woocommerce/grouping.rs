//! Which rows make each product.

use std::collections::HashMap;

use super::{is, kind, names};
use crate::imports::groups::Groups;
use crate::imports::model::{ColumnNames, RowError};
use crate::imports::table::Table;

/// The columns of a file, and which of its rows make each product: its own first, then those of its variations.
pub(in crate::imports) fn open(table: &Table, errors: &mut Vec<RowError>) -> (ColumnNames, Groups) {
    let spelled = |column| table.spelled(column).to_owned();
    let columns = ColumnNames {
        key: spelled("SKU"),
        sku: spelled("SKU"),
        option: spelled("Attribute 1 value(s)"),
        image: spelled("Images"),
    };
    (columns, groups(table, errors))
}

fn groups(table: &Table, errors: &mut Vec<RowError>) -> Groups {
    let mut variations: HashMap<String, Vec<u32>> = HashMap::new();
    let mut products: Vec<(u32, Vec<String>)> = Vec::new();
    for (number, row) in (0..).zip(table.rows()) {
        let kind = kind(table, &row);
        if !is(&kind, "variation") {
            let has_variations = is(&kind, "variable") && !is(&kind, "simple");
            products.push((number, if has_variations { names(table, &row) } else { Vec::new() }));
            continue;
        }
        match table.raw(&row, "Parent") {
            Some(parent) => variations.entry(parent.to_owned()).or_default().push(number),
            None => errors.push(table.mistake(&row, "Parent", "a variation needs its product")),
        }
    }
    let mut groups = Groups::default();
    for (number, names) in products {
        let own = names.iter().flat_map(|name| variations.remove(name).unwrap_or_default());
        groups.add(std::iter::once(number).chain(own));
    }
    for number in variations.into_values().flatten() {
        let row = table.row(number as usize);
        errors.push(table.mistake(&row, "Parent", "the file has no such variable product"));
    }
    groups
}
