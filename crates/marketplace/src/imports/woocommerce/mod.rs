//! `WooCommerce`'s product export: simple products, and variable ones whose variations are rows of their
//! own that name their parent by SKU or `id:741`.

mod grouping;

pub(super) use grouping::open;

use serde_json::{Map, json};
use types::{Currency, Line, StockLevel, Timestamp};

use crate::catalog::products::Specs;
use crate::catalog::variants::MAX_OPTIONS;
use crate::imports::barcodes::Columns;
use crate::imports::model::{Draft, DraftImage, DraftVariant, RowError, gather};
use crate::imports::table::{Row, Table};
use crate::imports::{barcodes, cell};

/// What a variation that leaves an attribute open is called.
const ANY: &str = "Any";

/// The columns of the weight, and the milligrams of their units.
const WEIGHTS: [(&str, i64); 4] =
    [("Weight (kg)", 1_000_000), ("Weight (g)", 1_000), ("Weight (lbs)", 453_592), ("Weight (oz)", 28_350)];

/// Where the shop keeps GTINs, since its version 9.2 and, before, by the plug-ins that most shops had for it.
const BARCODES: Columns = Columns(&[
    "GTIN, UPC, EAN, or ISBN",
    "GTIN",
    "EAN",
    "UPC",
    "ISBN",
    "Meta: _global_unique_id",
    "Meta: _alg_ean",
    "Meta: _ean",
    "Meta: _gtin",
    "Meta: _ts_gtin",
    "Meta: _wpm_gtin_code",
    "Meta: hwp_product_gtin",
    "Meta: hwp_var_gtin",
]);

/// Whether the file is of this format.
pub(super) fn recognises(table: &Table) -> bool {
    table.has("Type") && table.has("Name") && table.has("Regular price")
}

/// The product of some rows; none when each of its variations has an error of its own.
pub(super) fn product(
    table: &Table,
    currency: Currency,
    rows: &[&Row],
    errors: &mut Vec<RowError>,
) -> Result<Option<Draft>, RowError> {
    let Some((row, variations)) = rows.split_first() else { return Ok(None) };
    let kind = kind(table, row);
    if is(&kind, "simple") {
        simple(table, currency, row, errors).map(Some)
    } else if is(&kind, "variable") {
        variable(table, currency, row, variations, errors)
    } else {
        let why = format!("`{}` products can't be imported", cell::short(&kind));
        Err(table.mistake(row, "Type", why))
    }
}

fn kind(table: &Table, row: &Row) -> String {
    table.cell(row, "Type").unwrap_or("simple").to_lowercase()
}

/// Whether a cell such as `simple, downloadable, virtual` names a type.
fn is(kinds: &str, wanted: &str) -> bool {
    kinds.split(',').any(|kind| kind.trim() == wanted)
}

/// What variations may call a product.
fn names(table: &Table, row: &Row) -> Vec<String> {
    let sku = table.raw(row, "SKU").map(ToOwned::to_owned);
    let id = table.cell(row, "ID").map(|id| format!("id:{id}"));
    sku.into_iter().chain(id).collect()
}

fn simple(
    table: &Table,
    currency: Currency,
    row: &Row,
    errors: &mut Vec<RowError>,
) -> Result<Draft, RowError> {
    let variant = variant(table, currency, row, &[])?;
    errors.extend(BARCODES.mistake(table, row));
    let draft = described(table, row, vec![variant], Vec::new(), 1)?;
    Ok(Draft { images: images(table, &[row], errors), ..draft })
}

/// A product with variations; none when each of them has an error of its own.
fn variable(
    table: &Table,
    currency: Currency,
    row: &Row,
    rows: &[&Row],
    errors: &mut Vec<RowError>,
) -> Result<Option<Draft>, RowError> {
    if rows.is_empty() {
        return Err(table.mistake(row, "Type", "the file has no variations of this product"));
    }
    let options = options(table, row, rows)?;
    errors.extend(BARCODES.mistake(table, row));
    errors.extend(rows.iter().filter_map(|row| BARCODES.mistake_behind_the_first(table, row)));
    let found = rows.iter().map(|row| {
        let mut variant = variant(table, currency, row, &options)?;
        // A variation that is switched off is there, but can't be bought.
        if table.cell(row, "Published").is_some_and(|published| published != "1") {
            variant.stock = StockLevel::new(0);
        }
        Ok(variant)
    });
    let variants = gather(found, table.spelled("Attribute 1 value(s)"), errors);
    if variants.is_empty() {
        return Ok(None);
    }
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX).saturating_add(1);
    let draft = described(table, row, variants, options, count)?;
    let all: Vec<&Row> = std::iter::once(row).chain(rows.iter().copied()).collect();
    Ok(Some(Draft { images: images(table, &all, errors), ..draft }))
}

fn described(
    table: &Table,
    row: &Row,
    variants: Vec<DraftVariant>,
    options: Vec<Line<50>>,
    rows: i64,
) -> Result<Draft, RowError> {
    let at = |column: &str, why: String| table.mistake(row, column, why);
    let title = table.cell(row, "Name").ok_or_else(|| at("Name", "a product needs a name".to_owned()))?;
    let key = names(table, row).into_iter().next().unwrap_or_else(|| format!("name:{title}"));
    if key.chars().count() > 255 || key.contains(char::is_control) {
        return Err(at("SKU", "must be a line of at most 255 characters".to_owned()));
    }
    let html = table.cell(row, "Description").or_else(|| table.cell(row, "Short description"));
    Ok(Draft {
        line: row.line,
        exported: None,
        key,
        title: title.parse().map_err(|error: types::TextError| at("Name", error.to_string()))?,
        description: cell::description(html.unwrap_or_default()).map_err(|why| at("Description", why))?,
        category: category(table, row),
        is_published: table.cell(row, "Published") == Some("1"),
        specs: specs(table, row, &options)?,
        options,
        variants,
        images: Vec::new(),
        rows,
    })
}

/// The images of a product: those of its rows, several in a cell parted by commas, each once.
fn images(table: &Table, rows: &[&Row], errors: &mut Vec<RowError>) -> Vec<DraftImage> {
    let mut images: Vec<DraftImage> = Vec::new();
    for row in rows {
        let cell = table.cell(row, "Images").unwrap_or_default();
        for text in cell.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            match cell::image(text) {
                Ok(url) if images.iter().any(|known| known.url == url) => {}
                Ok(url) => images.push(DraftImage { line: row.line, url, alt: None }),
                Err(why) => errors.push(table.mistake(row, "Images", why)),
            }
        }
    }
    images
}

/// The columns of the name and the values of an attribute.
fn attribute(number: usize) -> (String, String) {
    (format!("Attribute {number} name"), format!("Attribute {number} value(s)"))
}

/// The attributes in which a product's variations differ, in the file's order. One that all of them leave
/// open is a property of the product.
fn options(table: &Table, row: &Row, variations: &[&Row]) -> Result<Vec<Line<50>>, RowError> {
    let mut options: Vec<Line<50>> = Vec::new();
    for (column, _) in (1..=MAX_OPTIONS).map(attribute) {
        let Some(name) = table.cell(row, &column) else { continue };
        if !variations.iter().any(|variation| value(table, variation, name).is_some()) {
            continue;
        }
        let option = cell::option(name).map_err(|why| table.mistake(row, &column, why))?;
        if options.contains(&option) {
            return Err(table.mistake(row, &column, "there is another attribute of this name"));
        }
        options.push(option);
    }
    Ok(options)
}

/// A variation's value of an attribute: its attributes may come in another order than the product's.
fn value<'r>(table: &Table, row: &'r Row, name: &str) -> Option<&'r str> {
    let (_, values) = (1..=MAX_OPTIONS)
        .map(attribute)
        .find(|(column, _)| table.cell(row, column).is_some_and(|found| found.eq_ignore_ascii_case(name)))?;
    table.cell(row, &values)
}

fn variant(
    table: &Table,
    currency: Currency,
    row: &Row,
    options: &[Line<50>],
) -> Result<DraftVariant, RowError> {
    let at = |column: &str, why: String| table.mistake(row, column, why);
    let price = |column: &str| {
        let text = table.cell(row, column);
        text.map(|text| cell::price(text, currency).map_err(|why| at(column, why))).transpose()
    };
    let list = price("Regular price")?.ok_or_else(|| at("Regular price", "is missing".to_owned()))?;
    let sale = price("Sale price")?.unwrap_or(list);
    let sku = table.raw(row, "SKU").map(cell::sku).transpose();
    let stock = match table.cell(row, "Stock") {
        Some(text) => Some(cell::stock(text).map_err(|why| at("Stock", why))?),
        None if table.cell(row, "In stock?") == Some("0") => StockLevel::new(0),
        None => None,
    };
    let values = options.iter().map(|option| {
        let text = value(table, row, option.as_str()).unwrap_or(ANY);
        cell::option(text).map_err(|why| at("Attribute 1 value(s)", format!("{option}: {why}")))
    });
    Ok(DraftVariant {
        line: row.line,
        values: values.collect::<Result<_, _>>()?,
        sku: sku.map_err(|why| at("SKU", why))?,
        price: list,
        discount: cell::discount(list, sale, sale_window(table, row)?),
        stock,
        weight: weight(table, row)?,
        gtin: BARCODES.gtin(table, row),
    })
}

/// The weight; the header names the unit.
fn weight(table: &Table, row: &Row) -> Result<Option<types::Grams>, RowError> {
    let given = WEIGHTS.iter().find_map(|unit| table.cell(row, unit.0).map(|text| (text, unit)));
    let Some((text, (column, milligrams))) = given else { return Ok(None) };
    cell::weight(text, *milligrams).map_err(|why| table.mistake(row, column, why))
}

/// When a sale begins and ends. A day without a time is counted in, from its first to its last moment.
fn sale_window(table: &Table, row: &Row) -> Result<(Option<Timestamp>, Option<Timestamp>), RowError> {
    const ENDS: &str = "Date sale price ends";
    let starts = day(table, row, "Date sale price starts")?.map(|(moment, _)| moment);
    let ends = day(table, row, ENDS)?
        .map(|(moment, is_whole_day)| if is_whole_day { moment.plus_seconds(86_400) } else { moment });
    match (starts, ends) {
        (Some(start), Some(end)) if end <= start => {
            Err(table.mistake(row, ENDS, "the sale ends before it begins"))
        }
        window => Ok(window),
    }
}

/// A day such as `2026-03-01`, or a moment such as `2026-03-01 10:00:00`, taken as UTC; and whether it is
/// the day.
fn day(table: &Table, row: &Row, column: &str) -> Result<Option<(Timestamp, bool)>, RowError> {
    let Some(text) = table.cell(row, column) else { return Ok(None) };
    let (date, time) = (text.get(..10).unwrap_or(text), text.get(11..19));
    let parsed = format!("{date}T{}Z", time.unwrap_or("00:00:00")).parse();
    parsed
        .map(|moment| Some((moment, time.is_none())))
        .map_err(|_| table.mistake(row, column, format!("`{}` is no date", cell::short(text))))
}

/// The first of the categories: `Clothing > Hoodies, Sale` is Hoodies in Clothing.
fn category(table: &Table, row: &Row) -> Vec<String> {
    let first = table.cell(row, "Categories").and_then(|text| text.split(',').next()).unwrap_or_default();
    first.split('>').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn specs(table: &Table, row: &Row, options: &[Line<50>]) -> Result<Specs, RowError> {
    let mut specs = Map::new();
    if let Some(tags) = table.cell(row, "Tags") {
        specs.insert("Tags".to_owned(), json!(tags));
    }
    let barcode =
        if options.is_empty() { BARCODES.property(table, row) } else { BARCODES.of_all(table, row) };
    if let Some(own) = barcode {
        specs.insert(barcodes::PROPERTY.to_owned(), json!(own));
    }
    for (name, values) in (1..=MAX_OPTIONS).map(attribute) {
        if let (Some(name), Some(text)) = (table.cell(row, &name), table.cell(row, &values))
            && !options.iter().any(|option| option.as_str() == name)
        {
            specs.insert(name.to_owned(), json!(text));
        }
    }
    Specs::new(specs).map_err(|(_, why)| table.mistake(row, "Tags", format!("the properties: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Grams;

    use crate::imports::parsing::{Parsed, parse};

    const HEADER: &str = "ID,Type,SKU,Name,Published,In stock?,Stock,Sale price,Regular price,Categories,Parent,\
        Attribute 1 name,Attribute 1 value(s),Attribute 2 name,Attribute 2 value(s),Weight (kg)\n";

    fn read(rows: &str) -> Parsed {
        parse(format!("{HEADER}{rows}").as_bytes(), "USD".parse().unwrap()).unwrap()
    }

    fn titles(variant: &DraftVariant) -> String {
        variant.values.iter().map(Line::as_str).collect::<Vec<_>>().join("/")
    }

    #[test]
    fn variations_join_their_product_wherever_they_stand() {
        let parsed = read(
            "9,variation,tee-blue,,1,1,,20,25,,tee,Color,Blue,Size,,\n\
             8,variation,tee-red,,1,1,7,,25,,id:1,Size,M,Color,Red,\n\
             1,variable,tee,Tee,1,1,,,,Clothing > Tees,,Color,\"Blue, Red\",Size,\"M, L\",\n\
             2,simple,mug,Mug,0,0,,,8,Home,,,,,,0.35\n",
        );
        assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
        let [tee, mug] = parsed.drafts.as_slice() else { panic!("two products") };
        assert_eq!(tee.variants.iter().map(titles).collect::<Vec<_>>(), ["Blue/Any", "Red/M"]);
        assert_eq!(tee.category, ["Clothing", "Tees"]);
        assert_eq!((mug.is_published, mug.variants[0].weight.map(Grams::get)), (false, Some(350)));
        assert_eq!(mug.variants[0].stock.unwrap().units(), 0);
    }

    #[test]
    fn what_cannot_be_sold_is_an_error_of_its_row() {
        let parsed = read(
            "1,grouped,g,Group,1,1,,,,,,,,,,\n2,external,e,Elsewhere,1,1,,,30,,,,,,,\n\
             3,variation,v,,1,1,,,5,,nobody,,,,,\n4,simple,s,,1,1,,,5,,,,,,,\n5,simple,t,T,1,1,,,x,,,,,,,\n",
        );
        let errors: Vec<_> = parsed.errors.iter().map(|e| (e.line, e.column.as_str())).collect();
        assert_eq!(errors, [(2, "Type"), (3, "Type"), (4, "Parent"), (5, "Name"), (6, "Regular price")]);
        assert!(parsed.drafts.is_empty());
    }

    #[test]
    fn an_attribute_that_all_variations_leave_open_is_a_property() {
        let parsed = read(
            "1,variable,tee,Tee,1,1,,,,,,Color,\"Blue, Red\",Size,\"M, L\",\n\
             2,variation,,,1,1,,,25,,tee,Color,Blue,Size,,\n3,variation,,,0,1,5,,25,,tee,Color,Red,Size,,\n",
        );
        let tee = &parsed.drafts[0];
        assert_eq!(tee.options.iter().map(Line::as_str).collect::<Vec<_>>(), ["Color"]);
        assert_eq!(tee.specs.as_map()["Size"], "M, L");
        assert_eq!(tee.variants[1].stock.unwrap().units(), 0, "it is switched off");
    }

    #[test]
    fn a_sale_lasts_until_the_end_of_its_last_day() {
        let header = "Type,Name,Regular price,Sale price,Date sale price starts,Date sale price ends\n";
        let rows = "simple,A,10,8,2026-03-01,2026-03-02\nsimple,B,10,8,,2026-03-02 23:59:59\n\
            simple,C,10,8,2026-03-03,2026-03-01\nsimple,D,10,8,soon,\n";
        let content = format!("{header}{rows}");
        let parsed = parse(content.as_bytes(), "USD".parse().unwrap()).unwrap();
        let ends: Vec<_> =
            parsed.drafts.iter().map(|draft| draft.variants[0].discount.unwrap().ends_at).collect();
        assert_eq!(ends[0].unwrap().to_string(), "2026-03-03T00:00:00.000000Z");
        assert_eq!(ends[1].unwrap().to_string(), "2026-03-02T23:59:59.000000Z");
        let columns: Vec<_> = parsed.errors.iter().map(|error| error.column.as_str()).collect();
        assert_eq!(columns, ["Date sale price ends", "Date sale price starts"]);
    }
}
