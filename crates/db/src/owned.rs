//! A value that was read and is kept: for whoever copies rows without knowing what they mean.

use crate::{Column, ColumnError, ColumnValue, ToValue, Value};

/// One cell of a row, whatever its kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owned {
    /// SQL `NULL`.
    Null,
    /// An integer.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Column for Owned {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        Ok(match value {
            ColumnValue::Null => Self::Null,
            ColumnValue::Int(value) => Self::Int(value),
            ColumnValue::Text(value) => Self::Text(value.to_owned()),
            ColumnValue::Blob(value) => Self::Blob(value.to_vec()),
        })
    }
}

impl ToValue for Owned {
    fn to_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(value) => Value::Int(*value),
            Self::Text(value) => Value::Text(value),
            Self::Blob(value) => Value::Blob(value),
        }
    }
}
