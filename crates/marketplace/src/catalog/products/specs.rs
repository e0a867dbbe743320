//! The properties that sellers give their products freely.

use db::{Column, ColumnError, ColumnValue};
use deserr::{Deserr, IntoValue, ValuePointerRef};
use serde::Serialize;
use serde_json::{Map, Value};
use types::FieldErrors;

/// Properties of a product: a JSON object of at most 100 entries, 20,000 bytes and 8 levels.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Specs(Map<String, Value>);

impl Specs {
    const MAX_ENTRIES: usize = 100;
    const MAX_BYTES: usize = 20_000;
    const MAX_DEPTH: usize = 8;

    /// Checks an object.
    pub fn new(map: Map<String, Value>) -> Result<Self, (&'static str, String)> {
        if map.len() > Self::MAX_ENTRIES {
            return Err(("too_long", format!("at most {} entries", Self::MAX_ENTRIES)));
        }
        let value = Value::Object(map);
        if depth(&value) > Self::MAX_DEPTH {
            return Err(("not_allowed", format!("at most {} levels deep", Self::MAX_DEPTH)));
        }
        if holds_control(&value) {
            return Err(("not_allowed", "contains a character that is not allowed".to_owned()));
        }
        if value.to_string().len() > Self::MAX_BYTES {
            return Err(("too_long", format!("at most {} bytes as JSON", Self::MAX_BYTES)));
        }
        match value {
            Value::Object(map) => Ok(Self(map)),
            _ => Ok(Self::default()),
        }
    }

    /// The properties.
    pub const fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

fn depth(value: &Value) -> usize {
    let below = match value {
        Value::Array(values) => values.iter().map(depth).max(),
        Value::Object(map) => map.values().map(depth).max(),
        _ => return 0,
    };
    1 + below.unwrap_or(0)
}

/// Whether a text in it has control characters other than white space: NUL among them, which PostgreSQL
/// would refuse.
fn holds_control(value: &Value) -> bool {
    let control = |text: &str| text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    match value {
        Value::String(text) => control(text),
        Value::Array(values) => values.iter().any(holds_control),
        Value::Object(map) => map.iter().any(|(name, value)| control(name) || holds_control(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

impl Deserr<FieldErrors> for Specs {
    fn deserialize_from_value<V: IntoValue>(
        value: deserr::Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        match <Value as Deserr<FieldErrors>>::deserialize_from_value(value, location)? {
            Value::Object(map) => {
                Self::new(map).map_err(|(code, detail)| FieldErrors::at(location, code, detail))
            }
            _ => Err(FieldErrors::at(location, "wrong_type", "expected an object")),
        }
    }
}

impl utoipa::PartialSchema for Specs {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .examples([serde_json::json!({"material": "cotton", "wash": "40 °C"})])
            .into()
    }
}
impl utoipa::ToSchema for Specs {}

impl Column for Specs {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        serde_json::from_str(value.text()?).map(Self).map_err(ColumnError::invalid)
    }
}
