//! The words of a search.

use std::str::FromStr;

use types::Line;

use super::super::products::search_key;

/// How many patterns a statement has places for.
pub(super) const PATTERNS: usize = 8;

/// The words of a query, as patterns that the texts of a product are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    patterns: [String; PATTERNS],
    is_empty: bool,
}

impl Words {
    /// Whether nothing is searched for.
    pub const fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// The patterns; those that are not needed match everything.
    pub(super) const fn patterns(&self) -> &[String; PATTERNS] {
        &self.patterns
    }
}

impl Default for Words {
    fn default() -> Self {
        Self { patterns: std::array::from_fn(|_| "%".to_owned()), is_empty: true }
    }
}

impl FromStr for Words {
    type Err = types::TextError;

    /// Reads a query of at most 200 characters. The words from the eighth on have to follow one another.
    fn from_str(query: &str) -> Result<Self, Self::Err> {
        if query.trim().is_empty() {
            return Ok(Self::default());
        }
        let query: Line<200> = query.replace(['\n', '\r', '\t'], " ").parse()?;
        let query = search_key(query.as_str());
        let mut words = Self { is_empty: false, ..Self::default() };
        for (index, word) in query.split_whitespace().enumerate() {
            let pattern = &mut words.patterns[index.min(PATTERNS - 1)];
            pattern.push_str(&escape(word));
            pattern.push('%');
        }
        Ok(words)
    }
}

/// A word in which nothing has a meaning in a pattern.
fn escape(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_becomes_one_pattern_a_word() {
        let words: Words = " Blue  100%_Wool\\ ".parse().unwrap();
        assert_eq!(words.patterns()[..3], ["%blue%", "%100\\%\\_wool\\\\%", "%"]);
        assert!(!words.is_empty());
        assert!("  ".parse::<Words>().unwrap().is_empty());
    }

    #[test]
    fn words_over_the_limit_have_to_follow_one_another() {
        let words: Words = "a b c d e f g h i j".parse().unwrap();
        assert_eq!(words.patterns()[PATTERNS - 1], "%h%i%j%");
    }

    #[test]
    fn what_no_text_holds_is_refused() {
        assert!("a\0b".parse::<Words>().is_err());
        assert!("x".repeat(201).parse::<Words>().is_err());
    }
}
