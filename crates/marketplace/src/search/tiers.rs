//! What answers a query: first what has all of its words and, where that is little, what has most of them.

use tantivy::{DocId, Searcher};

use super::index::{Fields, Generation};
use super::plan::{Plan, Planner, Reading};
use super::scoring::{self, Hit};
use super::selection::Selector;
use crate::Result;

/// Words of a query of which not all have to be there.
const MANY_WORDS: usize = 3;

/// Answers with all words of a query beside which no others are shown.
const ENOUGH: usize = 10;

/// Plans of a query, at most.
pub(super) const MOST: usize = 2;

/// Hands the hits of a query to the selector, and answers the plans by which they were found.
pub(super) fn hit(
    generation: &Generation,
    query: &str,
    plans: Vec<Plan>,
    selector: &mut Selector<'_>,
) -> Result<Vec<Plan>> {
    let searcher = generation.searcher();
    let fields = &generation.fields;
    let tiers = if plans.is_empty() {
        tiers(&searcher, fields, query)?
    } else {
        plans.into_iter().map(|plan| Tier::of(&searcher, fields, plan)).collect::<Result<Vec<_>>>()?
    };
    for (place, segment) in searcher.segment_readers().iter().enumerate() {
        for (tier, number) in tiers.iter().zip(0_u8..) {
            let better = &tiers[..usize::from(number)];
            let is_new = |hit: &&Hit| !better.iter().any(|tier| tier.has(place, hit.document));
            let hits = tier.hits[place].iter().filter(is_new).map(|hit| Hit { tier: number, ..*hit });
            selector.look_at(segment, &hits.collect::<Vec<_>>())?;
        }
    }
    Ok(tiers.into_iter().map(|tier| tier.plan).collect())
}

/// What a plan finds.
struct Tier {
    plan: Plan,
    /// By segment, each in the order of its documents.
    hits: Vec<Vec<Hit>>,
}

impl Tier {
    fn of(searcher: &Searcher, fields: &Fields, plan: Plan) -> Result<Self> {
        let segments = searcher.segment_readers().iter();
        let hits = segments.map(|segment| scoring::hits(segment, fields, &plan)).collect::<Result<_>>()?;
        Ok(Self { plan, hits })
    }

    fn count(&self) -> usize {
        self.hits.iter().map(Vec::len).sum()
    }

    fn has(&self, segment: usize, document: DocId) -> bool {
        self.hits[segment].binary_search_by_key(&document, |hit| hit.document).is_ok()
    }
}

/// What has all words of a query comes first: as they are written or, where there is nothing, taken for
/// slips. Where that is little, what has most of many words follows.
fn tiers(searcher: &Searcher, fields: &Fields, query: &str) -> Result<Vec<Tier>> {
    let read = |reading| Planner::new(searcher, fields, reading).plan(query, false);
    let mut tiers = Vec::new();
    for reading in [Reading::Close, Reading::Free] {
        let tier = Tier::of(searcher, fields, read(reading)?)?;
        if tier.count() > 0 {
            tiers.push(tier);
            break;
        }
    }
    let found = tiers.first().map_or(0, Tier::count);
    if found < ENOUGH {
        let most = read(Reading::Most)?;
        // The parts of a number are no words to choose from while the number itself is found.
        let (words, least) = match tiers.first() {
            None => (most.words.len(), 2),
            Some(tier) => (tier.plan.words.len(), MANY_WORDS),
        };
        if words >= least {
            tiers.push(Tier::of(searcher, fields, most)?);
        }
    }
    Ok(tiers)
}
