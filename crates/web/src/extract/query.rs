//! Query strings: every mistake at once, unknown parameters ignored.

use std::fmt::Display;
use std::num::IntErrorKind;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use types::{FieldError, FieldErrors, Limit};

use crate::cursor;
use crate::problem::Problem;

/// A request's query.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

/// Types that a query can be read into.
pub trait FromQuery: Sized {
    /// Reads the parameters; mistakes are noted in the reader.
    fn from_query(query: &mut QueryReader) -> Self;
}

/// Reads parameters by name and notes what is wrong with them.
#[derive(Debug)]
pub struct QueryReader {
    parameters: Vec<(String, String)>,
    errors: FieldErrors,
}

impl QueryReader {
    /// The parameter `name`; absent and empty are the same.
    pub fn optional<T: FromStr>(&mut self, name: &str) -> Option<T>
    where
        T::Err: Display,
    {
        let text = self.text(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(name, "not_allowed", error.to_string());
                None
            }
        }
    }

    /// The parameter `name`, or the default.
    pub fn or_default<T: FromStr + Default>(&mut self, name: &str) -> T
    where
        T::Err: Display,
    {
        self.optional(name).unwrap_or_default()
    }

    /// Every value of the parameter `name` that is not empty: those that hold a control character are refused.
    pub fn every(&mut self, name: &str) -> Vec<String> {
        let given = self.parameters.iter().filter(|(key, value)| key == name && !value.is_empty());
        let values: Vec<String> = given.map(|(_, value)| value.clone()).collect();
        if values.iter().any(|value| value.contains(char::is_control)) {
            self.refuse(name, "not_allowed", "contains a character that is not allowed");
        }
        values
    }

    /// The page that is asked for: `limit` and `cursor`.
    pub fn page<C: DeserializeOwned>(&mut self) -> PageParams<C> {
        let limit = self.limit();
        let cursor = self.text("cursor").map(|text| cursor::decode(&text));
        if cursor.as_ref().is_some_and(Option::is_none) {
            self.refuse("cursor", "malformed", "not a cursor of this list");
        }
        PageParams { limit, after: cursor.flatten() }
    }

    fn limit(&mut self) -> Limit {
        let Some(text) = self.text("limit") else { return Limit::default() };
        let number = text.parse::<i64>();
        if let Some(limit) = number.as_ref().ok().copied().and_then(Limit::new) {
            return limit;
        }
        let code = match number.map_err(|error| *error.kind()) {
            Ok(number) if number < 1 => "too_small",
            Ok(_) | Err(IntErrorKind::PosOverflow) => "too_large",
            Err(IntErrorKind::NegOverflow) => "too_small",
            Err(_) => "not_allowed",
        };
        self.refuse("limit", code, format!("must be between 1 and {}", Limit::MAX));
        Limit::default()
    }

    /// Notes a mistake of the parameter `name`.
    pub fn refuse(&mut self, name: &str, code: &'static str, detail: impl Into<String>) {
        self.errors.push(FieldError::new(format!("/{name}"), code, detail));
    }

    fn text(&self, name: &str) -> Option<String> {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    }
}

/// The page of a list that is asked for.
#[derive(Debug, Clone)]
pub struct PageParams<C> {
    /// How many entries.
    pub limit: Limit,
    /// Begin after this place.
    pub after: Option<C>,
}

impl<C: DeserializeOwned> FromQuery for PageParams<C> {
    fn from_query(query: &mut QueryReader) -> Self {
        query.page()
    }
}

impl<T: FromQuery, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    #[expect(clippy::disallowed_types, reason = "this is the wrapper that the others are to use")]
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let parameters =
            axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let axum::extract::Query(parameters) =
            parameters.map_err(|error| FieldErrors::one("", "malformed", error.body_text()))?;
        let mut reader = QueryReader { parameters, errors: FieldErrors::default() };
        let value = T::from_query(&mut reader);
        reader.errors.into_result()?;
        Ok(Self(value))
    }
}
