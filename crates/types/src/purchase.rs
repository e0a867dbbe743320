//! Numbers that only a cart or a checkout is asked with.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};

use crate::{FieldErrors, Money, Quantity, input};

/// How many units a line of a cart is to hold: 0, which is no line at all, to 999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineQuantity(Option<Quantity>);

impl LineQuantity {
    /// The quantity of the line, if there is to be one.
    pub const fn quantity(self) -> Option<Quantity> {
        self.0
    }
}

impl Deserr<FieldErrors> for LineQuantity {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::integer(value, location, 0, Quantity::MAX).map(|units| Self(Quantity::new(units)))
    }
}
input::describe!(LineQuantity as integer, 0, Quantity::MAX);

/// What a buyer expects to pay in all, in minor units: 0 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedTotal(pub Money);

impl Deserr<FieldErrors> for ExpectedTotal {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::integer(value, location, 0, i64::MAX).map(|minor| Self(Money::from_minor(minor)))
    }
}
input::describe!(ExpectedTotal as integer, 0, i64::MAX);
