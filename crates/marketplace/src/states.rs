//! States and other closed sets of words: one enum, one word each, in the database and in JSON alike.

/// Declares an enum whose values are words.
///
/// `states! { /// docs pub enum Role { /// docs Owner = "owner", … } }` gives it `as_str`, `ALL`,
/// `FromStr`, `Display`, `Serialize`, and the traits of the database.
macro_rules! states {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        $vis enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// Every value.
            $vis const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word.
            $vis const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().copied().find(|value| value.as_str() == text);
                found.ok_or_else(|| format!("expected one of {}", [$($word),*].join(", ")))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl db::ToValue for $name {
            fn to_value(&self) -> db::Value<'_> {
                db::Value::Text(self.as_str())
            }
        }

        impl db::Column for $name {
            fn from_column(value: db::ColumnValue<'_>) -> Result<Self, db::ColumnError> {
                value.text()?.parse().map_err(db::ColumnError::invalid)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($word),*]))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}

        impl deserr::Deserr<types::FieldErrors> for $name {
            fn deserialize_from_value<V: deserr::IntoValue>(
                value: deserr::Value<V>,
                location: deserr::ValuePointerRef<'_>,
            ) -> Result<Self, types::FieldErrors> {
                let text = <String as deserr::Deserr<types::FieldErrors>>::deserialize_from_value(value, location)?;
                text.parse().map_err(|detail: String| types::FieldErrors::at(location, "not_allowed", detail))
            }
        }
    };
}
pub(crate) use states;
