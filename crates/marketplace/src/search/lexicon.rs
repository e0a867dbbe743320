//! Words that mean little, and words that mean the same.

use std::sync::LazyLock;

use super::words::{Compound, compounds};

/// Words that say little; they are looked for only when there is nothing else.
#[rustfmt::skip]
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "the", "of", "for", "with", "in", "on", "to", "or",
    "der", "die", "das", "und", "fur", "mit", "ein", "eine", "im", "von", "zu",
    "le", "la", "les", "de", "du", "des", "et", "pour", "avec", "un", "une", "en",
    "el", "los", "las", "y", "para", "con", "una", "del", "o", "os", "as", "e", "com", "um", "uma", "do", "da",
];

/// Words that shops use for the same thing, and plurals that no stemmer knows.
#[rustfmt::skip]
const SAME: &[&[&str]] = &[
    &["laptop", "notebook"],
    &["tv", "tvs", "television"],
    &["smartphone", "cellphone"],
    &["headphone", "earphone", "headset"],
    &["fridge", "refrigerator"],
    &["photo", "picture"],
    &["sofa", "couch"],
    &["trousers", "pants"],
    &["sneaker", "trainer"],
    &["sweater", "pullover", "jumper"],
    &["bike", "bicycle"],
    &["color", "colour"],
    &["grey", "gray"],
    &["wifi", "wlan"],
    &["flashlight", "torch"],
    &["hdd", "harddisk"],
    &["vacuum", "hoover"],
    &["mouse", "mice"],
    &["knife", "knives"],
    &["shelf", "shelves"],
    &["scarf", "scarves"],
    &["leaf", "leaves"],
    &["child", "children"],
    &["man", "men"],
    &["woman", "women"],
    &["foot", "feet"],
    &["tooth", "teeth"],
    &["die", "dice"],
];

/// A word of [`SAME`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Synonym {
    pub(super) word: &'static str,
    /// What it has in common with its other forms.
    pub(super) key: String,
}

static GROUPS: LazyLock<Vec<Vec<Synonym>>> = LazyLock::new(|| {
    let key = |word| compounds(word).first().map(Compound::key).unwrap_or_default();
    let group = |words: &&[&'static str]| words.iter().map(|word| Synonym { word, key: key(word) }).collect();
    SAME.iter().map(group).collect()
});

/// Whether a word says little.
pub(super) fn says_little(word: &str) -> bool {
    STOP_WORDS.contains(&word)
}

/// Other words for the same as one, which is told by what it has in common with its other forms.
pub(super) fn synonyms(key: &str) -> impl Iterator<Item = &'static Synonym> {
    let group = GROUPS.iter().find(|group| group.iter().any(|word| word.key == key));
    group.into_iter().flatten().filter(move |word| word.key != key)
}
