//! Values in PostgreSQL's binary form, both ways.

use std::error::Error as StdError;

use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use crate::{
    ColumnError, ColumnValue, Kind, Stmt, Value,
    error::{Cause, Error, Result},
};

type Failure = Box<dyn StdError + Sync + Send>;

/// Whether a parameter of this type can be given a value of this kind.
pub(super) fn takes(expected: &Type, given: Kind) -> bool {
    kind_of(expected) == Some(given)
}

/// Whether a column of this type can be read.
pub(super) fn readable(found: &Type) -> bool {
    kind_of(found).is_some()
}

fn kind_of(found: &Type) -> Option<Kind> {
    match *found {
        Type::INT8 | Type::INT4 | Type::INT2 => Some(Kind::Int),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => Some(Kind::Text),
        Type::BYTEA => Some(Kind::Blob),
        _ => None,
    }
}

/// A parameter. Kinds are checked before; the width of an integer is checked here.
#[derive(Debug)]
pub(super) struct Bind<'a>(pub(super) Value<'a>);

impl ToSql for Bind<'_> {
    fn to_sql(&self, expected: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match (self.0, expected) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(value), &Type::INT4) => i32::try_from(value)?.to_sql(expected, out),
            (Value::Int(value), &Type::INT2) => i16::try_from(value)?.to_sql(expected, out),
            (Value::Int(value), _) => value.to_sql(expected, out),
            (Value::Text(value), _) => value.to_sql(expected, out),
            (Value::Blob(value), _) => value.to_sql(expected, out),
        }
    }

    fn accepts(expected: &Type) -> bool {
        kind_of(expected).is_some()
    }

    to_sql_checked!();
}

/// One column of many rows, as an array parameter.
#[derive(Debug)]
pub(crate) enum Array<'a> {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<&'a str>>),
    Blob(Vec<Option<&'a [u8]>>),
}

impl Array<'_> {
    /// The parameter's type.
    pub(super) const fn array_type(&self) -> Type {
        match self {
            Self::Int(_) => Type::INT8_ARRAY,
            Self::Text(_) => Type::TEXT_ARRAY,
            Self::Blob(_) => Type::BYTEA_ARRAY,
        }
    }
}

impl ToSql for Array<'_> {
    fn to_sql(&self, expected: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match self {
            Self::Int(values) => values.to_sql_checked(expected, out),
            Self::Text(values) => values.to_sql_checked(expected, out),
            Self::Blob(values) => values.to_sql_checked(expected, out),
        }
    }

    fn accepts(expected: &Type) -> bool {
        matches!(*expected, Type::INT8_ARRAY | Type::TEXT_ARRAY | Type::BYTEA_ARRAY)
    }

    to_sql_checked!();
}

/// A parameter in the form in which it is sent, which no longer borrows what it was made of.
#[derive(Debug)]
pub(super) struct Encoded {
    bytes: BytesMut,
    is_null: bool,
}

impl Encoded {
    /// Encodes parameters for the types that a statement expects.
    pub(super) fn all<P: ToSql>(stmt: &'static Stmt, params: &[P], expected: &[Type]) -> Result<Vec<Self>> {
        let encode = |(param, expected): (&P, &Type)| {
            let mut bytes = BytesMut::new();
            let null = param.to_sql_checked(expected, &mut bytes)?;
            Ok(Self { bytes, is_null: matches!(null, IsNull::Yes) })
        };
        let encoded: Result<_, Failure> = params.iter().zip(expected).map(encode).collect();
        encoded.map_err(|error| Error::Statement {
            at: stmt.location(),
            source: Cause::new(std::io::Error::other(error)),
        })
    }
}

impl ToSql for Encoded {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        if self.is_null {
            return Ok(IsNull::Yes);
        }
        out.extend_from_slice(&self.bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Turns checked rows into columns.
pub(crate) fn arrays<'v>(kinds: impl Iterator<Item = Kind>, rows: &[&[Value<'v>]]) -> Vec<Array<'v>> {
    kinds
        .enumerate()
        .map(|(index, kind)| {
            let values = rows.iter().map(|row| row[index]);
            match kind {
                Kind::Int => Array::Int(values.map(int).collect()),
                Kind::Text => Array::Text(values.map(text).collect()),
                Kind::Blob => Array::Blob(values.map(blob).collect()),
            }
        })
        .collect()
}

fn int(value: Value<'_>) -> Option<i64> {
    if let Value::Int(value) = value { Some(value) } else { None }
}

fn text(value: Value<'_>) -> Option<&str> {
    if let Value::Text(value) = value { Some(value) } else { None }
}

fn blob(value: Value<'_>) -> Option<&[u8]> {
    if let Value::Blob(value) = value { Some(value) } else { None }
}

/// One column as PostgreSQL holds it.
pub(crate) fn column(row: &tokio_postgres::Row, index: usize) -> Result<ColumnValue<'_>, ColumnError> {
    let found = row.columns()[index].type_();
    if !readable(found) {
        return Err(ColumnError::Type(found.name().to_owned()));
    }
    row.try_get::<_, Cell<'_>>(index).map(|cell| cell.0).map_err(ColumnError::invalid)
}

struct Cell<'a>(ColumnValue<'a>);

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(found: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        let value = match *found {
            Type::INT8 => ColumnValue::Int(i64::from_sql(found, raw)?),
            Type::INT4 => ColumnValue::Int(i32::from_sql(found, raw)?.into()),
            Type::INT2 => ColumnValue::Int(i16::from_sql(found, raw)?.into()),
            Type::BYTEA => ColumnValue::Blob(raw),
            _ => ColumnValue::Text(std::str::from_utf8(raw)?),
        };
        Ok(Self(value))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self(ColumnValue::Null))
    }

    fn accepts(found: &Type) -> bool {
        readable(found)
    }
}
