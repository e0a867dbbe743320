//! What is counted and weighed, besides money.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;

use crate::{FieldErrors, StockLevel, input};

/// A weight in grams: 0 (nothing to carry) to 100,000,000 (a hundred tonnes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grams(i64);

impl Grams {
    /// The heaviest.
    pub const MAX: i64 = 100_000_000;

    /// `None` outside 0 to [`Grams::MAX`].
    pub fn new(grams: i64) -> Option<Self> {
        (0..=Self::MAX).contains(&grams).then_some(Self(grams))
    }
    /// The number of grams.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl Deserr<FieldErrors> for Grams {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::integer(value, location, 0, Self::MAX).map(Self)
    }
}
input::describe!(Grams as integer, 0, Grams::MAX);

/// Units that come into a stock or, below zero, go out of it; never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockDelta(i64);

impl StockDelta {
    /// The number of units.
    pub const fn units(self) -> i64 {
        self.0
    }
}

impl Deserr<FieldErrors> for StockDelta {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        match input::integer(value, location, -StockLevel::MAX, StockLevel::MAX)? {
            0 => Err(FieldErrors::at(location, "not_allowed", "must not be 0")),
            units => Ok(Self(units)),
        }
    }
}
input::describe!(StockDelta as integer, -StockLevel::MAX, StockLevel::MAX);

/// A part of a whole in percent, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Percent(i64);

impl Percent {
    /// `None` outside 0 to 100.
    pub fn new(percent: i64) -> Option<Self> {
        (0..=100).contains(&percent).then_some(Self(percent))
    }
    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl Deserr<FieldErrors> for Percent {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::integer(value, location, 0, 100).map(Self)
    }
}
input::describe!(Percent as integer, 0, 100);

/// A whole number between two limits, both allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Between<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Between<MIN, MAX> {
    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl<const MIN: i64, const MAX: i64> Deserr<FieldErrors> for Between<MIN, MAX> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::integer(value, location, MIN, MAX).map(Self)
    }
}

impl<const MIN: i64, const MAX: i64> utoipa::PartialSchema for Between<MIN, MAX> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Integer)
            .minimum(Some(MIN))
            .maximum(Some(MAX))
            .into()
    }
}
impl<const MIN: i64, const MAX: i64> utoipa::ToSchema for Between<MIN, MAX> {
    /// Each pair of limits is a schema of its own.
    fn name() -> std::borrow::Cow<'static, str> {
        format!("integer_{MIN}_{MAX}").into()
    }
}
