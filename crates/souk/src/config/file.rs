//! `souk.toml`: tables and dotted keys, flattened, each value with its line.

use toml::de::{DeTable, DeValue};

/// A value of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key as written, tables joined with dots.
    pub(super) key: String,
    pub(super) text: String,
    /// Counted from 1.
    pub(super) line: usize,
}

/// What is wrong with the file, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) line: usize,
    pub(super) reason: String,
}

/// The values of a file's text, from top to bottom.
pub(super) fn entries(text: &str) -> Result<Vec<Entry>, Malformed> {
    let table = DeTable::parse(text).map_err(|error| Malformed {
        line: line_at(text, error.span().map_or(0, |span| span.start)),
        reason: error.message().replace('\n', ", "),
    })?;
    let mut found = Vec::new();
    flatten(text, "", table.get_ref(), &mut found)?;
    found.sort_by_key(|entry| entry.line);
    Ok(found)
}

fn flatten(text: &str, prefix: &str, table: &DeTable<'_>, found: &mut Vec<Entry>) -> Result<(), Malformed> {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{prefix}.{}", name.get_ref())
        };
        let line = line_at(text, name.span().start);
        let text_of_value = match value.get_ref() {
            DeValue::Table(inner) => {
                flatten(text, &key, inner, found)?;
                continue;
            }
            DeValue::String(value) => value.to_string(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            DeValue::Boolean(value) => value.to_string(),
            other => {
                let reason = format!("`{key}` can't be a {}", other.type_str());
                return Err(Malformed { line, reason });
            }
        };
        found.push(Entry { key, text: text_of_value, line });
    }
    Ok(())
}

fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or_default().matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_dots_are_the_same() {
        for text in ["\nsmtp.url = \"x\"", "[smtp]\nurl = \"x\"", "# a\nsmtp = { url = \"x\" }"] {
            let expected = Entry { key: "smtp.url".to_owned(), text: "x".to_owned(), line: 2 };
            assert_eq!(entries(text), Ok(vec![expected]), "{text}");
        }
    }

    #[test]
    fn mistakes_have_their_line() {
        assert_eq!(entries("a = 1\nb = [1]").unwrap_err().line, 2);
        assert_eq!(entries("a = 1\n\nb = \"").unwrap_err().line, 3);
        assert_eq!(entries("a = 1\na = 2").unwrap_err().line, 2);
    }
}
