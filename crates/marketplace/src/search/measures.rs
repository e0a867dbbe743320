//! Numbers with a unit, and sizes: `500 GB`, `500gb` and `500-gigabyte` are one term, and so are `17"` and
//! `17 inch`, `1920 x 1080` and `1920×1080`.

use super::words::Compound;

/// What units are called, the one they are indexed by first.
#[rustfmt::skip]
const UNITS: &[&[&str]] = &[
    &["inch", "inches", "in", "zoll"],
    &["gb", "gig", "gigs", "gigabyte", "gigabytes"],
    &["tb", "terabyte", "terabytes"],
    &["mb", "megabyte", "megabytes"],
    &["mm", "millimeter", "millimeters", "millimetre", "millimetres"],
    &["cm", "centimeter", "centimeters", "centimetre", "centimetres"],
    &["m", "meter", "meters", "metre", "metres", "mtr"],
    &["ft", "foot", "feet"],
    &["kg", "kilo", "kilos", "kilogram", "kilograms"],
    &["g", "gram", "grams", "gr"],
    &["l", "liter", "liters", "litre", "litres"],
    &["ml", "milliliter", "milliliters", "millilitre", "millilitres"],
    &["w", "watt", "watts"],
    &["v", "volt", "volts"],
    &["mah"],
    &["hz", "hertz"],
    &["mhz", "megahertz"],
    &["ghz", "gigahertz"],
    &["mp", "mpx", "megapixel", "megapixels"],
    &["port", "ports"],
];

/// A measure at the beginning of some compounds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Measure {
    /// How many of the compounds it takes.
    pub(super) compounds: usize,
    pub(super) term: String,
}

/// The measure that these compounds begin with.
pub(super) fn measure(compounds: &[Compound]) -> Option<Measure> {
    let first = compounds.first()?;
    if !first.is_number() {
        let (number, unit) = first.parts().split_last().map(|(unit, number)| (number, unit))?;
        if number.is_empty() || number.iter().any(super::words::Part::is_word) {
            return None;
        }
        let number: String = number.iter().map(|part| part.folded.as_str()).collect();
        return Some(Measure { compounds: 1, term: number + unit_of(&unit.folded)? });
    }
    let second = compounds.get(1)?.whole();
    if let Some(unit) = unit_of(&second) {
        return Some(Measure { compounds: 2, term: first.whole() + unit });
    }
    let third = compounds.get(2).filter(|third| second == "x" && third.is_number())?;
    Some(Measure { compounds: 3, term: format!("{}x{}", first.whole(), third.whole()) })
}

fn unit_of(word: &str) -> Option<&'static str> {
    UNITS.iter().find(|unit| unit.contains(&word)).and_then(|unit| unit.first().copied())
}

#[cfg(test)]
mod tests {
    use super::super::words::compounds;
    use super::*;

    #[test]
    fn measures_are_one_term_however_they_are_written() {
        for (text, term, taken) in [
            ("500 GB", "500gb", 2),
            ("500gb disk", "500gb", 1),
            ("500-gigabyte", "500gb", 1),
            ("17\" screen", "17inch", 2),
            ("17-inch", "17inch", 1),
            ("17 in", "17inch", 2),
            ("43.2 cm", "432cm", 2),
            ("1920 x 1080 pixels", "1920x1080", 3),
            ("1920×1080", "1920x1080", 3),
        ] {
            let found = measure(&compounds(text));
            assert_eq!(found, Some(Measure { compounds: taken, term: term.to_owned() }), "{text}");
        }
        for text in ["GB 500", "500 disks", "WH-1000XM4", "x 1080", "", "5 x lamp"] {
            assert_eq!(measure(&compounds(text)), None, "{text}");
        }
    }
}
