//! Icecat's open catalogue: a product on each line, as a JSON object of its data sheet.
//!
//! Attributes are named `attr_<kind>_<name>`; they become properties. There are no categories: what kind of
//! thing a product is stands in its title behind the maker's name for it, in small letters.

use std::io::{BufRead, BufReader, Read, Seek};

use serde_json::{Map, Value, json};
use types::{Gtin, Money, StockLevel};

use super::lines::{Lines, unpacked};
use super::model::{ColumnNames, Description, Draft, DraftImage, DraftVariant, RowError};
use super::table::Content;
use super::{barcodes, cell};
use crate::catalog::products::Specs;

/// The most bytes of an uploaded file when it is unpacked.
const MAX_UNPACKED: u64 = 64 * 1024 * 1024;

/// The most bytes of white space before the first object.
const BLANK: u64 = 4 * 1024;

/// Properties that are kept of a product, beside those of its making.
const MAX_ATTRIBUTES: usize = 90;

/// Bytes of properties that are kept, as JSON.
const MAX_SPECS: usize = 18_000;

/// What products are called when their category is told by a property or not at all.
const KIND: &str = "attr_t_product_type";

/// Whether a file is of this format: it is compressed, or begins with an object.
pub(super) fn recognises(content: &mut dyn Content) -> Result<bool, RowError> {
    let mut start = Vec::new();
    Read::take(&mut *content, BLANK).read_to_end(&mut start).map_err(unreadable)?;
    content.rewind().map_err(unreadable)?;
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&start);
    Ok(start.starts_with(&[0x1f, 0x8b]) || start.trim_ascii_start().starts_with(b"{"))
}

/// The columns as errors name them.
pub(super) fn columns() -> ColumnNames {
    ColumnNames {
        key: "id".to_owned(),
        sku: "id".to_owned(),
        option: String::new(),
        image: "img_high".to_owned(),
    }
}

/// Looks through an uploaded file; answers its products and how many lines it has. `Err` when none of them is a
/// product.
pub(super) fn open(mut content: Box<dyn Content>) -> Result<(Uploaded, i64), RowError> {
    let rows = count(BufReader::new(&mut content))?;
    content.rewind().map_err(unreadable)?;
    let again = unpacked(BufReader::new(content)).map_err(unreadable)?.take(MAX_UNPACKED);
    Ok((Uploaded(Sheets::of(Box::new(again))), rows))
}

#[expect(clippy::needless_pass_by_value, reason = "goes to `map_err`")]
fn unreadable(error: std::io::Error) -> RowError {
    RowError::new(1, "", error.to_string())
}

/// How many lines there are.
fn count(content: impl BufRead + Send) -> Result<i64, RowError> {
    let mut lines = Lines::of(unpacked(content).map_err(unreadable)?.take(MAX_UNPACKED));
    let (mut rows, mut first_error, mut has_product) = (0_i64, None, false);
    for line in lines.by_ref() {
        rows += 1;
        if !has_product {
            match Sheet::of(line).and_then(|sheet| sheet.draft(true)) {
                Ok(_) => has_product = true,
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
    }
    if lines.bytes >= MAX_UNPACKED {
        let why = format!("more than {MAX_UNPACKED} bytes when it is unpacked; split the file");
        return Err(RowError::new(1, "", why));
    }
    if !has_product {
        let why = match first_error {
            None => "the file is empty".to_owned(),
            Some(RowError { line, column, detail }) => {
                format!("no line is a product of Icecat's: line {line}: {column} {detail}")
            }
        };
        return Err(RowError::new(1, "", why));
    }
    Ok(rows)
}

/// The products of an uploaded file.
pub(super) struct Uploaded(Sheets<Box<dyn BufRead + Send>>);

impl Iterator for Uploaded {
    type Item = Result<Draft, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|sheet| sheet.and_then(|sheet| sheet.draft(true)))
    }
}

/// The data sheets of a file, a line each.
pub(super) struct Sheets<R>(Lines<R>);

impl<R: BufRead> Sheets<R> {
    /// Reads from the first line.
    pub(super) fn of(content: R) -> Self {
        Self(Lines::of(content))
    }
}

impl<R: BufRead> Iterator for Sheets<R> {
    type Item = Result<Sheet, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Sheet::of)
    }
}

/// A product as Icecat describes it.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    line: u64,
    fields: Map<String, Value>,
}

impl Sheet {
    fn of(line: Result<(u64, Vec<u8>), RowError>) -> Result<Self, RowError> {
        let (line, text) = line?;
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text);
        let fields = serde_json::from_slice(text)
            .map_err(|_| RowError::new(line, "", "the line is no JSON object"))?;
        Ok(Self { line, fields })
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    fn needed(&self, field: &str) -> Result<&str, RowError> {
        self.text(field).ok_or_else(|| RowError::new(self.line, field, "is missing"))
    }

    /// Who makes it.
    pub(super) fn supplier(&self) -> Result<&str, RowError> {
        self.needed("supplier")
    }

    /// What kind of thing it is, when that can be told.
    pub(super) fn kind(&self) -> Option<String> {
        let title = self.text("title")?;
        let behind = self.text("name").and_then(|name| title.split_once(name)).map(|(_, behind)| behind);
        let word = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_lowercase() || c == '(')
                && !word.contains(|c: char| c.is_ascii_digit())
        };
        let words: Vec<&str> =
            behind.unwrap_or_default().split_whitespace().take_while(word).take(5).collect();
        let told = if words.is_empty() { self.text(KIND)?.to_owned() } else { words.join(" ") };
        (told.chars().count() <= 50).then(|| capitalised(&told))
    }

    /// The same sheet as that of the `number`th of many products like it.
    pub(super) fn copy(&self, number: usize) -> Self {
        let mut fields = self.fields.clone();
        for field in ["id", "title"] {
            if let Some(text) = self.text(field) {
                let dash = if field == "id" { "-" } else { " #" };
                fields.insert(field.to_owned(), json!(format!("{}{dash}{number}", cut(text))));
            }
        }
        Self { line: self.line, fields }
    }

    /// The product that is offered; its images only when they are wanted.
    pub(super) fn draft(&self, with_images: bool) -> Result<Draft, RowError> {
        let at = |field: &str, why: String| RowError::new(self.line, field, why);
        let id = self.needed("id")?;
        let sku = cell::sku(id).map_err(|why| at("id", why))?;
        let whole = self.needed("title")?;
        let title = cut(whole).parse().map_err(|error: types::TextError| at("title", error.to_string()))?;
        let price = self.fields.get("price").and_then(Value::as_i64).filter(|price| *price > 0);
        let price = price.ok_or_else(|| at("price", "must be a whole number of minor units".to_owned()))?;
        let image = self.text("img_high").filter(|_| with_images).and_then(|url| cell::image(url).ok());
        Ok(Draft {
            line: self.line,
            exported: None,
            key: sku.to_string(),
            title,
            description: self.description(whole)?,
            category: self.kind().into_iter().collect(),
            is_published: true,
            specs: self.specs()?,
            options: Vec::new(),
            variants: vec![DraftVariant {
                line: self.line,
                values: Vec::new(),
                sku: Some(sku),
                price: Money::from_minor(price.min(cell::MAX_PRICE)),
                discount: None,
                stock: self.stock(),
                weight: None,
                gtin: self.gtin(),
            }],
            images: image.map(|url| DraftImage { line: self.line, url, alt: None }).into_iter().collect(),
            rows: 1,
        })
    }

    /// The first of its codes that is a GTIN: a product has one for each package and country.
    fn gtin(&self) -> Option<Gtin> {
        self.codes().find_map(|code| barcodes::gtin(code).ok().flatten())
    }

    fn codes(&self) -> impl Iterator<Item = &str> {
        let codes = self.fields.get("ean").and_then(Value::as_array);
        codes.into_iter().flatten().filter_map(Value::as_str)
    }

    /// Icecat knows none; who adds one to a sheet means it.
    fn stock(&self) -> Option<StockLevel> {
        self.fields.get("stock").and_then(Value::as_i64).and_then(StockLevel::new)
    }

    /// What it says of itself, after the title where that had to be cut.
    fn description(&self, title: &str) -> Result<Option<Description>, RowError> {
        let said = self.text("short_description").unwrap_or_default();
        let text = match (cut(title).len() < title.len(), said.is_empty()) {
            (false, _) => said.to_owned(),
            (true, true) => title.to_owned(),
            (true, false) => format!("{title}\n\n{said}"),
        };
        cell::description(&text).map_err(|why| RowError::new(self.line, "short_description", why))
    }

    /// Its maker, and its attributes as far as there is room.
    fn specs(&self) -> Result<Specs, RowError> {
        let mut specs = Map::new();
        for (name, field) in [("Brand", "supplier"), ("Model", "name"), ("Released", "date_released")] {
            if let Some(text) = self.text(field) {
                let day = |text: &str| text.split('T').next().unwrap_or_default().to_owned();
                let text = if field == "date_released" { day(text) } else { text.to_owned() };
                specs.insert(name.to_owned(), json!(text));
            }
        }
        let codes: Vec<&str> = self.codes().take(10).collect();
        if !codes.is_empty() {
            specs.insert("EAN".to_owned(), json!(codes.join(", ")));
        }
        let mut size = 0;
        for (field, value) in &self.fields {
            let Some(name) = attribute(field) else { continue };
            size += name.len() + value.to_string().len() + 8;
            if specs.len() >= MAX_ATTRIBUTES || size > MAX_SPECS {
                break;
            }
            specs.entry(name).or_insert_with(|| whole(value));
        }
        Specs::new(specs).map_err(|(_, why)| RowError::new(self.line, "", format!("the properties: {why}")))
    }
}

/// The title as far as it fits, cut between words.
fn cut(title: &str) -> &str {
    const MOST: usize = 120;
    match title.char_indices().nth(MOST) {
        None => title,
        Some((end, _)) => {
            let fits = &title[..end];
            fits.rsplit_once(' ').map_or(fits, |(before, _)| before).trim_end()
        }
    }
}

/// The name of an attribute: `attr_t_hdd_speed` is `Hdd speed`.
fn attribute(field: &str) -> Option<String> {
    let (_, name) = field.strip_prefix("attr_")?.split_once('_')?;
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| capitalised(&words.join(" ")))
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// A value as a property has it: a number without a part behind the point is a whole one (they are written
/// as `6.0`), a text has no control characters.
fn whole(value: &Value) -> Value {
    if let Value::String(text) = value {
        return Value::String(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect());
    }
    let whole = value.is_f64().then(|| value.to_string());
    let whole = whole.and_then(|text| text.strip_suffix(".0")?.parse::<i64>().ok());
    whole.map_or_else(|| value.clone(), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::parsing::{Parsed, parse};

    const LINE: &str = r#"{"id": "7", "name": "TK-1", "title": "Kyo TK-1 toner cartridge Original Black", "ean": ["123"],
        "supplier": "Kyo", "price": 4995, "attr_t_type": "Original", "attr_n_width": 6.0, "attr_n_depth": 2.5,
        "attr_b_rohs__eu_": true, "attr_t_note": "a\u0085b", "img_high": "http://x.example/1.jpg", "date_released": "2009-12-10T00:00:00Z"}"#;

    fn read(text: &str) -> Result<Parsed, RowError> {
        parse(text.as_bytes(), "USD".parse().unwrap())
    }

    #[test]
    fn a_line_is_a_product() {
        let parsed = read(&LINE.replace('\n', " ")).unwrap();
        let [toner] = parsed.drafts.as_slice() else { panic!("one product") };
        assert_eq!(
            (toner.key.as_str(), toner.category.as_slice()),
            ("7", &["Toner cartridge".to_owned()][..])
        );
        assert_eq!(toner.variants[0].price.minor(), 4995);
        let specs = serde_json::to_value(toner.specs.as_map()).unwrap();
        let expected = json!({"Brand": "Kyo", "Model": "TK-1", "Released": "2009-12-10", "EAN": "123",
            "Type": "Original", "Width": 6, "Depth": 2.5, "Rohs eu": true, "Note": "a b"});
        assert_eq!(specs, expected);
        assert_eq!(toner.images[0].url, "http://x.example/1.jpg");
    }

    #[test]
    fn bad_lines_are_errors_of_their_own() {
        let good = LINE.replace('\n', " ");
        let file = format!("{good}\n\n{{\"id\": \"8\"}}\nnonsense\n{}\n{good}\n", good.replace("4995", "0"));
        let parsed = read(&file).unwrap();
        let errors: Vec<_> = parsed.errors.iter().map(|error| (error.line, error.column.as_str())).collect();
        assert_eq!(errors, [(3, "title"), (4, ""), (5, "price"), (6, "id")]);
        assert_eq!((parsed.drafts.len(), parsed.rows), (1, 5));
        let endless = format!("{good}\n{{\"id\": \"{}\n{good}", "x".repeat(3 << 20));
        assert_eq!(read(&endless).unwrap().errors[0], RowError::new(2, "", "the line is too long"));
    }

    #[test]
    fn titles_are_cut_between_words() {
        let long = "word ".repeat(30);
        assert_eq!(cut(long.trim()).chars().count(), 119);
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"x".repeat(130)).len(), 120);
    }
}
