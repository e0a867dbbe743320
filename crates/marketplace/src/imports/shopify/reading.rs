//! From the rows of a file to products.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use types::{Currency, Discount, FieldErrors, Line, Money, PriceCut};

use super::{
    BARCODES, LEAST_PRICE, NEWER_NAMES, NO_OPTION, OPTIONS, OWN_DISCOUNT, OWN_ID, OWN_OPTIONS, OWN_SPECS,
    SPECS,
};
use crate::catalog::products::Specs;
use crate::imports::groups::Groups;
use crate::imports::model::{ColumnNames, Draft, DraftImage, DraftVariant, RowError, gather};
use crate::imports::table::{Row, Table};
use crate::imports::{barcodes, cell};

/// The columns of a file, and which of its rows make each product.
pub(in crate::imports) fn open(table: &mut Table, errors: &mut Vec<RowError>) -> (ColumnNames, Groups) {
    for (newer, older) in NEWER_NAMES {
        table.also_call(newer, older);
    }
    let spelled = |column| table.spelled(column).to_owned();
    let names = ColumnNames {
        key: spelled("Handle"),
        sku: spelled("Variant SKU"),
        option: spelled("Option1 Value"),
        image: spelled("Image Src"),
    };
    (names, groups(table, errors))
}

/// The rows of each handle, in the order in which handles first come.
fn groups(table: &Table, errors: &mut Vec<RowError>) -> Groups {
    let mut products: HashMap<String, u32> = HashMap::new();
    let mut members = Vec::with_capacity(table.len());
    for (number, row) in (0..).zip(table.rows()) {
        let Some(handle) = table.cell(&row, "Handle") else {
            errors.push(table.mistake(&row, "Handle", "a row needs the handle of its product"));
            continue;
        };
        let next = u32::try_from(products.len()).unwrap_or(u32::MAX);
        let product = match products.get(handle) {
            Some(known) => *known,
            None => *products.entry(handle.to_owned()).or_insert(next),
        };
        members.push((product, number));
    }
    Groups::of(members)
}

/// The product of some rows; none when each of them has an error of its own.
pub(in crate::imports) fn product(
    table: &Table,
    currency: Currency,
    rows: &[&Row],
    errors: &mut Vec<RowError>,
) -> Result<Option<Draft>, RowError> {
    let Some(first) = rows.first() else { return Ok(None) };
    let at = |column: &str, why: String| table.mistake(first, column, why);
    let handle = table.cell(first, "Handle").unwrap_or_default();
    if handle.chars().count() > 255 || handle.contains(char::is_control) {
        return Err(at("Handle", "must be a line of at most 255 characters".to_owned()));
    }
    let title =
        table.cell(first, "Title").ok_or_else(|| at("Title", "a product needs a title".to_owned()))?;
    let title = title.parse().map_err(|error: types::TextError| at("Title", error.to_string()))?;
    let body = table.cell(first, "Body (HTML)").unwrap_or_default();
    let description = cell::description(body).map_err(|why| at("Body (HTML)", why))?;
    let options = OptionColumns::of(table, first)?;
    let variant_rows: Vec<&&Row> = rows.iter().filter(|row| is_variant(table, row)).collect();
    if variant_rows.is_empty() {
        return Err(at("Variant Price", "no row of this product has a price".to_owned()));
    }
    errors.extend(barcode_mistakes(table, rows));
    let found = variant_rows.into_iter().map(|row| variant(table, currency, row, &options));
    let variants = gather(found, table.spelled("Option1 Value"), errors);
    if variants.is_empty() {
        return Ok(None);
    }
    Ok(Some(Draft {
        line: first.line,
        exported: table.cell(first, OWN_ID).and_then(|id| id.parse().ok()),
        key: handle.to_owned(),
        title,
        description,
        category: category(table, first),
        is_published: is_published(table, first),
        specs: specs(table, first)?,
        options: options.into_names(),
        variants,
        images: images(table, rows, errors),
        rows: i64::try_from(rows.len()).unwrap_or(i64::MAX),
    }))
}

/// A row with a price or an option's value is a variant; one with neither only brings another image.
fn is_variant(table: &Table, row: &Row) -> bool {
    table.cell(row, "Variant Price").is_some() || table.cell(row, "Option1 Value").is_some()
}

/// The barcodes that are left out. That of the first row may become a property of the product.
fn barcode_mistakes(table: &Table, rows: &[&Row]) -> Vec<RowError> {
    let first = rows.first().and_then(|row| BARCODES.mistake(table, row));
    let others = rows.iter().skip(1).filter(|row| is_variant(table, row));
    first.into_iter().chain(others.filter_map(|row| BARCODES.mistake_behind_the_first(table, row))).collect()
}

/// The images of a product: those of its rows, in the order of their positions, each once.
fn images(table: &Table, rows: &[&Row], errors: &mut Vec<RowError>) -> Vec<DraftImage> {
    let mut images: Vec<(u32, DraftImage)> = Vec::new();
    for row in rows {
        for column in ["Image Src", "Variant Image"] {
            let Some(text) = table.cell(row, column) else { continue };
            let url = match cell::image(text) {
                Ok(url) => url,
                Err(why) => {
                    errors.push(table.mistake(row, column, why));
                    continue;
                }
            };
            if images.iter().any(|(_, known)| known.url == url) {
                continue;
            }
            let is_own = column == "Image Src";
            let position = table.cell(row, "Image Position").filter(|_| is_own);
            let alt = table.cell(row, "Image Alt Text").filter(|_| is_own).map(cell::alt);
            let position = position.and_then(|text| text.parse().ok()).unwrap_or(u32::MAX);
            images.push((position, DraftImage { line: row.line, url, alt }));
        }
    }
    images.sort_by_key(|(position, _)| *position);
    images.into_iter().map(|(_, image)| image).collect()
}

/// Where the values of a product's options stand.
enum OptionColumns {
    /// Each in a column of its own.
    Each(Vec<(Line<50>, &'static str)>),
    /// All in one column, as JSON.
    Together(Vec<Line<50>>),
}

impl OptionColumns {
    fn of(table: &Table, first: &Row) -> Result<Self, RowError> {
        let at = |column: &str, why: String| table.mistake(first, column, why);
        if let Some(object) = table.cell(first, OWN_OPTIONS).and_then(object) {
            let names = object.keys().map(|name| cell::option(name).map_err(|why| at(OWN_OPTIONS, why)));
            return names.collect::<Result<_, _>>().map(Self::Together);
        }
        let mut columns: Vec<(Line<50>, &'static str)> = Vec::new();
        for (name, value) in OPTIONS {
            if table.cell(first, value).is_none_or(|value| value == NO_OPTION) {
                continue;
            }
            let text = table.cell(first, name);
            let text = text.ok_or_else(|| at(name, "an option needs a name".to_owned()))?;
            let text = cell::option(text).map_err(|why| at(name, why))?;
            if columns.iter().any(|(other, _)| *other == text) {
                return Err(at(name, "there is another option of this name".to_owned()));
            }
            columns.push((text, value));
        }
        Ok(Self::Each(columns))
    }

    fn into_names(self) -> Vec<Line<50>> {
        match self {
            Self::Each(columns) => columns.into_iter().map(|(name, _)| name).collect(),
            Self::Together(names) => names,
        }
    }

    /// The values that a row chooses.
    fn values(&self, table: &Table, row: &Row) -> Result<Vec<Line<50>>, RowError> {
        let at = |column: &str, why: String| table.mistake(row, column, why);
        match self {
            Self::Each(columns) => columns
                .iter()
                .map(|(_, column)| {
                    let text = table.cell(row, column).ok_or_else(|| at(column, "is missing".to_owned()))?;
                    cell::option(text).map_err(|why| at(column, why))
                })
                .collect(),
            Self::Together(names) => {
                let chosen = table.cell(row, OWN_OPTIONS).and_then(object).unwrap_or_default();
                let value = |name: &Line<50>| {
                    let text = chosen.get(name.as_str()).and_then(Value::as_str).unwrap_or_default();
                    cell::option(text).map_err(|why| at(OWN_OPTIONS, format!("{name}: {why}")))
                };
                names.iter().map(value).collect()
            }
        }
    }
}

/// The JSON object in a cell.
fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

fn variant(
    table: &Table,
    currency: Currency,
    row: &Row,
    options: &OptionColumns,
) -> Result<DraftVariant, RowError> {
    let at = |column: &str, why: String| table.mistake(row, column, why);
    let asked =
        table.cell(row, "Variant Price").ok_or_else(|| at("Variant Price", "is missing".to_owned()))?;
    let asked = cell::price(asked, currency).map_err(|why| at("Variant Price", why))?;
    // `0` is how some exports say that there is none.
    let before =
        table.cell(row, "Variant Compare At Price").filter(|text| !text.trim_matches(['0', '.']).is_empty());
    let before = before
        .map(|text| cell::price(text, currency).map_err(|why| at("Variant Compare At Price", why)))
        .transpose()?;
    let list = before.map_or(asked, |before| before.max(asked));
    let sku = table.raw(row, "Variant SKU").map(cell::sku).transpose();
    let stock = table.cell(row, "Variant Inventory Qty").map(cell::stock).transpose();
    let weight = table.cell(row, "Variant Grams").map(|text| cell::weight(text, 1_000)).transpose();
    Ok(DraftVariant {
        line: row.line,
        values: options.values(table, row)?,
        sku: sku.map_err(|why| at("Variant SKU", why))?,
        price: list,
        discount: discount(table, row, list, asked),
        stock: stock.map_err(|why| at("Variant Inventory Qty", why))?,
        weight: weight.map_err(|why| at("Variant Grams", why))?.flatten(),
        gtin: BARCODES.gtin(table, row),
    })
}

/// What is taken off: as we exported it, as long as the prices still say the same.
fn discount(table: &Table, row: &Row, list: Money, asked: Money) -> Option<Discount> {
    let agrees = |discount: &Discount| {
        let fits = !matches!(discount.cut, PriceCut::Amount(amount) if amount >= list);
        let has_window = discount.starts_at.or(discount.ends_at).is_some();
        fits && (discount.sale_price(list).max(LEAST_PRICE) == asked || (has_window && list == asked))
    };
    let json: Option<Value> = table.cell(row, OWN_DISCOUNT).and_then(|text| serde_json::from_str(text).ok());
    let exported = json.and_then(|json| deserr::deserialize::<Discount, _, FieldErrors>(json).ok());
    exported.filter(agrees).or_else(|| cell::discount(list, asked, (None, None)))
}

fn is_published(table: &Table, row: &Row) -> bool {
    let published = table.cell(row, "Published").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let status = table.cell(row, "Status");
    published && status.is_none_or(|status| status.eq_ignore_ascii_case("active"))
}

/// The product's category, for which older files have its type only.
fn category(table: &Table, row: &Row) -> Vec<String> {
    let kind = table.cell(row, "Type").filter(|_| !table.has(OWN_ID));
    let text = table.cell(row, "Product Category").or(kind).unwrap_or_default();
    text.split('>').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn specs(table: &Table, row: &Row) -> Result<Specs, RowError> {
    let mut specs = table.cell(row, OWN_SPECS).and_then(object).unwrap_or_default();
    for (column, name) in SPECS {
        if let Some(text) = table.cell(row, column) {
            specs.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(own) = BARCODES.property(table, row) {
        specs.insert(barcodes::PROPERTY.to_owned(), json!(own));
    }
    Specs::new(specs).map_err(|(_, why)| table.mistake(row, "Tags", format!("the properties: {why}")))
}

#[cfg(test)]
mod tests {
    use crate::imports::parsing::{Parsed, parse};

    fn read(text: &str) -> Parsed {
        parse(text.as_bytes(), "USD".parse().unwrap()).unwrap()
    }

    const HEADER: &str = "Handle,Title,Body (HTML),Published,Option1 Name,Option1 Value,Variant SKU,\
        Variant Price,Variant Compare At Price,Variant Inventory Qty,Image Src,Status\n";

    #[test]
    fn rows_of_a_handle_are_one_product() {
        let rows = "cup,Cup,<p>A cup</p>,true,Color,Red,C-1,8.50,10,3,http://x/1.jpg,active\n\
            cup,,,,,Blue,C-2,9,,4,,\ncup,,,,,,,,,,http://x/2.jpg,\n\
            jar,Jar,,TRUE,Title,Default Title,,5,0.00,,,draft\n";
        let parsed = read(&format!("{HEADER}{rows}"));
        assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
        let [cup, jar] = parsed.drafts.as_slice() else { panic!("two products") };
        assert_eq!((cup.variants.len(), cup.rows, cup.is_published, parsed.rows), (2, 3, true, 4));
        let values: Vec<_> = cup.variants.iter().map(|variant| variant.values[0].as_str()).collect();
        assert_eq!((cup.options[0].as_str(), values), ("Color", vec!["Red", "Blue"]));
        assert_eq!(cup.variants[0].price.minor(), 1000);
        assert!(cup.variants[0].discount.is_some() && cup.variants[1].discount.is_none());
        assert!(jar.options.is_empty() && !jar.is_published && jar.variants[0].stock.is_none());
    }

    #[test]
    fn a_bad_row_names_its_line_and_column() {
        let rows = "cup,Cup,,true,Color,Red,,abc,,3,,\ncup,,,,,Blue,,9,,x,,\ncup,,,,,Green,,9,,1,,\n\
            ,No handle,,,,,,1,,,,\njar,,,true,Title,Default Title,,5,,,,\n\
            pot,Pot,,true,Title,Default Title,S,5,,,,\npan,Pan,,true,Title,Default Title,S,5,,,,\n\
            lid,Lid,,true,,Red,,5,,,,\n";
        let parsed = read(&format!("{HEADER}{rows}"));
        let errors: Vec<_> = parsed.errors.iter().map(|error| (error.line, error.column.as_str())).collect();
        let expected = [
            (2, "Variant Price"),
            (3, "Variant Inventory Qty"),
            (5, "Handle"),
            (6, "Title"),
            (8, "Variant SKU"),
            (9, "Option1 Name"),
        ];
        assert_eq!(errors, expected);
        assert_eq!(parsed.drafts.iter().map(|draft| draft.key.as_str()).collect::<Vec<_>>(), ["cup", "pot"]);
        assert_eq!(parsed.drafts[0].variants.len(), 1);
    }

    #[test]
    fn the_newer_template_reads_alike() {
        let parsed = read(
            "Title,URL handle,Description,Published on online store,Status,SKU,PRICE,Compare-at price,\
             Inventory quantity,Weight value (grams)\nCup,cup,Nice,TRUE,Active,C-1,8.50,oops,3,120\n\
             Jar,jar,Nice,TRUE,Active,J-1,8.50,,3,120\n",
        );
        assert_eq!((parsed.errors[0].line, parsed.errors[0].column.as_str()), (2, "Compare-at price"));
        let jar = &parsed.drafts[0];
        assert!(jar.is_published && jar.variants[0].weight.unwrap().get() == 120);
    }
}
