//! What a statement is given: four kinds of value, borrowed from the caller.

use std::{borrow::Cow, fmt, sync::Arc};

/// The kinds of value that both engines store: everything else is written in terms of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A 64-bit integer: ids, microseconds, minor units, 0 and 1.
    Int,
    /// Text in UTF-8 without NUL.
    Text,
    /// Bytes: `BLOB` on SQLite, `BYTEA` on PostgreSQL.
    Blob,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Int => "an integer",
            Self::Text => "text",
            Self::Blob => "bytes",
        })
    }
}

/// One parameter of a statement. Borrowed, so that binding allocates nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// SQL `NULL`; it takes the type that the statement expects there.
    Null,
    /// An integer.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl Value<'_> {
    /// The kind, or `None` for `NULL`, which is of every kind.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Null => None,
            Self::Int(_) => Some(Kind::Int),
            Self::Text(_) => Some(Kind::Text),
            Self::Blob(_) => Some(Kind::Blob),
        }
    }

    /// PostgreSQL's `TEXT` cannot hold a NUL character, SQLite's can: refused on both.
    pub(crate) fn holds_nul(&self) -> bool {
        matches!(self, Self::Text(text) if text.as_bytes().contains(&0))
    }
}

/// A type that can be bound to a statement's parameter.
///
/// Domain types implement it by the value they are stored as: an id by its integer, a state by its name.
pub trait ToValue {
    /// The stored form.
    fn to_value(&self) -> Value<'_>;
}

impl ToValue for Value<'_> {
    fn to_value(&self) -> Value<'_> {
        *self
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {
        $(impl ToValue for $integer {
            fn to_value(&self) -> Value<'_> {
                Value::Int(i64::from(*self))
            }
        })*
    };
}
integers!(i64, i32, i16, u32, u16, u8);

impl ToValue for str {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::to_value)
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

impl<T: ToValue + ?Sized> ToValue for Box<T> {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

impl<T: ToValue + ?Sized> ToValue for Arc<T> {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

impl<T: ToValue + ToOwned + ?Sized> ToValue for Cow<'_, T> {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

/// The parameters of one statement: `params![id, &name, None::<i64>]`, in the order `$1, $2, …`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::ToValue::to_value(&$value)),*]
    };
}
