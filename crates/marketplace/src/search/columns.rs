//! The columns of a segment, a number a document. They are unpacked once and kept: some thirty bytes a product,
//! so that a list of a million products is a walk over plain arrays.

#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "how much a product is liked is an estimate; its numbers are small"
)]

use tantivy::SegmentReader;

use super::attributes::Attributes;
use super::batch::CHUNK;
use super::counting::band_of;
use super::index::{IN_STOCK, failed};
use super::kinds::Kinds;
use super::vocabulary::Vocabulary;
use crate::Result;

/// A number of a column.
pub(super) trait Number: Copy + PartialOrd + Into<u64> + TryFrom<u64> {
    /// The largest there is room for.
    const LARGEST: Self;

    /// As a part of a rank.
    fn into_wide(self) -> i64 {
        Into::<u64>::into(self).cast_signed()
    }
}

impl Number for u8 {
    const LARGEST: Self = Self::MAX;
}

impl Number for u16 {
    const LARGEST: Self = Self::MAX;
}

impl Number for u32 {
    const LARGEST: Self = Self::MAX;
}

impl Number for u64 {
    const LARGEST: Self = Self::MAX;
}

/// Numbers that documents share, each once, and which of them is whose.
pub(super) struct Ordinals {
    /// In their order.
    pub(super) numbers: Vec<u64>,
    /// Of each document, the place of its number.
    pub(super) of: Vec<u32>,
}

/// Prices in minor units: there are seldom any that need more than four bytes.
pub(super) enum Prices {
    Usual(Vec<u32>),
    Large(Vec<u64>),
}

/// The columns of a segment.
pub(super) struct Columns {
    pub(super) id: Vec<u64>,
    /// The highest identifier of each [`CHUNK`] of documents.
    pub(super) newest: Vec<u64>,
    pub(super) category: Ordinals,
    pub(super) vendor: Ordinals,
    pub(super) price: Prices,
    /// The places of the prices' bands.
    pub(super) band: Vec<u8>,
    /// In thousandths of a star.
    pub(super) rating: Vec<u16>,
    pub(super) sales: Vec<u32>,
    pub(super) flags: Vec<u8>,
    /// By what the score of a document is multiplied: for what was sold of it, what buyers think, whether it
    /// is there.
    pub(super) renown: Vec<f32>,
    /// Absent where no document has any.
    pub(super) attributes: Option<Attributes>,
    /// How many there are of each kind.
    pub(super) all: Kinds,
}

impl Columns {
    /// Unpacks a segment's columns.
    pub(super) fn read(segment: &SegmentReader, vocabulary: &Vocabulary) -> Result<Self> {
        let attributes = segment.fast_fields().str("attribute").map_err(failed)?;
        let unpack = |column| Attributes::read(&column, segment.max_doc(), vocabulary);
        let price = numbers(segment, "price")?;
        let rating = small::<u16>(segment, "rating")?;
        let sales = small::<u32>(segment, "sales")?;
        let flags = small::<u8>(segment, "flags")?;
        let known = rating.iter().zip(&sales).zip(&flags);
        let id = numbers(segment, "id")?;
        let mut columns = Self {
            newest: id.chunks(CHUNK).map(|ids| ids.iter().copied().max().unwrap_or(0)).collect(),
            id,
            category: Ordinals::of(&numbers(segment, "category")?),
            vendor: Ordinals::of(&numbers(segment, "vendor")?),
            band: price.iter().map(|price| band_of(*price)).collect(),
            price: Prices::of(price),
            renown: known.map(|((rating, sales), flags)| renown(*sales, *rating, *flags)).collect(),
            rating,
            sales,
            flags,
            attributes: attributes.map(unpack).transpose()?,
            all: Kinds::default(),
        };
        columns.all = Kinds::of(&columns);
        Ok(columns)
    }
}

impl Prices {
    fn of(prices: Vec<u64>) -> Self {
        let usual: Option<Vec<u32>> = prices.iter().map(|price| u32::try_from(*price).ok()).collect();
        usual.map_or(Self::Large(prices), Self::Usual)
    }
}

impl Ordinals {
    fn of(all: &[u64]) -> Self {
        let mut numbers = all.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.shrink_to_fit();
        let place = |number: &u64| u32::try_from(numbers.binary_search(number).unwrap_or(0)).unwrap_or(0);
        let of = all.iter().map(place).collect();
        Self { numbers, of }
    }
}

fn numbers(segment: &SegmentReader, name: &str) -> Result<Vec<u64>> {
    let column = segment.fast_fields().u64(name).map_err(failed)?;
    let is_full = column.get_cardinality().is_full();
    let values = if is_full { column.values } else { column.first_or_default_col(0) };
    let mut numbers = vec![0; segment.max_doc() as usize];
    values.get_range(0, &mut numbers);
    Ok(numbers)
}

/// Numbers of which those that are too large count as the largest there is room for.
fn small<T: Number>(segment: &SegmentReader, name: &str) -> Result<Vec<T>> {
    let numbers = numbers(segment, name)?;
    Ok(numbers.into_iter().map(|number| T::try_from(number).unwrap_or(T::LARGEST)).collect())
}

/// What speaks for a product beside the words: what was sold of it, what buyers think, whether it is there.
fn renown(sales: u32, rating: u16, flags: u8) -> f32 {
    let sold = (sales as f32).ln_1p() / 1_000_f32.ln_1p();
    let liked = f32::from(rating) / 5_000.0;
    let there = if flags & IN_STOCK != 0 { 0.0 } else { -0.12 };
    1.0 + 0.15 * sold.min(1.5) + 0.06 * liked + there
}
