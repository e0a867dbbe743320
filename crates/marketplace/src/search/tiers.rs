//! What answers a query: first what has all of its words and, where that is little, what has most of them.

use super::index::Generation;
use super::plan::{Plan, Planner, Reading};
use super::scoring::{Hits, Scorer};
use super::selection::Selector;
use super::view::{Shown, View};
use super::weighing::Dampers;
use crate::Result;

/// Words of a query of which not all have to be there.
const MANY_WORDS: usize = 3;

/// Answers with all words of a query beside which no others are shown.
const ENOUGH: usize = 10;

/// Plans of a query, at most.
pub(super) const MOST: usize = 2;

/// Hands the hits of a query to the selector, and answers the plans by which they were found.
pub(super) fn hit(
    (generation, view): (&Generation, &View),
    query: &str,
    plans: Vec<Plan>,
    selector: &mut Selector<'_>,
) -> Result<Vec<Plan>> {
    let mut tiers = Tiers { generation, view, selector, better: None, plans: Vec::new() };
    if plans.is_empty() {
        tiers.find(query)?;
    } else {
        for (place, plan) in plans.into_iter().enumerate() {
            tiers.show(plan, if place == 0 { usize::MAX } else { 0 })?;
        }
    }
    Ok(tiers.plans)
}

/// One plan after the other.
struct Tiers<'t, 's> {
    generation: &'t Generation,
    view: &'t View,
    selector: &'t mut Selector<'s>,
    /// What the plan before found, by segment: the next one finds others.
    better: Option<Vec<Hits>>,
    plans: Vec<Plan>,
}

impl Tiers<'_, '_> {
    /// What has all words of a query comes first: as they are written or, where there is nothing, taken for
    /// slips. Where that is little, what has most of many words follows.
    fn find(&mut self, query: &str) -> Result<()> {
        let mut found = 0;
        for reading in [Reading::Close, Reading::Free] {
            let plan = self.read(reading, query)?;
            found = self.show(plan, ENOUGH)?;
            if found > 0 {
                break;
            }
            self.plans.clear();
        }
        if found >= ENOUGH {
            return Ok(());
        }
        let most = self.read(Reading::Most, query)?;
        // The parts of a number are no words to choose from while the number itself is found.
        let (words, least) = match self.plans.first() {
            None => (most.words.len(), 2),
            Some(plan) => (plan.words.len(), MANY_WORDS),
        };
        if words >= least {
            self.show(most, 0)?;
        }
        Ok(())
    }

    fn read(&self, reading: Reading, query: &str) -> Result<Plan> {
        Planner::new(self.view, &self.generation.fields, reading).plan(query, false)
    }

    /// Hands what a plan finds to the selector, and answers how many that are. While they are fewer than so
    /// many, the next plan is kept from finding them again.
    fn show(&mut self, plan: Plan, kept: usize) -> Result<usize> {
        let tier = u8::try_from(self.plans.len()).unwrap_or(u8::MAX);
        let (mut found, mut shown) = (0, Vec::new());
        let (selector, better) = (&mut *self.selector, self.better.take());
        each_hits(self.generation, self.view, &plan, |place, segment, mut hits| {
            if let Some(better) = &better {
                hits.leave_out(&better[place]);
            }
            selector.look_at(segment, &hits, tier)?;
            found += hits.documents.len();
            if found < kept {
                shown.push(hits);
            }
            Ok(())
        })?;
        self.better = (found < kept).then_some(shown);
        self.plans.push(plan);
        Ok(found)
    }
}

/// Works on what a plan finds, segment by segment.
pub(super) fn each_hits(
    generation: &Generation,
    view: &View,
    plan: &Plan,
    mut work: impl FnMut(usize, &Shown, Hits) -> Result<()>,
) -> Result<()> {
    let dampers = Dampers::of(plan);
    let scorer = Scorer::new(plan, generation.fields.phrases, (&generation.words, &dampers));
    let mut scratch = generation.scratch.take();
    for (place, segment) in view.segments.iter().enumerate() {
        let hits = scorer.hits(segment, &mut scratch)?;
        work(place, segment, hits)?;
    }
    generation.scratch.give_back(scratch);
    Ok(())
}
