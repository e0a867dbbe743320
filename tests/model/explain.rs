//! Which order of acts at once explains what everybody was told.

use super::sequence::Act;
use super::shadow::Model;

/// What a cancellation is told that decided on a state which somebody else changed at that moment. Of two moves
/// in the same instant one wins, also where one after the other would both have done.
const LOST: &str = "409 invalid_transition";

/// Whether an order is being cancelled while something else happens to its checkout.
fn meets_another(acts: &[(Act, usize)], place: usize) -> bool {
    let Act::CancelOrder { checkout, .. } = acts[place].0 else { return false };
    let mut others = acts.iter().enumerate().filter(|(other, _)| *other != place);
    others.any(|(_, (act, _))| match *act {
        Act::Pay { checkout: other, .. }
        | Act::PayAgain { checkout: other }
        | Act::GiveUp { checkout: other }
        | Act::Expire { checkout: other }
        | Act::RunOut { checkout: other }
        | Act::CancelOrder { checkout: other, .. } => other == checkout,
        _ => false,
    })
}

/// What may hold after acts at once: the models that some order of them leads to, if it explains what
/// everybody was told.
pub(super) fn explain(models: &[Model], acts: &[(Act, usize)], told: &[String]) -> Vec<Model> {
    let mut found: Vec<Model> = Vec::new();
    for model in models {
        let mut model = model.clone();
        model.begin_step();
        follow(&model, acts, told, &mut vec![false; acts.len()], &mut found);
    }
    found
}

fn follow(
    model: &Model,
    acts: &[(Act, usize)],
    told: &[String],
    done: &mut Vec<bool>,
    found: &mut Vec<Model>,
) {
    if done.iter().all(|done| *done) {
        if !found.contains(model) {
            found.push(model.clone());
        }
        return;
    }
    for place in 0..acts.len() {
        if done[place] {
            continue;
        }
        let mut next = model.clone();
        let (act, number) = acts[place];
        let answer = next.apply(act, number);
        let lost = answer != told[place] && told[place] == LOST && meets_another(acts, place);
        if lost {
            next = model.clone();
        }
        if lost || answer == told[place] {
            done[place] = true;
            follow(&next, acts, told, done, found);
            done[place] = false;
        }
    }
}
