//! How the value types of the domain are stored.

use types::{
    BasisPoints, Country, Email, Grams, Gtin, Id, Line, Money, Prose, Quantity, Slug, StockLevel, Timestamp,
};

use crate::{Column, ColumnError, ColumnValue, ToValue, Value};

impl<K> ToValue for Id<K> {
    fn to_value(&self) -> Value<'_> {
        Value::Int(self.as_i64())
    }
}

impl<K> Column for Id<K> {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.int().map(Self::from_i64)
    }
}

impl ToValue for Timestamp {
    fn to_value(&self) -> Value<'_> {
        Value::Int(self.as_micros())
    }
}

impl Column for Timestamp {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.int().map(Self::from_micros)
    }
}

impl ToValue for Money {
    fn to_value(&self) -> Value<'_> {
        Value::Int(self.minor())
    }
}

impl Column for Money {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.int().map(Self::from_minor)
    }
}

impl ToValue for Quantity {
    fn to_value(&self) -> Value<'_> {
        Value::Int(self.units())
    }
}

impl Column for Quantity {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        let units = value.int()?;
        Self::new(units).ok_or_else(|| ColumnError::invalid(format_args!("{units} is no quantity")))
    }
}

impl ToValue for StockLevel {
    fn to_value(&self) -> Value<'_> {
        Value::Int(self.units())
    }
}

impl Column for StockLevel {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        let units = value.int()?;
        Self::new(units).ok_or_else(|| ColumnError::invalid(format_args!("{units} is no stock level")))
    }
}

impl ToValue for BasisPoints {
    fn to_value(&self) -> Value<'_> {
        Value::Int(self.get())
    }
}

impl ToValue for Grams {
    fn to_value(&self) -> Value<'_> {
        Value::Int(self.get())
    }
}

impl Column for Grams {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        let grams = value.int()?;
        Self::new(grams).ok_or_else(|| ColumnError::invalid(format_args!("{grams} is no weight in grams")))
    }
}

impl ToValue for Email {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str())
    }
}

impl Column for Email {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.text()?.parse().map_err(ColumnError::invalid)
    }
}

impl ToValue for Slug {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str())
    }
}

impl<const MAX: usize> ToValue for Line<MAX> {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str())
    }
}

impl<const MAX: usize> ToValue for Prose<MAX> {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str())
    }
}

impl<const MAX: usize> Column for Line<MAX> {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.text()?.parse().map_err(ColumnError::invalid)
    }
}

impl<const MAX: usize> Column for Prose<MAX> {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.text()?.parse().map_err(ColumnError::invalid)
    }
}

impl ToValue for Country {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str())
    }
}

impl Column for Country {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.text()?.parse().map_err(ColumnError::invalid)
    }
}

impl ToValue for Gtin {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str())
    }
}

impl Column for Gtin {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.text()?.parse().map_err(ColumnError::invalid)
    }
}
