//! `bench checkout`: the checkout call alone.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::client::{Connection, bearer, request};
use super::limit::{self, Bare, BareRound};
use super::load::{self, Counter, Pace, Round, Work};
use super::options::Checkout;
use super::purchase;
use super::report::{Figures, Report, bare, percent};
use super::seed::{Buyer, Buyers, Good, Lines};
use super::stage::{Stage, pace, warm_up};
use crate::config::Effective;

/// The least and the most buyers: a round ends when all of them have bought.
const BUYERS: (usize, usize) = (1_024, 16_384);

/// Units of the product that everybody wants.
const HOT_UNITS: i64 = 100_000_000;

/// Every buyer buys once.
pub(super) struct Purchases {
    requests: Vec<Vec<u8>>,
}

impl Purchases {
    /// The requests of one round; its keys differ from those of others by `round`.
    pub(super) fn of(buyers: &[Buyer], round: &str) -> Self {
        let body = purchase::body();
        let written = buyers.iter().map(|buyer| {
            let key = format!("Idempotency-Key: {round}-{}\r\n", buyer.cart());
            request("POST", "/v1/checkouts", &(bearer(&buyer.token) + &key), &body)
        });
        Self { requests: written.collect() }
    }
}

impl Work for Purchases {
    async fn perform(&self, connection: &mut Connection, number: u64, counter: &Counter) -> Result<()> {
        let place = usize::try_from(number)?;
        let answer = connection.send(&self.requests[place]).await?;
        if counter.accepts(&answer) {
            counter.done();
        }
        Ok(())
    }

    fn pieces(&self) -> Option<u64> {
        u64::try_from(self.requests.len()).ok()
    }
}

struct Run<'a> {
    stage: &'a Stage,
    options: &'a Checkout,
    buyers: Buyers,
    lines: Lines,
    hot: Option<Good>,
    next: usize,
}

/// Runs it.
pub(super) async fn run(effective: &Effective, options: &Checkout) -> Result<Report> {
    let common = &options.common;
    let stage = Stage::prepare(effective, common, options.sellers).await?;
    let market = &stage.opened.market;
    let callers = usize::try_from(common.concurrency)?;
    let count = (callers * 64).clamp(BUYERS.0, BUYERS.1);
    let sellers = usize::try_from(options.sellers)?;
    let hot = if options.hot { Some(stage.seeded.add_hot(market, HOT_UNITS).await?) } else { None };
    let mut run = Run {
        buyers: Buyers::make(market, &stage.seeded, count).await?,
        lines: Lines::new(&stage.seeded, sellers, hot)?,
        hot,
        next: 0,
        stage: &stage,
        options,
    };
    if let Some(pace) = warm_up(common) {
        run.measure(pace).await?;
    }
    let (mut rounds, mut bare_rounds) = (Vec::new(), Vec::new());
    for _ in 0..common.rounds {
        if options.limit {
            bare_rounds.push(run.bare(pace(common)).await?);
        }
        rounds.push(run.measure(pace(common)).await?);
    }
    let spread = if options.hot { "hot" } else { "spread" };
    let what = format!("checkout, {} sellers, {spread}", options.sellers);
    let figures = figures(what, rounds, &bare_rounds, run.group())?;
    stage.finish("checkout", figures, common).await
}

impl Run<'_> {
    /// One round: until its time is over. A round that outlasts its buyers fills their carts and goes on.
    async fn measure(&mut self, pace: Pace) -> Result<Round> {
        let mut whole: Option<Round> = None;
        let mut left = pace.time;
        while left > Duration::from_millis(5) {
            let (market, seeded) = (&self.stage.opened.market, &self.stage.seeded);
            let count = self.buyers.count();
            let buyers = self.buyers.fill(market, seeded, &mut self.lines, count).await?;
            self.next += 1;
            let key = format!("{}-{}", self.next, market.now().as_micros());
            let work = Arc::new(Purchases::of(&buyers, &key));
            self.stage.subject.come_to_rest().await;
            let part = load::run(&self.stage.subject, work, Pace { time: left, ..pace }).await?;
            left = left.saturating_sub(part.took);
            whole = Some(match whole {
                None => part,
                Some(whole) => whole.and(part)?,
            });
        }
        whole.context("a round has no time")
    }

    fn group(&self) -> usize {
        let callers = self.options.common.concurrency;
        usize::try_from(self.options.group.unwrap_or(callers)).unwrap_or(1)
    }

    /// The bare loop, for as long as a round.
    async fn bare(&mut self, pace: Pace) -> Result<BareRound> {
        let (market, seeded) = (&self.stage.opened.market, &self.stage.seeded);
        let mut whole = BareRound::default();
        while whole.took < pace.time {
            let count = self.buyers.count();
            self.buyers.fill(market, seeded, &mut self.lines, count).await?;
            let bare = Bare {
                buyers: self.buyers.carts(),
                hot: self.hot,
                sellers: usize::try_from(self.options.sellers)?,
                group: self.group(),
            };
            self.stage.subject.come_to_rest().await;
            let part = limit::run(market, seeded, self.stage.config.database_url(), &bare).await?;
            whole = whole.and(&part);
        }
        Ok(whole)
    }
}

fn figures(
    what: String,
    rounds: Vec<Round>,
    bare_rounds: &[BareRound],
    group: usize,
) -> Result<Vec<Figures>> {
    let pairs = rounds.iter().zip(bare_rounds).map(|(round, bare)| {
        let limit = bare.done * 1_000_000 / load::micros(bare.took).max(1);
        (round.rate(), limit)
    });
    let percent = percent(pairs.collect::<Vec<_>>().into_iter());
    let mut all = vec![Figures { percent_of_limit: percent, ..Figures::of(what, rounds)? }];
    if !bare_rounds.is_empty() {
        let cpu = bare_rounds.iter().map(|round| round.cpu).sum();
        let times: Vec<_> = bare_rounds.iter().map(|round| (round.done, round.took)).collect();
        all.push(bare(format!("bare loop, groups of {group}"), &times, Some(cpu)));
    }
    Ok(all)
}
