//! `bench flash-sale`: everybody wants the same few units at the same moment.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::checkout::Purchases;
use super::load::{self, Pace};
use super::options::FlashSale;
use super::report::{Figures, Report};
use super::seed::{Buyers, Lines, on_sale};
use super::stage::Stage;
use crate::config::Effective;

/// A sale that lasts longer has gone wrong.
const LONGEST: Duration = Duration::from_mins(2);

/// Runs as many sales as there are rounds.
pub(super) async fn run(effective: &Effective, options: &FlashSale) -> Result<Report> {
    let common = &options.common;
    let stage = Stage::prepare(effective, common, options.sellers.max(2)).await?;
    let market = &stage.opened.market;
    let count = usize::try_from(options.buyers)?;
    let mut buyers = Buyers::make(market, &stage.seeded, count).await?;
    let pace = Pace { callers: count, rate: None, time: LONGEST };
    let mut rounds = Vec::new();
    let mut wrong = Vec::new();
    for number in 0..common.rounds {
        let hot = stage.seeded.add_hot(market, i64::from(options.units)).await?;
        let mut lines = Lines::new(&stage.seeded, usize::try_from(options.sellers)?, Some(hot))?;
        let ready = buyers.fill(market, &stage.seeded, &mut lines, count).await?;
        let key = format!("sale-{number}-{}", market.now().as_micros());
        let round = load::run(&stage.subject, Arc::new(Purchases::of(&ready, &key)), pace).await?;
        let goods = on_sale(&mut market.db.read().await?).await?;
        let left = goods.iter().find(|good| good.variant == hot.variant).map(|good| good.stock);
        let expected = u64::from(options.units.min(options.buyers));
        if round.tally.done != expected || left != Some(i64::from(options.units) - i64::try_from(expected)?) {
            wrong.push(format!("sale {number}: {} were sold, {left:?} are left", round.tally.done));
        }
        let refused = round.tally.refused.keys().find(|code| *code != "409 insufficient_stock");
        wrong.extend(refused.map(|code| format!("sale {number}: somebody was told {code}")));
        rounds.push(round);
    }
    ensure!(!rounds.is_empty(), "a sale has rounds");
    let what = format!("flash sale, {} buyers, {} units", options.buyers, options.units);
    let figures = vec![Figures::of(what, rounds)?];
    let mut report = stage.finish("flash-sale", figures, common).await?;
    report.callers = count;
    report.violations.get_or_insert_default().append(&mut wrong);
    Ok(report)
}
