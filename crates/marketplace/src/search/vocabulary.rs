//! The names and values of attributes, by numbers that hold for all segments, so that facets are counted by
//! numbers and only those that are shown are looked at as texts.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use tantivy::columnar::StrColumn;

use super::facets::{AttributeFacet, ValueFacet};
use super::index::{SEPARATOR, failed};
use crate::Result;

/// Attributes that are listed, and values of each.
const MAX_NAMES: usize = 30;
const MAX_VALUES: usize = 30;

/// The attributes that a generation has seen.
#[derive(Default)]
pub(super) struct Vocabulary {
    words: RwLock<Words>,
}

#[derive(Default)]
struct Words {
    numbers: HashMap<Arc<str>, u32>,
    pairs: Vec<Pair>,
    names: HashMap<Arc<str>, u32>,
}

/// The number of a name, and the name, a [`SEPARATOR`] and a value.
#[derive(Clone)]
struct Pair {
    name: u32,
    text: Arc<str>,
}

impl Pair {
    fn value(&self) -> &str {
        self.text.split_once(SEPARATOR).map_or("", |(_, value)| value)
    }
}

impl Words {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let name = text.split_once(SEPARATOR).map_or(text, |(name, _)| name);
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name = *self.names.entry(name.into()).or_insert(next);
        let text: Arc<str> = text.into();
        let number = u32::try_from(self.pairs.len()).unwrap_or(u32::MAX);
        self.pairs.push(Pair { name, text: Arc::clone(&text) });
        self.numbers.insert(text, number);
        number
    }
}

impl Vocabulary {
    /// The numbers of a segment's ordinals.
    pub(super) fn number(&self, column: &StrColumn) -> Result<Vec<u32>> {
        let mut numbering = Vec::with_capacity(column.num_terms());
        let mut terms = column.dictionary().stream().map_err(failed)?;
        let mut words = self.words.write();
        while terms.advance() {
            numbering.push(words.number(str::from_utf8(terms.key()).unwrap_or_default()));
        }
        Ok(numbering)
    }

    /// How many pairs have a number.
    pub(super) fn len(&self) -> usize {
        self.words.read().pairs.len()
    }

    /// How often each pair is there that is.
    #[cfg(test)]
    pub(super) fn named(&self, counts: &[u32]) -> std::collections::BTreeMap<String, u32> {
        let words = self.words.read();
        let there = words.pairs.iter().zip(counts).filter(|(_, count)| **count > 0);
        there.map(|(pair, count)| (pair.text.to_string(), *count)).collect()
    }

    /// The most frequent attributes and values, given how often each pair is there, and each pair of
    /// attributes that count for themselves.
    pub(super) fn most_frequent(
        &self,
        mut counts: Vec<u32>,
        by_themselves: &[(&str, Vec<u32>)],
    ) -> Vec<AttributeFacet> {
        let words = self.words.read();
        for (name, more) in by_themselves {
            let Some(name) = words.names.get(*name) else { continue };
            counts.resize(counts.len().max(more.len()), 0);
            for ((count, more), pair) in counts.iter_mut().zip(more).zip(&words.pairs) {
                *count += if pair.name == *name { *more } else { 0 };
            }
        }
        let mut sums = vec![0_u64; words.names.len()];
        let there = || counts.iter().zip(&words.pairs).filter(|(count, _)| **count > 0);
        for (count, pair) in there() {
            sums[pair.name as usize] += u64::from(*count);
        }
        let mut names: Vec<(&Arc<str>, u32)> =
            words.names.iter().map(|(name, number)| (name, *number)).collect();
        names.retain(|(_, number)| sums[*number as usize] > 0);
        names.sort_unstable_by_key(|(name, number)| (Reverse(sums[*number as usize]), *name));
        names.truncate(MAX_NAMES);
        let mut places: Vec<Option<usize>> = vec![None; words.names.len()];
        for (place, (_, number)) in names.iter().enumerate() {
            places[*number as usize] = Some(place);
        }
        let mut values: Vec<Vec<(u32, &Pair)>> = vec![Vec::new(); names.len()];
        for (count, pair) in there() {
            if let Some(place) = places[pair.name as usize] {
                values[place].push((*count, pair));
            }
        }
        let listed = values.into_iter().map(listed);
        let facet =
            |((name, _), values): (&(&Arc<str>, u32), _)| AttributeFacet { name: name.to_string(), values };
        names.iter().zip(listed).map(facet).collect()
    }
}

/// The most frequent values.
fn listed(mut values: Vec<(u32, &Pair)>) -> Vec<ValueFacet> {
    let order = |one: &(u32, &Pair), other: &(u32, &Pair)| {
        other.0.cmp(&one.0).then_with(|| one.1.text.cmp(&other.1.text))
    };
    if values.len() > MAX_VALUES {
        values.select_nth_unstable_by(MAX_VALUES, order);
        values.truncate(MAX_VALUES);
    }
    values.sort_unstable_by(order);
    let facet =
        |(count, pair): (u32, &Pair)| ValueFacet { value: pair.value().to_owned(), count: count.into() };
    values.into_iter().map(facet).collect()
}
