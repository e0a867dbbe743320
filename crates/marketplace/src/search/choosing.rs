//! The hits whose attributes are counted. They are noted first and counted at the end: of most products, it is
//! faster to count those that are left out.

use std::sync::Arc;

use tantivy::DocId;

use super::batch::{Batch, Failing, fails};
use super::view::{Parts, View};

/// The hits.
pub(super) struct Chosen {
    shares: Vec<Share>,
    hits: usize,
    /// How many attributes are asked for.
    asked: usize,
}

/// Those of a segment.
struct Share {
    parts: Arc<Parts>,
    /// A bit for each.
    set: Vec<u64>,
    /// What only an attribute's own filter does not let through, with the place of that.
    own: Vec<(usize, DocId)>,
}

impl Share {
    /// All documents that are no hits.
    fn others(&self) -> impl Iterator<Item = u64> {
        let mut left = self.parts.size as usize;
        self.set.iter().map(move |bits| {
            let there = if left >= 64 { u64::MAX } else { (1 << left) - 1 };
            left = left.saturating_sub(64);
            !bits & there
        })
    }
}

impl Chosen {
    pub(super) fn new(asked: usize) -> Self {
        Self { shares: Vec::new(), hits: 0, asked }
    }

    /// Begins or goes on with a segment.
    pub(super) fn open(&mut self, parts: &Arc<Parts>) {
        let share = match self.shares.iter().position(|share| Arc::ptr_eq(&share.parts, parts)) {
            Some(known) => self.shares.swap_remove(known),
            None => Share {
                parts: Arc::clone(parts),
                set: vec![0; (parts.size as usize).div_ceil(64)],
                own: Vec::new(),
            },
        };
        self.shares.push(share);
    }

    /// Notes the hits of a batch, of which there are so many, and what only an attribute's own filter does not
    /// let through.
    pub(super) fn note(&mut self, batch: &Batch<'_>, failing: &Failing, hits: usize) {
        self.hits += hits;
        let Some(Share { set, own, .. }) = self.shares.last_mut() else { return };
        match batch {
            Batch::Range(range) => {
                let words = set[range.start / 64..].iter_mut();
                for (word, failed) in words.zip(failing.all().chunks(64)) {
                    for (place, failed) in failed.iter().enumerate() {
                        *word |= u64::from(*failed == 0) << place;
                    }
                }
            }
            Batch::Hits { documents, .. } => {
                for (document, failed) in documents.iter().zip(failing.all()) {
                    set[*document as usize / 64] |= u64::from(*failed == 0) << (document % 64);
                }
            }
        }
        if self.asked == 0 {
            return;
        }
        for (place, failed) in failing.all().iter().enumerate() {
            if failed.is_power_of_two() && *failed >= fails::ATTRIBUTE {
                let asked = failed.trailing_zeros() - fails::ATTRIBUTE.trailing_zeros();
                own.push((asked as usize, DocId::try_from(batch.document(place)).unwrap_or(DocId::MAX)));
            }
        }
    }

    /// How many of the hits have each attribute; and of each that is asked for, how many that only its own filter
    /// does not let through. By the vocabulary's numbers.
    pub(super) fn count(&self, view: &View) -> (Vec<u32>, Vec<Vec<u32>>) {
        let all: usize = view.segments.iter().map(|segment| segment.parts.size as usize).sum();
        let hits = if 2 * self.hits > all { self.all_but_others(view) } else { self.one_by_one(view) };
        let mut own = vec![vec![0; if self.asked > 0 { view.having.len() } else { 0 }]; self.asked];
        for share in &self.shares {
            let Some(attributes) = &share.parts.columns.attributes else { continue };
            for (asked, document) in &share.own {
                for number in attributes.of(*document) {
                    own[*asked][*number as usize] += 1;
                }
            }
        }
        (hits, own)
    }

    fn one_by_one(&self, view: &View) -> Vec<u32> {
        let mut counts = vec![0; view.having.len()];
        for share in &self.shares {
            if let Some(attributes) = &share.parts.columns.attributes {
                attributes.add(share.set.iter().copied(), &mut counts, 1);
            }
        }
        counts
    }

    fn all_but_others(&self, view: &View) -> Vec<u32> {
        let mut counts = view.having.clone();
        let less = u32::MAX;
        for segment in &view.segments {
            let Some(attributes) = &segment.parts.columns.attributes else { continue };
            match self.shares.iter().find(|share| Arc::ptr_eq(&share.parts, &segment.parts)) {
                Some(share) => attributes.add(share.others(), &mut counts, less),
                None => attributes.add_all(&mut counts, less),
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use tantivy::TantivyDocument;
    use types::Timestamp;

    use super::super::index::{Generation, SEPARATOR};
    use super::*;

    const PRODUCTS: usize = 3_000;

    /// What a product has.
    fn values(product: usize) -> Vec<String> {
        let pair = |name: &str, value: usize| format!("{name}{SEPARATOR}{value}");
        let all =
            [pair("all", 1), pair("few", product % 7), pair("many", product % 400), pair("two", product % 2)];
        all.into_iter().take(product % 5).collect()
    }

    fn counted(products: impl Iterator<Item = usize>) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        products.flat_map(values).for_each(|pair| *counts.entry(pair).or_default() += 1);
        counts
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Of few and of most, in several segments, of which some have no hit.
        #[test]
        fn attributes_are_counted_as_one_by_one(
            hits in (0..=100_usize).prop_flat_map(|share| prop::collection::vec(0..100_usize, PRODUCTS)
                .prop_map(move |drawn| drawn.into_iter().map(|it| it < share).collect::<Vec<bool>>())),
            none in 0..4_usize,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let generation = Generation::create(folder.path(), Timestamp::from_millis(1)).unwrap();
            let fields = generation.fields;
            for part in 0..3 {
                let document = |product: usize| {
                    let mut document = TantivyDocument::new();
                    document.add_u64(fields.id, product as u64);
                    for value in values(product) {
                        document.add_text(fields.attribute, value);
                    }
                    document
                };
                generation.add((part * PRODUCTS / 3..(part + 1) * PRODUCTS / 3).map(document)).unwrap();
                generation.commit(None).unwrap();
            }
            let view = generation.view();
            let mut chosen = Chosen::new(1);
            let (mut expected_hits, mut expected_own) = (Vec::new(), Vec::new());
            for (place, segment) in view.segments.iter().enumerate().filter(|(place, _)| *place != none) {
                chosen.open(&segment.parts);
                let ids = &segment.parts.columns.id;
                let mut failing = Failing::default();
                failing.begin(ids.len());
                let product = |document: usize| usize::try_from(ids[document]).unwrap();
                let batch = Batch::Range(0..ids.len());
                let column: Vec<usize> = (0..ids.len()).map(product).collect();
                failing.mark(&batch, &column, fails::ATTRIBUTE, |product| !hits[product]);
                failing.mark(&batch, &column, fails::PRICE, |product| !hits[product] && product % 3 == place);
                chosen.note(&batch, &failing, failing.passing());
                expected_hits.extend(column.iter().copied().filter(|product| hits[*product]));
                let own = |product: &usize| !hits[*product] && product % 3 != place;
                expected_own.extend(column.iter().copied().filter(own));
            }
            let (counts, own) = chosen.count(&view);
            for (counts, products) in [(&counts, expected_hits), (&own[0], expected_own)] {
                let named = generation.vocabulary.named(counts);
                prop_assert_eq!(named, counted(products.into_iter()));
            }
        }
    }
}
