//! Barcodes of files. A GTIN becomes the variant's; what a shop has in its place stays as the product's property
//! `Barcode`. Neither keeps a row out.

use types::{Gtin, NotAGtin};

use super::cell;
use super::model::RowError;
use super::table::{Row, Table};

/// The property that a product's barcode becomes when it is no GTIN.
pub(super) const PROPERTY: &str = "Barcode";

/// The most bytes of a barcode of a shop's own.
const LONGEST: usize = 500;

/// The columns in which a format has barcodes: the first that is filled counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns(pub(super) &'static [&'static str]);

impl Columns {
    fn read<'r>(self, table: &Table, row: &'r Row) -> Option<(&'static str, &'r str)> {
        self.0.iter().find_map(|column| table.cell(row, column).map(|text| (*column, text)))
    }

    /// The GTIN of a variant.
    pub(super) fn gtin(self, table: &Table, row: &Row) -> Option<Gtin> {
        self.read(table, row).and_then(|(_, text)| gtin(text).ok().flatten())
    }

    /// What a product has instead.
    pub(super) fn property<'r>(self, table: &Table, row: &'r Row) -> Option<&'r str> {
        self.read(table, row).map(|(_, text)| text).filter(|text| is_own(text))
    }

    /// The barcode of a product whose variants have their own: there is no other place for it.
    pub(super) fn of_all<'r>(self, table: &Table, row: &'r Row) -> Option<&'r str> {
        let (_, text) = self.read(table, row)?;
        (is_own(text) || matches!(gtin(text), Ok(Some(_)))).then_some(text)
    }

    /// What the seller is told of a barcode that is left out.
    pub(super) fn mistake(self, table: &Table, row: &Row) -> Option<RowError> {
        let (column, text) = self.read(table, row)?;
        let why = match gtin(text) {
            Ok(None) if !is_own(text) => format!("`{}` is left out: it is no barcode", cell::short(text)),
            Ok(_) => return None,
            Err(why) => why,
        };
        Some(table.mistake(row, column, why))
    }

    /// The same of a variant behind the first, which has no place for a barcode of the shop's own.
    pub(super) fn mistake_behind_the_first(self, table: &Table, row: &Row) -> Option<RowError> {
        let own = || {
            let (column, text) = self.read(table, row).filter(|(_, text)| is_own(text))?;
            let why = format!("`{}` is left out: it is no GTIN", cell::short(text));
            Some(table.mistake(row, column, why))
        };
        self.mistake(table, row).or_else(own)
    }
}

/// Whether a barcode is one of the shop's own making, of a form that a property can have.
pub(super) fn is_own(text: &str) -> bool {
    let is_line = text.len() <= LONGEST && !text.contains(char::is_control);
    is_line && matches!(gtin(text), Ok(None))
}

/// The GTIN in a cell for barcodes, mended of what spreadsheets do to long numbers; none when the shop has put
/// something of its own there. `Err` where it was meant to be a GTIN and is none.
pub(super) fn gtin(text: &str) -> Result<Option<Gtin>, String> {
    // `="…"` is how a cell tells a spreadsheet to leave its digits alone.
    let bare = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let bare = bare.trim_start_matches('\'').trim();
    let bare = bare.strip_suffix(".0").unwrap_or(bare);
    if is_shortened(bare) {
        let why =
            format!("`{}` has lost digits in a spreadsheet; form the column as text", cell::short(text));
        return Err(why);
    }
    let digits: String = bare.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if let Some(isbn) = of_isbn_10(&digits) {
        return Ok(Some(isbn));
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    match digits.len() {
        // A UPC whose zero was taken for an empty place.
        11 => Ok(format!("0{digits}").parse().ok()),
        8 | 12..=14 => {
            let gtin = digits.parse().map(Some);
            gtin.map_err(|why: NotAGtin| format!("`{}` is left out: {why}", cell::short(text)))
        }
        _ => Ok(None),
    }
}

/// The GTIN of a book whose number is of the form that it had until 2007: `978` before it, and another check digit.
fn of_isbn_10(isbn: &str) -> Option<Gtin> {
    let (body, check) = isbn.split_at_checked(9)?;
    let digits: Vec<u32> = body.chars().map(|digit| digit.to_digit(10)).collect::<Option<_>>()?;
    let check = match check {
        "X" | "x" => 10,
        digit if digit.len() == 1 => digit.parse().ok()?,
        _ => return None,
    };
    // ISO 2108:1992: each digit times its place, counted down from 10, in all a multiple of 11.
    let sum: u32 = (2..=10).rev().zip(&digits).map(|(weight, digit)| weight * digit).sum();
    if !(sum + check).is_multiple_of(11) {
        return None;
    }
    (0..10).find_map(|check| format!("978{body}{check}").parse().ok())
}

/// Whether a number is written as `4.00638E+12`.
fn is_shortened(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = digits.replacen(['.', ','], "", 1);
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    cell::is_number(&digits) && cell::is_number(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gtins_are_mended_of_what_spreadsheets_do() {
        let digits = |text| gtin(text).unwrap().map(|gtin| gtin.as_str().to_owned());
        for text in
            ["4006381333931", "'4006381333931", "=\"4006381333931\"", "4006381333931.0", " 4 006381-333931"]
        {
            assert_eq!(digits(text).as_deref(), Some("4006381333931"), "{text}");
        }
        assert_eq!(digits("978-3-16-148410-0").as_deref(), Some("9783161484100"));
        for isbn in ["3-16-148410-X", "316148410X", "316148410x"] {
            assert_eq!(digits(isbn).as_deref(), Some("9783161484100"), "{isbn}");
        }
        assert_eq!(digits("0-306-40615-2").as_deref(), Some("9780306406157"));
        for own in ["0306406153", "X306406152", "03064061X2", "éééé0306406152", "030640615é"] {
            assert_eq!(digits(own), None, "{own}");
        }
        assert_eq!(digits("96385074").as_deref(), Some("96385074"));
        assert_eq!(digits("95205603217").as_deref(), Some("095205603217"), "a spreadsheet ate the zero");
        for own in [
            "A-17",
            "0815",
            "95205603218",
            "Shelf 4",
            "1e",
            "E5",
            "",
            "-",
            "123456789012345",
            "٤٠٠٦٣٨١٣٣٣٩٣١",
        ] {
            assert_eq!(digits(own), None, "{own}");
        }
        assert!(is_own("Shelf 4") && !is_own("\u{7}") && !is_own(&"9".repeat(501)));
        for wrong in ["4006381333932", "12345678", "4.00638E+12", "4,00638e12", "1E+12"] {
            assert!(gtin(wrong).is_err(), "{wrong}");
        }
    }
}
