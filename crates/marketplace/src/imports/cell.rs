//! What the cells of both formats have in common: prices, stocks, weights, HTML.

use types::{Currency, Discount, Grams, Line, Money, PriceCut, Sku, StockLevel, Timestamp};

use super::model::Description;

/// The most a variant may cost, in minor units.
pub(super) const MAX_PRICE: i64 = 1_000_000_000_000;

/// The longest address of an image, in bytes.
const MAX_URL: usize = 2_000;

/// What a spreadsheet may take for the beginning of a formula, and the guard itself.
const GUARDED: [char; 7] = ['=', '+', '-', '@', '\'', '\t', '\r'];

/// The cell as it is written to a file: one that a spreadsheet could take for a formula gets an
/// apostrophe in front, as does one that begins with an apostrophe, so that all come back as they were.
pub(super) fn guarded(text: &str) -> String {
    if text.starts_with(GUARDED) { format!("'{text}") } else { text.to_owned() }
}

/// The cell without that guard.
pub(super) fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(GUARDED)).unwrap_or(text)
}

/// An SKU as it is written: some shops put an apostrophe before every one, so that spreadsheets keep
/// its zeros.
pub(super) fn sku(text: &str) -> Result<Sku, String> {
    text.strip_prefix('\'').unwrap_or(text).parse().map_err(|error: types::TextError| error.to_string())
}

/// A name or value of an option.
pub(super) fn option(text: &str) -> Result<Line<50>, String> {
    text.parse().map_err(|error: types::TextError| error.to_string())
}

/// A price such as `42.99`, exactly.
pub(super) fn price(text: &str, currency: Currency) -> Result<Money, String> {
    let decimals = currency.decimals() as usize;
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if !is_number(whole) || !is_number(part) {
        return Err(format!("`{}` is no price; write it like 42.99", short(text)));
    }
    let part = part.trim_end_matches('0');
    if part.len() > decimals {
        return Err(format!("{currency} has {decimals} decimals"));
    }
    let minor = format!("{whole}{part:0<decimals$}").parse::<i64>().unwrap_or(i64::MAX);
    if (1..=MAX_PRICE).contains(&minor) {
        Ok(Money::from_minor(minor))
    } else {
        Err(format!("must be between 1 and {MAX_PRICE} minor units"))
    }
}

/// A price as it is written: the reverse of [`price`].
pub(super) fn written_price(price: Money, currency: Currency) -> String {
    let scale = 10_i64.pow(currency.decimals());
    let (whole, part) = (price.minor() / scale, price.minor() % scale);
    match currency.decimals() as usize {
        0 => whole.to_string(),
        digits => format!("{whole}.{part:0digits$}"),
    }
}

/// Whether a text is digits, few enough for a number.
pub(super) fn is_number(text: &str) -> bool {
    (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The list price and what is taken off it, given the price that is asked and a higher one it had.
pub(super) fn discount(
    list: Money,
    sale: Money,
    window: (Option<Timestamp>, Option<Timestamp>),
) -> Option<Discount> {
    let (starts_at, ends_at) = window;
    (sale < list).then(|| Discount { cut: PriceCut::Amount(list - sale), starts_at, ends_at })
}

/// A stock such as `12`. Shops that sell what they don't have count below zero: that is none here.
pub(super) fn stock(text: &str) -> Result<StockLevel, String> {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    let units: i64 = whole.parse().map_err(|_| format!("`{}` is no stock", short(text)))?;
    StockLevel::new(units.max(0)).ok_or_else(|| format!("must be at most {}", StockLevel::MAX))
}

/// A weight in a unit of so many milligrams; none when it is nothing.
pub(super) fn weight(text: &str, milligrams: i64) -> Result<Option<Grams>, String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if !is_number(whole) || !is_number(part) {
        return Err(format!("`{}` is no weight", short(text)));
    }
    let thousandths: String = part.chars().chain("000".chars()).take(3).collect();
    let units = format!("{whole}{thousandths}").parse::<i64>().unwrap_or(i64::MAX);
    let grams = units.saturating_mul(milligrams) / 1_000_000;
    if grams == 0 {
        return Ok(None);
    }
    Grams::new(grams).map(Some).ok_or_else(|| format!("must be at most {} grams", Grams::MAX))
}

/// A description with only harmless HTML left; plain text stays as it is.
pub(super) fn description(written: &str) -> Result<Option<Description>, String> {
    let clean = if ammonia::is_html(written) {
        let mut cleaner = ammonia::Builder::default();
        cleaner.link_rel(Some("noopener noreferrer nofollow")).clean(written).to_string()
    } else {
        written.to_owned()
    };
    if clean.trim().is_empty() {
        return Ok(None);
    }
    let clean = clean.parse().map_err(|error: types::TextError| error.to_string())?;
    Ok(Some(Description { written: written.to_owned(), clean }))
}

/// The address of an image.
pub(super) fn image(text: &str) -> Result<String, String> {
    let is_http = text.starts_with("http://") || text.starts_with("https://");
    let url = url::Url::parse(text).ok().filter(|url| is_http && url.has_host());
    match url {
        Some(_) if text.len() <= MAX_URL && !text.contains(char::is_control) => Ok(text.to_owned()),
        _ => Err(format!("`{}` is no address of an image", short(text))),
    }
}

/// What an image shows, in words, as far as there is room for it.
pub(super) fn alt(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(250).collect()
}

/// The beginning of a cell, for a message.
pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact() {
        let dollars = "USD".parse().unwrap();
        let yen = "JPY".parse().unwrap();
        assert_eq!(price("42.99", dollars).unwrap().minor(), 4299);
        assert_eq!(price("50", dollars).unwrap().minor(), 5000);
        assert_eq!(price("0.1", dollars).unwrap().minor(), 10);
        assert_eq!(price("19.990", dollars).unwrap().minor(), 1999);
        assert_eq!(price("100", yen).unwrap().minor(), 100);
        for bad in ["", "0", "-1", "NaN", "1e5", "1,50", "19.999", "99999999999999", "1.2.3", ".", "1."] {
            assert!(price(bad, dollars).is_err(), "{bad}");
        }
        for text in ["42.99", "0.05", "10000000000.00"] {
            assert_eq!(written_price(price(text, dollars).unwrap(), dollars), text);
        }
        assert_eq!(written_price(Money::from_minor(1500), yen), "1500");
    }

    #[test]
    fn html_loses_what_could_harm() {
        let clean = |html| description(html).unwrap().map(|description| description.clean.into_string());
        assert_eq!(
            clean("<p onclick=x()>Hi <script>alert(1)</script><b>there</b></p>").unwrap(),
            "<p>Hi <b>there</b></p>"
        );
        assert_eq!(clean("Salt & pepper, 5 < 6").unwrap(), "Salt & pepper, 5 < 6");
        assert!(clean("<script>x</script>").is_none());
    }

    #[test]
    fn weights_are_grams() {
        let grams = |text, unit| weight(text, unit).unwrap().map(Grams::get);
        assert_eq!(grams("0.25", 1_000_000), Some(250));
        assert_eq!(grams("1360.7770", 1_000), Some(1_360));
        assert_eq!(grams("2", 453_592), Some(907));
        assert_eq!(grams("0", 1_000), None);
        for bad in ["heavy", "-1", "1.-5", "999999999999999999"] {
            assert!(weight(bad, 1_000_000).is_err(), "{bad}");
        }
    }

    #[test]
    fn guards_come_off_again() {
        for text in ["=1+1", "-5", "+49", "@x", "'", "''=", "'a", "plain", "5 - 3"] {
            assert_eq!(unguarded(&guarded(text)), text);
            assert!(!guarded(text).starts_with(['=', '+', '-', '@']));
        }
        assert_eq!(unguarded("'Tis"), "'Tis");
        for text in ["'0815", "'-1", "A-1"] {
            assert_eq!(sku(&guarded(text)).unwrap().as_str(), text);
        }
        assert_eq!(sku("'0815").unwrap().as_str(), "0815");
    }
}
