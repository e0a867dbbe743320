//! A taxonomy: a text with a category on each line, told by the names from the root down to it, as Google
//! and Shopify publish theirs (`3237 - Animals & Pet Supplies > Live Animals`).
//!
//! Categories are found by their paths, so that a second import of the same file changes nothing, and that a
//! tree which admins have added to, or ordered, stays as it is.

use db::Tx;

use super::model::{MAX_ERRORS, Mode, RowError};
use crate::catalog::categories::{self, Growing, Growth, MAX_CATEGORIES, MAX_DEPTH, NamePath};
use crate::{Market, Result};

/// The longest line, in bytes: more than the names of all levels can have.
const MAX_LINE: usize = 8_000;

/// A file of categories.
#[derive(Debug, Default)]
pub struct Taxonomy {
    /// The lines that name a category, by their numbers.
    paths: Vec<(u64, NamePath)>,
    errors: Vec<RowError>,
    rows: usize,
}

/// What became of a taxonomy.
#[derive(Debug, PartialEq, Eq)]
pub struct Grown {
    /// Lines that are neither empty nor comments.
    pub rows: usize,
    /// Categories that were made.
    pub created: usize,
    /// Lines whose category was there.
    pub known: usize,
    /// Lines that did not go in.
    pub error_count: usize,
    /// The first of them, by their lines.
    pub errors: Vec<RowError>,
}

impl Taxonomy {
    /// Reads a file: each line by itself, so that one that is wrong takes no other with it.
    pub fn read(content: &[u8]) -> Self {
        let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
        let mut taxonomy = Self::default();
        for (number, line) in (1..).zip(content.split(|byte| *byte == b'\n')) {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            taxonomy.rows += 1;
            match path(line) {
                Ok(path) => taxonomy.paths.push((number, path)),
                Err(why) => taxonomy.errors.push(RowError::new(number, "", why)),
            }
        }
        if taxonomy.rows == 0 {
            taxonomy.errors.push(RowError::new(1, "", "the file has no categories"));
        }
        taxonomy
    }
}

/// Adds the categories of a taxonomy that the tree lacks; a dry run only says which they would be.
pub async fn import_taxonomy(tx: &mut Tx, market: &Market, taxonomy: &Taxonomy, mode: Mode) -> Result<Grown> {
    let tree = match mode {
        Mode::Write => categories::open(tx).await?,
        Mode::DryRun => categories::tree(tx).await?,
    };
    let (lines, paths): (Vec<u64>, Vec<NamePath>) = taxonomy.paths.iter().cloned().unzip();
    let Growing { outcomes, new } = Growing::of(&tree, &paths, || market.id());
    if mode == Mode::Write {
        categories::add(tx, market, &tree, &new).await?;
    }
    let mut errors = taxonomy.errors.clone();
    for (line, outcome) in lines.iter().zip(&outcomes) {
        match outcome {
            Growth::New | Growth::Known => {}
            Growth::TooDeep => {
                errors.push(RowError::new(*line, "", format!("at most {MAX_DEPTH} levels")));
            }
            Growth::TooMany => {
                errors.push(RowError::new(
                    *line,
                    "",
                    format!("there are at most {MAX_CATEGORIES} categories"),
                ));
            }
        }
    }
    errors.sort_by_key(|error| error.line);
    let error_count = errors.len();
    errors.truncate(usize::try_from(MAX_ERRORS).unwrap_or(usize::MAX));
    let known = outcomes.iter().filter(|outcome| **outcome == Growth::Known).count();
    market.journal.with("categories_created", &new.len());
    Ok(Grown { rows: taxonomy.rows, created: new.len(), known, error_count, errors })
}

/// The names on a line, behind the number that taxonomies give their categories.
fn path(line: &[u8]) -> Result<NamePath, String> {
    if line.len() > MAX_LINE {
        return Err("the line is too long".to_owned());
    }
    let line = str::from_utf8(line).map_err(|_| "the line is no UTF-8".to_owned())?;
    let mut path = NamePath::new();
    for name in behind_number(line).split('>').map(str::trim) {
        path.push(name.parse().map_err(|error| format!("the name `{name}` {error}"))?);
    }
    Ok(path)
}

/// `1604 - Apparel`, `gid://shopify/TaxonomyCategory/aa : Apparel`: what stands behind the identifier.
fn behind_number(line: &str) -> &str {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let googles = line.split_once(" - ").filter(|(number, _)| is_number(number.trim()));
    let shopifys = line.split_once(" : ").filter(|(number, _)| number.starts_with("gid://"));
    googles.or(shopifys).map_or(line, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Result<Vec<String>, String> {
        Ok(path(line.as_bytes())?.into_iter().map(types::Line::into_string).collect())
    }

    #[test]
    fn lines_of_all_kinds_are_read() {
        for line in [
            "3237 - Animals > Live Animals",
            "gid://shopify/TaxonomyCategory/ap-1 : Animals > Live Animals",
            "Animals > Live Animals",
            " Animals>Live Animals ",
        ] {
            assert_eq!(names(line).expect("a path"), ["Animals", "Live Animals"], "{line}");
        }
        assert_eq!(names("Health - Beauty").expect("a path"), ["Health - Beauty"]);
        for line in ["a > > b", "1 - ", "a > b\u{0}", &"x".repeat(51), &"x > ".repeat(9_000)] {
            assert!(names(line).is_err(), "{line}");
        }
    }

    #[test]
    fn comments_and_empty_lines_are_none() {
        let read = Taxonomy::read(b"\xEF\xBB\xBF# Version\r\n\r\n1 - A\r\n\xff\xfe\n2 - A > B");
        assert_eq!((read.rows, read.paths.len(), read.errors.len()), (3, 2, 1));
        assert_eq!((read.paths[1].0, read.errors[0].line), (5, 4));
        assert_eq!(Taxonomy::read(b"").errors.len(), 1);
    }
}
