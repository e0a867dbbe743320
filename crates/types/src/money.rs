//! Money, prices and quantities: whole numbers with limits, never a float.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};
use std::str::FromStr;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::{FieldErrors, input};

/// A currency by its ISO 4217 code. A marketplace has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code, such as `USD`.
    pub fn code(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many digits follow the decimal point: the minor unit of ISO 4217.
    pub fn decimals(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|letter| letter.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err("a currency is three capital letters of ISO 4217, such as USD"),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in the minor unit of the marketplace's one currency; may be negative (in the ledger).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From minor units.
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }
    /// In minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }
    /// This many times the amount. Saturates; prices and quantities are limited so that it cannot happen.
    #[must_use]
    pub const fn times(self, quantity: i64) -> Self {
        Self(self.0.saturating_mul(quantity))
    }
    /// `numerator / denominator` of the amount, halves rounded away from zero; `denominator` is above zero.
    #[must_use]
    pub fn fraction(self, numerator: i64, denominator: i64) -> Self {
        let (product, divisor) = (i128::from(self.0) * i128::from(numerator), i128::from(denominator.max(1)));
        let rounded = (product.abs() * 2 + divisor) / (divisor * 2) * product.signum();
        Self(i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX }))
    }
    /// `basis_points` (hundredths of a percent) of the amount, halves rounded away from zero.
    #[must_use]
    pub fn basis_points(self, basis_points: i64) -> Self {
        self.fraction(basis_points, 10_000)
    }
    /// The amount with its currency, as JSON shows it.
    pub const fn in_currency(self, currency: Currency) -> Price {
        Price { amount: self, currency }
    }
    /// The amount as a person reads it, such as `19.99 USD`.
    pub fn display(self, currency: Currency) -> String {
        let scale = 10_u64.pow(currency.decimals());
        let (whole, part) = (self.0.unsigned_abs() / scale, self.0.unsigned_abs() % scale);
        let sign = if self.0 < 0 { "-" } else { "" };
        match currency.decimals() {
            0 => format!("{sign}{whole} {currency}"),
            digits => format!("{sign}{whole}.{part:0width$} {currency}", width = digits as usize),
        }
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}
impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// An amount and its currency: `{"amount": 1999, "currency": "USD"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    amount: Money,
    currency: Currency,
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut price = serializer.serialize_struct("Price", 2)?;
        price.serialize_field("amount", &self.amount.minor())?;
        price.serialize_field("currency", self.currency.code())?;
        price.end()
    }
}

impl utoipa::PartialSchema for Price {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::Type;
        let field = |kind| utoipa::openapi::ObjectBuilder::new().schema_type(kind);
        utoipa::openapi::ObjectBuilder::new()
            .description(Some("Money: minor units and the currency"))
            .property("amount", field(Type::Integer))
            .property("currency", field(Type::String))
            .required("amount")
            .required("currency")
            .examples([serde_json::json!({"amount": 1999, "currency": "USD"})])
            .into()
    }
}
impl utoipa::ToSchema for Price {
    fn name() -> std::borrow::Cow<'static, str> {
        "money".into()
    }
}

/// Splits `whole` in proportion to `weights` by largest remainder: the parts always sum to the whole.
///
/// Ties go to the earlier part. Weights below zero count as zero; where all are zero the first part
/// takes everything. No weights, no parts.
pub fn allocate(whole: Money, weights: &[Money]) -> Vec<Money> {
    let weight = |part: &Money| i128::from(part.minor().max(0));
    let total: i128 = weights.iter().map(weight).sum();
    if total == 0 {
        let mut parts = vec![Money::ZERO; weights.len()];
        if let Some(first) = parts.first_mut() {
            *first = whole;
        }
        return parts;
    }
    let amount = i128::from(whole.minor());
    let mut parts: Vec<i128> = weights.iter().map(|part| amount * weight(part) / total).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse((amount * weight(&weights[index]) % total).abs()));
    let missing = amount - parts.iter().sum::<i128>();
    for &index in order.iter().take(usize::try_from(missing.abs()).unwrap_or(0)) {
        parts[index] += missing.signum();
    }
    // Each part lies between zero and the whole, which is 64 bits wide.
    parts.into_iter().map(|part| Money(i64::try_from(part).unwrap_or(0))).collect()
}

/// How many of one variant: 1 to 999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i64);

impl Quantity {
    /// The most of one variant in a cart.
    pub const MAX: i64 = 999;

    /// `None` outside 1 to [`Quantity::MAX`].
    pub fn new(units: i64) -> Option<Self> {
        (1..=Self::MAX).contains(&units).then_some(Self(units))
    }
    /// The number of units.
    pub const fn units(self) -> i64 {
        self.0
    }
}

impl Deserr<FieldErrors> for Quantity {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::integer(value, location, 1, Self::MAX).map(Self)
    }
}
input::describe!(Quantity as integer, 1, Quantity::MAX);

/// A price as a request gives it: 1 to 1,000,000,000,000 minor units.
impl Deserr<FieldErrors> for Money {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::integer(value, location, 1, 1_000_000_000_000).map(Self)
    }
}
input::describe!(Money as integer, 1, 1_000_000_000_000_i64);

/// A share in hundredths of a percent: 0 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BasisPoints(i64);

impl BasisPoints {
    /// The whole.
    pub const MAX: i64 = 10_000;

    /// The number of hundredths of a percent.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl Deserr<FieldErrors> for BasisPoints {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::integer(value, location, 0, Self::MAX).map(Self)
    }
}
input::describe!(BasisPoints as integer, 0, BasisPoints::MAX);

/// A stock as a request gives it: 0 to 1,000,000,000 units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StockLevel(i64);

impl StockLevel {
    /// The most units of a variant.
    pub const MAX: i64 = 1_000_000_000;

    /// `None` outside 0 to [`StockLevel::MAX`].
    pub fn new(units: i64) -> Option<Self> {
        (0..=Self::MAX).contains(&units).then_some(Self(units))
    }
    /// The number of units.
    pub const fn units(self) -> i64 {
        self.0
    }
}

impl Deserr<FieldErrors> for StockLevel {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::integer(value, location, 0, Self::MAX).map(Self)
    }
}
input::describe!(StockLevel as integer, 0, StockLevel::MAX);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is split comes back whole, and no part is more than one unit off its share.
        #[test]
        fn parts_sum_to_the_whole(
            whole in 0_i64..1_000_000_000_000_000,
            weights in proptest::collection::vec(0_i64..1_000_000_000_000, 1..40),
        ) {
            let weights: Vec<Money> = weights.into_iter().map(Money).collect();
            let parts = allocate(Money(whole), &weights);
            prop_assert_eq!(parts.iter().copied().sum::<Money>(), Money(whole));
            let total: i128 = weights.iter().map(|weight| i128::from(weight.0)).sum();
            if total > 0 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let off = i128::from(part.0) * total - i128::from(whole) * i128::from(weight.0);
                    prop_assert!(off.abs() < total);
                }
            }
        }

        #[test]
        fn a_fraction_is_half_up(minor in 0_i64..1_000_000_000_000, percent in 0_i64..=100) {
            let exact = i128::from(minor) * i128::from(percent);
            let got = i128::from(Money(minor).fraction(percent, 100).0);
            prop_assert!((got * 100 - exact).abs() <= 50);
            prop_assert!(got * 100 - exact > -50);
        }
    }

    #[test]
    fn amounts_read_well() {
        let dollars = "USD".parse().unwrap();
        let yen = "JPY".parse().unwrap();
        assert_eq!(Money(1999).display(dollars), "19.99 USD");
        assert_eq!(Money(-5).display(dollars), "-0.05 USD");
        assert_eq!(Money(1999).display(yen), "1999 JPY");
    }
}
