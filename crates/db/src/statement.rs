//! Statements: one text for both engines, written once as a `static`.

use std::{borrow::Cow, panic::Location, sync::OnceLock};

use crate::{Value, config::Engine, error::Error};

/// A statement in the subset of SQL that both engines share, with the placeholders `$1`, `$2`, ….
///
/// Always a `static`: the drivers keep it prepared, and errors name the place where it is written.
#[derive(Debug)]
pub struct Stmt {
    common: Cow<'static, str>,
    postgres: Option<Cow<'static, str>>,
    sqlite: OnceLock<String>,
    location: &'static Location<'static>,
}

impl Stmt {
    /// A statement for both engines.
    #[track_caller]
    pub const fn new(text: &'static str) -> Self {
        Self {
            common: Cow::Borrowed(text),
            postgres: None,
            sqlite: OnceLock::new(),
            location: Location::caller(),
        }
    }

    /// A statement that PostgreSQL must be told otherwise, for what has no common form: `FOR UPDATE SKIP
    /// LOCKED` where SQLite's single writer needs none.
    #[track_caller]
    pub const fn with_postgres(common: &'static str, postgres: &'static str) -> Self {
        Self {
            common: Cow::Borrowed(common),
            postgres: Some(Cow::Borrowed(postgres)),
            sqlite: OnceLock::new(),
            location: Location::caller(),
        }
    }

    pub(crate) fn generated(sqlite: String, postgres: String, location: &'static Location<'static>) -> Self {
        Self {
            common: Cow::Owned(sqlite),
            postgres: Some(Cow::Owned(postgres)),
            sqlite: OnceLock::new(),
            location,
        }
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        &self.common
    }

    /// The text as an engine is given it.
    pub fn text_for(&self, engine: Engine) -> &str {
        match engine {
            Engine::Sqlite => self.sqlite.get_or_init(|| number_placeholders(&self.common)),
            Engine::Postgres => self.postgres.as_deref().unwrap_or(&self.common),
        }
    }

    /// Where it is written, for errors and logs.
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// Checks the number of parameters, and what no engine's types can express.
    pub(crate) fn check(&self, expected: usize, params: &[Value<'_>]) -> Result<(), Error> {
        if expected != params.len() {
            return Err(Error::ParameterCount { at: self.location, expected, given: params.len() });
        }
        match params.iter().position(Value::holds_nul) {
            Some(index) => Err(Error::NulInText { at: self.location, parameter: index + 1 }),
            None => Ok(()),
        }
    }
}

/// Turns `$2` into `?2`. SQLite numbers `$n` by first appearance, so that `SELECT $2, $1` would be bound
/// the wrong way round; `?2` means the second parameter. What stands in quotes and comments is text.
fn number_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['$', '\'', '"', '-', '/']) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = quoted_length(rest);
        if length > 0 {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        } else {
            let numbered = rest.starts_with('$') && rest[1..].starts_with(|next: char| next.is_ascii_digit());
            out.push_str(if numbered { "?" } else { &rest[..1] });
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// The length of the string, quoted name or comment that `text` starts with, or 0. A doubled quote inside
/// a string reads as the end of one and the start of the next, which comes to the same.
fn quoted_length(text: &str) -> usize {
    let ends_with = |open: &str, close: &str| {
        let inside = text.strip_prefix(open)?;
        Some(inside.find(close).map_or(text.len(), |end| open.len() + end + close.len()))
    };
    [("'", "'"), ("\"", "\""), ("--", "\n"), ("/*", "*/")]
        .into_iter()
        .find_map(|(open, close)| ends_with(open, close))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::number_placeholders;

    #[test]
    fn placeholders_are_numbered_outside_of_quotes_and_comments() {
        let cases = [
            ("SELECT $2, $1", "SELECT ?2, ?1"),
            ("SELECT '$1', \"$2\", $3", "SELECT '$1', \"$2\", ?3"),
            ("SELECT 'it''s $1', $12", "SELECT 'it''s $1', ?12"),
            ("SELECT $1 -- not $2\n, $3", "SELECT ?1 -- not $2\n, ?3"),
            ("SELECT /* $1 ' */ $2 - $3 / $4", "SELECT /* $1 ' */ ?2 - ?3 / ?4"),
            ("SELECT a->>'$.x', $1", "SELECT a->>'$.x', ?1"),
            ("SELECT '$ open", "SELECT '$ open"),
            (
                "UPDATE preise SET währung = $1 WHERE name = 'ä$2'",
                "UPDATE preise SET währung = ?1 WHERE name = 'ä$2'",
            ),
            ("SELECT 1 $", "SELECT 1 $"),
        ];
        for (given, expected) in cases {
            assert_eq!(number_placeholders(given), expected);
        }
    }
}
