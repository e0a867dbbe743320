//! What a statement answers: one column of one row, and the types that are read from it.

use crate::Kind;

/// One column as the driver holds it, borrowed from the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnValue<'a> {
    /// SQL `NULL`.
    Null,
    /// An integer.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl<'a> ColumnValue<'a> {
    fn kind(self) -> Option<Kind> {
        match self {
            Self::Null => None,
            Self::Int(_) => Some(Kind::Int),
            Self::Text(_) => Some(Kind::Text),
            Self::Blob(_) => Some(Kind::Blob),
        }
    }

    fn not(self, expected: Kind) -> ColumnError {
        match self.kind() {
            None => ColumnError::Null,
            Some(found) => ColumnError::Kind { expected, found },
        }
    }

    /// The integer, or why there is none.
    pub fn int(self) -> Result<i64, ColumnError> {
        match self {
            Self::Int(value) => Ok(value),
            other => Err(other.not(Kind::Int)),
        }
    }

    /// The text, or why there is none.
    pub fn text(self) -> Result<&'a str, ColumnError> {
        match self {
            Self::Text(value) => Ok(value),
            other => Err(other.not(Kind::Text)),
        }
    }

    /// The bytes, or why there are none.
    pub fn blob(self) -> Result<&'a [u8], ColumnError> {
        match self {
            Self::Blob(value) => Ok(value),
            other => Err(other.not(Kind::Blob)),
        }
    }
}

/// Why a column cannot be read as the wanted type. It means a bug or a damaged database, not bad input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// `NULL` where the type has no such value.
    #[error("it is NULL")]
    Null,
    /// Another kind of value.
    #[error("it holds {found}, not {expected}")]
    Kind {
        /// What the type is stored as.
        expected: Kind,
        /// What the row holds.
        found: Kind,
    },
    /// A type of the engine outside the common subset, such as `NUMERIC` from an uncast `SUM`.
    #[error("its type {0} is outside the common subset; cast it to BIGINT or TEXT")]
    Type(String),
    /// The right kind, but no value of the wanted type: an unknown state, a number out of range.
    #[error("{0}")]
    Invalid(String),
}

impl ColumnError {
    /// The value is no such thing: `ColumnError::invalid(format_args!("{text:?} is no order state"))`.
    pub fn invalid(reason: impl std::fmt::Display) -> Self {
        Self::Invalid(reason.to_string())
    }
}

/// A type that can be read from a column: the reverse of [`ToValue`](crate::ToValue).
///
/// There is none for `bool`: the common subset has no booleans, a flag is a nullable time or a state.
pub trait Column: Sized {
    /// Reads it.
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError>;
}

impl Column for i64 {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.int()
    }
}

macro_rules! narrow_integers {
    ($($integer:ty),*) => {
        $(impl Column for $integer {
            fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
                let wide = value.int()?;
                Self::try_from(wide)
                    .map_err(|_| ColumnError::invalid(format_args!("{wide} is out of range")))
            }
        })*
    };
}
narrow_integers!(i32, i16, u64, u32, u16, u8);

impl Column for String {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.text().map(str::to_owned)
    }
}

impl Column for Box<str> {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.text().map(Self::from)
    }
}

impl Column for Vec<u8> {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        value.blob().map(<[u8]>::to_vec)
    }
}

impl<const N: usize> Column for [u8; N] {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        let bytes = value.blob()?;
        Self::try_from(bytes)
            .map_err(|_| ColumnError::invalid(format_args!("it has {} bytes, not {N}", bytes.len())))
    }
}

impl<T: Column> Column for Option<T> {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        match value {
            ColumnValue::Null => Ok(None),
            present => T::from_column(present).map(Some),
        }
    }
}
