//! What attributes are, and which values fit them.

use std::collections::BTreeSet;

use deserr::{Deserr, IntoValue, ValuePointerRef};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use types::{AttributeId, CategoryId, FieldError, FieldErrors, Line, Patch, Position, Present, TextError};
use utoipa::ToSchema;

use super::number::Decimal;
use crate::Result;
use crate::states::states;

// The most choices of an attribute.
const MAX_CHOICES: usize = 200;

states! {
    /// What the values of an attribute are.
    pub enum AttributeType {
        /// One line of text.
        Text = "text",
        /// A decimal number, of a unit where there is one.
        Number = "number",
        /// One of some texts.
        Choice = "choice",
        /// Yes or no.
        Boolean = "boolean",
    }
}

/// A property that products of a category, and of those below it, have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Identifier.
    pub id: AttributeId,
    /// The category that it is kept at.
    pub category: CategoryId,
    /// What products and searches call it, such as `screen-size`.
    pub key: String,
    /// What people call it, such as `Screen size`.
    pub name: String,
    /// What its values are.
    pub kind: AttributeType,
    /// What a number counts, such as `cm`.
    pub unit: Option<String>,
    /// What can be chosen.
    pub choices: Choices,
    /// Whether a product needs it to be published.
    pub is_required: bool,
    /// Place among the attributes of its category.
    pub position: i64,
}

impl Attribute {
    /// What the audit log shows of a change.
    pub(super) fn noted(&self) -> Value {
        let Self { name, unit, choices, is_required, position, .. } = self;
        serde_json::json!({
            "name": name, "unit": unit, "choices": choices, "required": is_required, "position": position,
        })
    }
}

/// What can be chosen of an attribute, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Choices(pub Vec<String>);

impl Choices {
    pub(super) fn to_json(&self) -> String {
        // Texts in an array always serialise.
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// An attribute to be.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_attribute, example = json!({"name": "Screen size", "type": "number", "unit": "cm", "required": true}))]
pub struct NewAttribute {
    /// What people call it; its key is made of it.
    pub name: Line<50>,
    /// What its values are.
    #[deserr(rename = "type")]
    #[schema(rename = "type")]
    pub kind: AttributeType,
    /// What a number counts.
    #[deserr(default)]
    pub unit: Option<Line<20>>,
    /// What can be chosen; at most 200.
    #[deserr(default)]
    pub choices: Option<Vec<Line<100>>>,
    /// Whether a product needs it to be published.
    #[deserr(default)]
    pub required: bool,
    /// Place among the attributes of its category; after them all without.
    #[deserr(default)]
    pub position: Option<Position>,
}

/// What changes of an attribute; its key and type stay.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = attribute_changes, example = json!({"choices": ["Red", "Green", "Blue"]}))]
pub struct AttributeChanges {
    /// What people call it.
    #[deserr(default)]
    pub name: Present<Line<50>>,
    /// What a number counts.
    #[deserr(default)]
    pub unit: Patch<Line<20>>,
    /// What can be chosen.
    #[deserr(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub choices: Present<Vec<Line<100>>>,
    /// Whether a product needs it to be published.
    #[deserr(default)]
    pub required: Present<bool>,
    /// Place among the attributes of its category.
    #[deserr(default)]
    pub position: Present<Position>,
}

/// Checks what an attribute of this type can be given: a unit only for numbers, choices only for choices.
pub(super) fn check_terms(
    kind: AttributeType,
    unit: Option<&str>,
    choices: Option<&[Line<100>]>,
) -> Result<Choices, FieldErrors> {
    let mut errors = FieldErrors::default();
    if unit.is_some() && kind != AttributeType::Number {
        errors.push(FieldError::new("/unit", "not_allowed", "only numbers have a unit"));
    }
    let given = choices.unwrap_or_default();
    let distinct: BTreeSet<_> = given.iter().collect();
    let mistake = match (kind, given.len()) {
        (AttributeType::Choice, 0) => Some(("required", "say what can be chosen".to_owned())),
        (AttributeType::Choice, length) if length > MAX_CHOICES => {
            Some(("too_long", format!("at most {MAX_CHOICES} choices")))
        }
        (AttributeType::Choice, length) if length > distinct.len() => {
            Some(("not_allowed", "there is a choice twice".to_owned()))
        }
        (AttributeType::Choice, _) => None,
        _ if choices.is_some() => Some(("not_allowed", "only choices have these".to_owned())),
        _ => None,
    };
    if let Some((code, detail)) = mistake {
        errors.push(FieldError::new("/choices", code, detail));
    }
    errors.into_result()?;
    Ok(Choices(given.iter().map(Line::to_string).collect()))
}

/// The values that a request gives a product, by the attribute's key, before they are checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GivenValues(Map<String, Value>);

impl GivenValues {
    /// The values of an object.
    pub const fn new(values: Map<String, Value>) -> Self {
        Self(values)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Deserr<FieldErrors> for GivenValues {
    fn deserialize_from_value<V: IntoValue>(
        value: deserr::Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        match <Value as Deserr<FieldErrors>>::deserialize_from_value(value, location)? {
            Value::Object(map) => Ok(Self(map)),
            _ => Err(FieldErrors::at(location, "wrong_type", "expected an object")),
        }
    }
}

impl utoipa::PartialSchema for GivenValues {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .examples([serde_json::json!({"screen-size": 39.6, "colour": "Red", "touch": true})])
            .into()
    }
}
impl ToSchema for GivenValues {
    fn name() -> std::borrow::Cow<'static, str> {
        "attribute_values".into()
    }
}

/// A value that fits its attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeValue {
    /// A text, or what was chosen.
    Text(String),
    /// A number.
    Number(Decimal),
    /// Yes or no.
    Boolean(bool),
}

impl AttributeValue {
    /// The value in the columns `value_text` and `value_number`: numbers in millionths, yes and no as
    /// `true` and `false`.
    pub(super) fn columns(&self) -> (Option<&str>, Option<i64>) {
        match self {
            Self::Text(text) => (Some(text), None),
            Self::Number(number) => (None, Some(number.millionths())),
            Self::Boolean(true) => (Some("true"), None),
            Self::Boolean(false) => (Some("false"), None),
        }
    }

    /// The value that the columns hold for an attribute of this type.
    pub(super) fn from_columns(
        kind: AttributeType,
        text: Option<String>,
        number: Option<i64>,
    ) -> Option<Self> {
        match kind {
            AttributeType::Text | AttributeType::Choice => text.map(Self::Text),
            AttributeType::Number => number.map(|number| Self::Number(Decimal::from_millionths(number))),
            AttributeType::Boolean => text.map(|text| Self::Boolean(text == "true")),
        }
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => number.serialize(serializer),
            Self::Boolean(yes) => serializer.serialize_bool(*yes),
        }
    }
}

/// The values of a product, checked against the attributes of its category; `pointer` is their place in the
/// request. What is required has to be there when it is `complete`.
pub(super) fn check_values(
    attributes: &[Attribute],
    given: &GivenValues,
    (pointer, is_complete): (&str, bool),
) -> Result<Vec<(AttributeId, AttributeValue)>, FieldErrors> {
    let mut errors = FieldErrors::default();
    let place = |key: &str| format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
    for key in given.0.keys().filter(|key| !attributes.iter().any(|known| known.key == **key)) {
        let detail = "the product's category has no such attribute";
        errors.push(FieldError::new(place(key), "unknown_field", detail));
    }
    let mut values = Vec::new();
    for attribute in attributes {
        match given.0.get(&attribute.key).filter(|value| !value.is_null()) {
            Some(value) => match check_value(attribute, value) {
                Ok(value) => values.push((attribute.id, value)),
                Err((code, detail)) => errors.push(FieldError::new(place(&attribute.key), code, detail)),
            },
            None if attribute.is_required && is_complete => {
                let detail = format!("{} is required for what is published", attribute.name);
                errors.push(FieldError::new(place(&attribute.key), "required", detail));
            }
            None => {}
        }
    }
    errors.into_result()?;
    Ok(values)
}

fn check_value(attribute: &Attribute, value: &Value) -> Result<AttributeValue, (&'static str, String)> {
    let wrong = |wanted: &str| Err(("wrong_type", format!("expected {wanted}")));
    match (attribute.kind, value) {
        (AttributeType::Text, Value::String(text)) => {
            let line: Result<Line<200>, TextError> = text.parse();
            line.map(|line| AttributeValue::Text(line.into_string()))
                .map_err(|error| (error.code(), error.to_string()))
        }
        (AttributeType::Choice, Value::String(text)) => {
            let known = attribute.choices.0.iter().find(|choice| *choice == text.trim());
            known
                .cloned()
                .map(AttributeValue::Text)
                .ok_or_else(|| ("not_allowed", format!("expected one of {}", attribute.choices.0.join(", "))))
        }
        (AttributeType::Number, Value::Number(number)) => {
            Decimal::from_json(number).map(AttributeValue::Number)
        }
        (AttributeType::Boolean, Value::Bool(yes)) => Ok(AttributeValue::Boolean(*yes)),
        (AttributeType::Text | AttributeType::Choice, _) => wrong("a text"),
        (AttributeType::Number, _) => wrong("a number"),
        (AttributeType::Boolean, _) => wrong("true or false"),
    }
}
