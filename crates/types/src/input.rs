//! What is wrong with a request's fields, and the two ways a field can be absent.

use std::ops::ControlFlow;

use deserr::{
    DeserializeError, Deserr, ErrorKind, IntoValue, MergeWithError, Value, ValueKind, ValuePointerRef,
};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};

/// One mistake in a request: where, which, and a sentence for the person who reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON pointer into the body (RFC 6901), or `/name` of a query parameter.
    pub pointer: String,
    /// Stable code: `required`, `unknown_field`, `wrong_type`, `too_small`, `too_large`, `too_long`, …
    pub code: &'static str,
    /// A sentence for a person.
    pub detail: String,
    /// The variant the mistake is about, in a refused cart or checkout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<crate::VariantId>,
    /// The units that could be had, where stock is what is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
}

impl FieldError {
    /// A mistake at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, detail: detail.into(), variant_id: None, available: None }
    }
}

/// All the mistakes of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// A list of one.
    pub fn one(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self(vec![FieldError::new(pointer, code, detail)])
    }

    /// A mistake of the value at `location`.
    pub fn at(location: ValuePointerRef<'_>, code: &'static str, detail: impl Into<String>) -> Self {
        Self::one(pointer(location), code, detail)
    }

    /// Adds a mistake.
    pub fn push(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mistakes, in the order they were found.
    pub fn into_vec(self) -> Vec<FieldError> {
        self.0
    }

    /// `Ok` when nothing is wrong, else the mistakes.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<FieldError> for FieldErrors {
    fn from(error: FieldError) -> Self {
        Self(vec![error])
    }
}

/// The JSON pointer of a place in a body.
fn pointer(location: ValuePointerRef<'_>) -> String {
    match location {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Key { key, prev } => {
            format!("{}/{}", pointer(*prev), key.replace('~', "~0").replace('/', "~1"))
        }
        ValuePointerRef::Index { index, prev } => format!("{}/{index}", pointer(*prev)),
    }
}

impl MergeWithError<FieldErrors> for FieldErrors {
    fn merge(
        found: Option<Self>,
        mut other: FieldErrors,
        _place: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let mut all = found.unwrap_or_default();
        all.0.append(&mut other.0);
        ControlFlow::Continue(all)
    }
}

impl DeserializeError for FieldErrors {
    fn error<V: IntoValue>(
        found: Option<Self>,
        error: ErrorKind<'_, V>,
        location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let at = pointer(location);
        let error = match error {
            ErrorKind::IncorrectValueKind { actual, accepted } => FieldError::new(
                at,
                "wrong_type",
                format!("expected {}, found {}", names(accepted), actual.kind()),
            ),
            ErrorKind::MissingField { field } => {
                FieldError::new(format!("{at}/{field}"), "required", format!("`{field}` is required"))
            }
            ErrorKind::UnknownKey { key, accepted } => FieldError::new(
                format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                "unknown_field",
                format!("there is no such field here; there are {}", accepted.join(", ")),
            ),
            ErrorKind::UnknownValue { accepted, .. } => {
                FieldError::new(at, "not_allowed", format!("expected one of {}", accepted.join(", ")))
            }
            ErrorKind::BadSequenceLen { expected, .. } => {
                FieldError::new(at, "wrong_length", format!("expected {expected} items"))
            }
            ErrorKind::Unexpected { msg } => FieldError::new(at, "not_allowed", msg),
        };
        let mut all = found.unwrap_or_default();
        all.0.push(error);
        ControlFlow::Continue(all)
    }
}

fn names(kinds: &[ValueKind]) -> String {
    kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

/// Refuses a value that is not of the JSON kind `accepted`.
pub(crate) fn wrong_kind<V: IntoValue>(
    actual: Value<V>,
    accepted: ValueKind,
    location: ValuePointerRef<'_>,
) -> FieldErrors {
    let (ControlFlow::Break(errors) | ControlFlow::Continue(errors)) =
        FieldErrors::error(None, ErrorKind::IncorrectValueKind { actual, accepted: &[accepted] }, location);
    errors
}

/// The text of a JSON string.
pub(crate) fn string<V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef<'_>,
) -> Result<String, FieldErrors> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(wrong_kind(other, ValueKind::String, location)),
    }
}

/// A JSON integer between `min` and `max`, both allowed.
pub(crate) fn integer<V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef<'_>,
    min: i64,
    max: i64,
) -> Result<i64, FieldErrors> {
    let too_large = || FieldErrors::at(location, "too_large", format!("must be at most {max}"));
    let too_small = || FieldErrors::at(location, "too_small", format!("must be at least {min}"));
    let number = match value {
        Value::Integer(number) => i64::try_from(number).map_err(|_| too_large())?,
        Value::NegativeInteger(number) => number,
        // A whole number too long for 64 bits reaches us as a float.
        Value::Float(number) if number >= 9.2e18 => return Err(too_large()),
        Value::Float(number) if number <= -9.2e18 => return Err(too_small()),
        other => return Err(wrong_kind(other, ValueKind::Integer, location)),
    };
    if number < min {
        return Err(too_small());
    }
    if number > max {
        return Err(too_large());
    }
    Ok(number)
}

/// A field of a PATCH: absent leaves, `null` clears, a value sets.
///
/// Give the field `#[deserr(default)]`, which is [`Patch::Leave`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The field was absent.
    #[default]
    Leave,
    /// The field was `null`.
    Clear,
    /// The field had a value.
    Set(T),
}

impl<T> Patch<T> {
    /// The value after the patch, given the one before.
    pub fn apply(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Leave => before,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The same change of another form of the value.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Leave => Patch::Leave,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(change(value)),
        }
    }
}

impl<T: Deserr<FieldErrors>> Deserr<FieldErrors> for Patch<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        match value {
            Value::Null => Ok(Self::Clear),
            value => T::deserialize_from_value(value, location).map(Self::Set),
        }
    }
}

/// A field of a PATCH that can be left or set, never cleared: `null` is a mistake.
///
/// Give the field `#[deserr(default)]`, which is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present<T>(pub Option<T>);

impl<T> Default for Present<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Present<T> {
    /// The value after the patch, given the one before.
    pub fn or(self, before: T) -> T {
        self.0.unwrap_or(before)
    }
}

impl<T: Deserr<FieldErrors>> Deserr<FieldErrors> for Present<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        T::deserialize_from_value(value, location).map(|value| Self(Some(value)))
    }
}

/// Describes a type to OpenAPI as its inner type, or as a constrained string or integer.
macro_rules! describe {
    ($name:ident $(<$(const $n:ident: usize),*>)? as string $(, max $max:expr)? $(, pattern $pattern:expr)? $(, example $example:expr)?) => {
        impl $(<$(const $n: usize),*>)? utoipa::PartialSchema for $name $(<$($n),*>)? {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    $(.max_length(Some($max)))?
                    $(.pattern(Some($pattern)))?
                    $(.examples([serde_json::json!($example)]))?
                    .into()
            }
        }
        impl $(<$(const $n: usize),*>)? utoipa::ToSchema for $name $(<$($n),*>)? {
            fn name() -> std::borrow::Cow<'static, str> {
                let name = stringify!($name).to_ascii_lowercase();
                // Each length is a schema of its own.
                $($(let name = format!("{name}_{}", $n);)*)?
                name.into()
            }
        }
    };
    ($name:ident as integer, $min:expr, $max:expr) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::Integer)
                    .minimum(Some($min))
                    .maximum(Some($max))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use describe;

/// A generic type describes itself to the derive of a struct that holds it by composition: a field of a
/// PATCH looks like its value, or is `null` where that clears.
macro_rules! describe_as_value {
    ($name:ident, $schema:expr) => {
        impl<T: utoipa::PartialSchema> utoipa::__dev::ComposeSchema for $name<T> {
            fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
                $schema(T::schema())
            }
        }
        impl<T: utoipa::PartialSchema> utoipa::ToSchema for $name<T> {}
    };
}
describe_as_value!(Patch, or_null);
describe_as_value!(Present, std::convert::identity);

fn or_null(value: RefOr<Schema>) -> RefOr<Schema> {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    OneOfBuilder::new().item(value).item(null).into()
}
