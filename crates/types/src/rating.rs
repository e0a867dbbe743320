//! What buyers think on average.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::{FieldErrors, input};

/// What one buyer gives: 1 to 5 stars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stars(i64);

impl Stars {
    /// `None` outside 1 to 5.
    pub fn new(stars: i64) -> Option<Self> {
        (1..=5).contains(&stars).then_some(Self(stars))
    }

    /// The number of stars.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl Serialize for Stars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl Deserr<FieldErrors> for Stars {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::integer(value, location, 1, 5).map(Self)
    }
}
input::describe!(Stars as integer, 1, 5);

/// The sum and the number of the stars given; shown as `{"average": 4.67, "count": 3}`, where the
/// average of none is `null`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rating {
    /// All stars together.
    pub sum: i64,
    /// How many have judged.
    pub count: i64,
}

impl Rating {
    /// The average in hundredths of a star, halves rounded up; `None` when nobody has judged.
    pub fn hundredths(self) -> Option<i64> {
        (self.count > 0).then(|| (self.sum * 200 + self.count) / (self.count * 2))
    }
}

impl Serialize for Rating {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Written and read back, which is exact to the digit shown.
        let average = self
            .hundredths()
            .and_then(|stars| format!("{}.{:02}", stars / 100, stars % 100).parse::<f64>().ok());
        let mut rating = serializer.serialize_struct("Rating", 2)?;
        rating.serialize_field("average", &average)?;
        rating.serialize_field("count", &self.count)?;
        rating.end()
    }
}

impl utoipa::PartialSchema for Rating {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
        let average = SchemaType::from_iter([Type::Number, Type::Null]);
        ObjectBuilder::new()
            .description(Some("Average of 1 to 5 stars, null when nobody has judged"))
            .property("average", ObjectBuilder::new().schema_type(average))
            .property("count", ObjectBuilder::new().schema_type(Type::Integer))
            .required("average")
            .required("count")
            .examples([serde_json::json!({"average": 4.67, "count": 3})])
            .into()
    }
}
impl utoipa::ToSchema for Rating {
    fn name() -> std::borrow::Cow<'static, str> {
        "rating".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_is_rounded_to_hundredths() {
        let shown = |sum, count| serde_json::to_string(&Rating { sum, count }).unwrap();
        assert_eq!(shown(14, 3), r#"{"average":4.67,"count":3}"#);
        assert_eq!(shown(5, 1), r#"{"average":5.0,"count":1}"#);
        assert_eq!(shown(0, 0), r#"{"average":null,"count":0}"#);
    }
}
