//! What a measurement came to, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::load::{Round, Tally, micros};
use super::subject::Times;

/// Percentiles of a kind of call, in microseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Latency {
    pub(super) p50: u64,
    pub(super) p90: u64,
    pub(super) p99: u64,
    pub(super) max: u64,
}

impl Latency {
    fn of(times: &Histogram<u64>) -> Self {
        Self {
            p50: times.value_at_quantile(0.5),
            p90: times.value_at_quantile(0.9),
            p99: times.value_at_quantile(0.99),
            max: times.max(),
        }
    }
}

/// Nanoseconds of processor time for each piece that was done.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Cost {
    pub(super) server: Option<u64>,
    pub(super) generator: Option<u64>,
    pub(super) database: Option<u64>,
}

/// One thing that was measured over several rounds.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figures {
    pub(super) what: String,
    /// Pieces in a second: the median of the rounds, the slowest, the fastest.
    pub(super) rate: u64,
    pub(super) rate_min: u64,
    pub(super) rate_max: u64,
    pub(super) rounds: usize,
    pub(super) done: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) latency_us: Option<Latency>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) steps_us: BTreeMap<&'static str, Latency>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) refused: BTreeMap<String, u64>,
    pub(super) cpu_ns: Cost,
    /// The rate in percent of what it is measured against: the median over pairs of rounds in turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) percent_of_limit: Option<u64>,
}

/// The middle one of a list.
pub(super) fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

impl Figures {
    /// Of some rounds, at least one.
    pub(super) fn of(what: String, rounds: Vec<Round>) -> anyhow::Result<Self> {
        let rates: Vec<u64> = rounds.iter().map(Round::rate).collect();
        let count = rounds.len();
        let mut tally = Tally::new()?;
        let mut times: Option<Times> = None;
        for round in rounds {
            times = Some(times.map_or(round.times, |times| times.plus(round.times)));
            tally.add(round.tally)?;
        }
        let times = times.unwrap_or_default();
        let each = |time: Option<u64>| time.and_then(|time| (time * 1_000).checked_div(tally.done));
        Ok(Self {
            what,
            rate: median(rates.clone()),
            rate_min: rates.iter().copied().min().unwrap_or(0),
            rate_max: rates.iter().copied().max().unwrap_or(0),
            rounds: count,
            done: tally.done,
            latency_us: Some(Latency::of(&tally.times)),
            steps_us: tally.steps.iter().map(|(name, times)| (*name, Latency::of(times))).collect(),
            refused: tally.refused,
            cpu_ns: Cost {
                server: each(times.server),
                generator: each(times.client),
                database: each(times.database),
            },
            percent_of_limit: None,
        })
    }

    fn write(&self, text: &mut String) {
        let percent = self.percent_of_limit.map_or_else(String::new, |percent| format!("{percent} %"));
        let latency = self.latency_us.map_or_else(String::new, line);
        // Writing to a String can't fail.
        let _ = writeln!(text, "{:<34} {:>9} /s  {percent:>6}  {latency}", self.what, self.rate);
        for (step, latency) in &self.steps_us {
            let _ = writeln!(text, "  {step:<49} {}", line(*latency));
        }
        let _ = writeln!(
            text,
            "  {} done in {} rounds, {} to {} /s; processor time each: {}",
            self.done,
            self.rounds,
            self.rate_min,
            self.rate_max,
            self.cpu_ns.text()
        );
        for (code, count) in &self.refused {
            let _ = writeln!(text, "  refused: {count} x {code}");
        }
    }
}

impl Cost {
    fn text(self) -> String {
        let named = [("server", self.server), ("database", self.database), ("generator", self.generator)];
        let known = named.into_iter().filter_map(|(name, nanos)| {
            let nanos = nanos?;
            Some(format!("{name} {}.{} us", nanos / 1_000, nanos % 1_000 / 100))
        });
        let known: Vec<String> = known.collect();
        if known.is_empty() { "unknown here".to_owned() } else { known.join(", ") }
    }
}

fn line(latency: Latency) -> String {
    let Latency { p50, p90, p99, max } = latency;
    let shown = |micros: u64| format!("{}.{:02} ms", micros / 1_000, micros % 1_000 / 10);
    format!("p50 {:>9}  p90 {:>9}  p99 {:>9}  max {:>9}", shown(p50), shown(p90), shown(p99), shown(max))
}

/// A whole run.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) scenario: String,
    pub(super) engine: String,
    pub(super) products: usize,
    pub(super) callers: usize,
    pub(super) figures: Vec<Figures>,
    /// The server's memory in KiB: before, after, and at its most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory_kib: Option<[u64; 3]>,
    /// What does not hold of what must; nothing, where it was not examined.
    pub(super) violations: Option<Vec<String>>,
}

impl Report {
    /// Whether everything holds, as far as it was examined.
    pub(super) fn is_sound(&self) -> bool {
        self.violations.as_ref().is_none_or(Vec::is_empty)
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "{}: {} callers, {} products, {}\n\n",
            self.scenario, self.callers, self.products, self.engine
        );
        for figures in &self.figures {
            figures.write(&mut text);
        }
        if let Some([before, after, most]) = self.memory_kib {
            let mib = |kib: u64| kib / 1_024;
            let _ = writeln!(
                text,
                "\nserver's memory: {} MiB before, {} MiB after, {} MiB at most",
                mib(before),
                mib(after),
                mib(most)
            );
        }
        match &self.violations {
            None => text.push_str("invariants: not examined"),
            Some(found) if found.is_empty() => text.push_str("invariants: all hold"),
            Some(found) => {
                let _ = write!(text, "invariants: VIOLATED\n  {}", found.join("\n  "));
            }
        }
        text
    }
}

impl Report {
    /// Rows of the table in `docs/PERFORMANCE.md`, without its head.
    pub(super) fn markdown(&self) -> String {
        let memory = self.memory_kib.map_or_else(String::new, |[before, after, most]| {
            format!("{} / {} / {}", before / 1_024, after / 1_024, most / 1_024)
        });
        let sound = match &self.violations {
            None => "",
            Some(found) if found.is_empty() => "hold",
            Some(_) => "**VIOLATED**",
        };
        let rows = self.figures.iter().map(|figures| {
            let latency = figures.latency_us;
            let shown = |pick: fn(Latency) -> u64| {
                latency
                    .map(pick)
                    .map_or_else(String::new, |us| format!("{}.{:02}", us / 1_000, us % 1_000 / 10))
            };
            let cpu = |nanos: Option<u64>| {
                nanos.map_or_else(String::new, |nanos| format!("{}.{}", nanos / 1_000, nanos % 1_000 / 100))
            };
            format!(
                "| {} | {} | {} | {} | {} ({}–{}) | {} | {} | {} | {} | {} | {} | {memory} | {sound} |",
                self.engine,
                self.products,
                self.callers,
                figures.what,
                figures.rate,
                figures.rate_min,
                figures.rate_max,
                figures.percent_of_limit.map_or_else(String::new, |percent| format!("{percent} %")),
                shown(|latency| latency.p50),
                shown(|latency| latency.p99),
                cpu(figures.cpu_ns.server),
                cpu(figures.cpu_ns.database),
                cpu(figures.cpu_ns.generator),
            )
        });
        rows.collect::<Vec<_>>().join("\n")
    }
}

/// Pairs of rounds: how the first ones' rates compare to the second ones', in percent.
pub(super) fn percent(rates: impl Iterator<Item = (u64, u64)>) -> Option<u64> {
    let percents: Vec<u64> = rates.filter_map(|(rate, limit)| (rate * 100).checked_div(limit)).collect();
    (!percents.is_empty()).then(|| median(percents))
}

/// The figures of the bare loop: how much it wrote in how many microseconds, round by round.
pub(super) fn bare(what: String, rounds: &[(u64, std::time::Duration)], cpu: Option<u64>) -> Figures {
    let rate = |(done, took): &(u64, std::time::Duration)| done * 1_000_000 / micros(*took).max(1);
    let rates: Vec<u64> = rounds.iter().map(rate).collect();
    let done = rounds.iter().map(|(done, _)| done).sum();
    Figures {
        what,
        rate: median(rates.clone()),
        rate_min: rates.iter().copied().min().unwrap_or(0),
        rate_max: rates.iter().copied().max().unwrap_or(0),
        rounds: rounds.len(),
        done,
        latency_us: None,
        steps_us: BTreeMap::new(),
        refused: BTreeMap::new(),
        cpu_ns: Cost {
            server: None,
            generator: cpu.and_then(|cpu| (cpu * 1_000).checked_div(done)),
            database: None,
        },
        percent_of_limit: None,
    }
}
