//! Load: so many callers who each wait for their answer (closed loop), or calls that come at a fixed rate
//! whether the earlier ones are answered or not (open loop). In the second a call's time runs from the
//! moment at which it was to be made, so that a server that stalls can't hide the calls that it held up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use parking_lot::Mutex;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::client::{Answer, Connection};
use super::subject::{Subject, Times};

/// The longest time that is told apart, in microseconds.
const LONGEST: u64 = 120_000_000;

/// What is done over and over.
pub(super) trait Work: Send + Sync + 'static {
    /// Does the piece with this number on one of the connections.
    fn perform(
        &self,
        connection: &mut Connection,
        number: u64,
        counter: &Counter,
    ) -> impl Future<Output = Result<()>> + Send;

    /// How many pieces there are; none is as many as time allows.
    fn pieces(&self) -> Option<u64> {
        None
    }
}

/// How the load comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Connections, each with one call at a time.
    pub(super) callers: usize,
    /// Calls in a second, for an open loop.
    pub(super) rate: Option<u64>,
    /// No piece begins after it.
    pub(super) time: Duration,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Tally {
    /// Pieces that were done.
    pub(super) done: u64,
    /// Microseconds of each piece, failed ones too.
    pub(super) times: Histogram<u64>,
    /// Microseconds of each call, where a piece has several.
    pub(super) steps: Vec<(&'static str, Histogram<u64>)>,
    /// Answers that were refusals, by code.
    pub(super) refused: BTreeMap<String, u64>,
}

/// Counts for many callers: a tally for each of ten thousand would be a gigabyte.
pub(super) struct Counter(Mutex<Tally>);

/// Counters of a round: enough that callers rarely meet at one.
const COUNTERS: usize = 16;

impl Counter {
    /// Notes a call of a piece.
    pub(super) fn step(&self, name: &'static str, started: Instant) -> Result<()> {
        let micros = micros(started.elapsed());
        let mut tally = self.0.lock();
        if let Some((_, times)) = tally.steps.iter_mut().find(|(known, _)| *known == name) {
            times.saturating_record(micros);
            return Ok(());
        }
        let mut times = histogram()?;
        times.saturating_record(micros);
        tally.steps.push((name, times));
        Ok(())
    }

    /// Whether the answer is a success; a refusal is counted by its code.
    pub(super) fn accepts(&self, answer: &Answer<'_>) -> bool {
        if answer.status < 400 {
            return true;
        }
        let problem: serde_json::Value = serde_json::from_slice(answer.body).unwrap_or_default();
        let code = problem["code"].as_str().unwrap_or("unknown");
        *self.0.lock().refused.entry(format!("{} {code}", answer.status)).or_default() += 1;
        false
    }

    /// A piece is done.
    pub(super) fn done(&self) {
        self.0.lock().done += 1;
    }

    fn took(&self, time: Duration) {
        self.0.lock().times.saturating_record(micros(time));
    }
}

impl Tally {
    pub(super) fn new() -> Result<Self> {
        Ok(Self { done: 0, times: histogram()?, steps: Vec::new(), refused: BTreeMap::new() })
    }

    /// Adds what another one counted.
    pub(super) fn add(&mut self, other: Self) -> Result<()> {
        self.done += other.done;
        self.times.add(other.times)?;
        for (name, times) in other.steps {
            match self.steps.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => sum.add(times)?,
                None => self.steps.push((name, times)),
            }
        }
        for (code, count) in other.refused {
            *self.refused.entry(code).or_default() += count;
        }
        Ok(())
    }
}

fn histogram() -> Result<Histogram<u64>> {
    Histogram::new_with_bounds(1, LONGEST, 3).context("no histogram can be made")
}

/// Whole microseconds.
pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// One stretch of load.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) took: Duration,
    pub(super) tally: Tally,
    pub(super) times: Times,
}

impl Round {
    /// This and another stretch together.
    pub(super) fn and(mut self, other: Self) -> Result<Self> {
        self.tally.add(other.tally)?;
        Ok(Self { took: self.took + other.took, tally: self.tally, times: self.times.plus(other.times) })
    }

    /// Pieces in a second.
    pub(super) fn rate(&self) -> u64 {
        self.tally.done * 1_000_000 / micros(self.took).max(1)
    }
}

/// Puts the load on, until the time is over or the work done.
pub(super) async fn run<W: Work>(subject: &Subject, work: Arc<W>, pace: Pace) -> Result<Round> {
    let mut connections = Vec::with_capacity(pace.callers);
    for _ in 0..pace.callers {
        connections.push(Connection::open(subject.address).await.context("the server can't be reached")?);
    }
    let counters: Vec<Arc<Counter>> = (0..COUNTERS.min(pace.callers))
        .map(|_| Ok(Arc::new(Counter(Mutex::new(Tally::new()?)))))
        .collect::<Result<_>>()?;
    let start = Arc::new(Barrier::new(pace.callers + 1));
    let next = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for (place, connection) in connections.into_iter().enumerate() {
        let (work, start, next) = (work.clone(), start.clone(), next.clone());
        let counter = counters[place % counters.len()].clone();
        callers.spawn(async move {
            start.wait().await;
            call(connection, work, (next, counter), pace).await
        });
    }
    let before = subject.times();
    let begun = Instant::now();
    start.wait().await;
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    let (took, times) = (begun.elapsed(), subject.times().since(before));
    let mut tally = Tally::new()?;
    for counter in counters {
        let counter = Arc::into_inner(counter).context("a caller still counts")?;
        tally.add(counter.0.into_inner())?;
    }
    Ok(Round { took, tally, times })
}

async fn call<W: Work>(
    mut connection: Connection,
    work: Arc<W>,
    (next, counter): (Arc<AtomicU64>, Arc<Counter>),
    pace: Pace,
) -> Result<()> {
    let begun = Instant::now();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if work.pieces().is_some_and(|pieces| number >= pieces) {
            return Ok(());
        }
        let due = match pace.rate {
            None => Instant::now(),
            Some(rate) => begun + Duration::from_micros(number * 1_000_000 / rate.max(1)),
        };
        if due.duration_since(begun) >= pace.time {
            return Ok(());
        }
        if pace.rate.is_some() {
            tokio::time::sleep_until(due.into()).await;
        }
        work.perform(&mut connection, number, &counter).await?;
        counter.took(due.elapsed());
    }
}
