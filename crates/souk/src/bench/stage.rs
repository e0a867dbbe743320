//! All that a scenario needs: the database with its data, and the server.

use std::time::Duration;

use anyhow::{Context, Result};
use marketplace::doctor;
use tempfile::TempDir;

use super::load::Pace;
use super::options::Common;
use super::report::{Figures, Report};
use super::seed::{self, Extent, Seeded};
use super::subject::Subject;
use crate::config::{Config, DataDir, Effective};
use crate::data_dir;
use crate::opening::{Keys, Opened, open_database};
use crate::serve::http::connection_limit;

/// The name of a server of our own, which only its tokens mention.
const PUBLIC_URL: &str = "http://souk.bench";

/// A marketplace that is ready, and the server on it.
pub(super) struct Stage {
    pub(super) opened: Opened,
    pub(super) seeded: Seeded,
    pub(super) subject: Subject,
    pub(super) config: Config,
    memory: Option<(u64, u64)>,
    /// Goes with the stage, when the database is one for the moment.
    _dir: Option<TempDir>,
}

impl Stage {
    /// Opens the database, makes what is missing, and starts the server.
    pub(super) async fn prepare(effective: &Effective, common: &Common, sellers: u32) -> Result<Self> {
        connection_limit()?;
        let (config, dir) = place(effective, common)?;
        let public_url = match &common.url {
            Some(_) => config.public_url(config.listen.port()),
            None => PUBLIC_URL.to_owned(),
        };
        let folder = data_dir::create(config.data_dir.path())?;
        let keys = Keys::read(&config, &folder)?;
        let opened = Opened::new(open_database(&config).await?, &config, keys, public_url.clone()).await?;
        let extent = Extent {
            shops: usize::try_from(common.shops.max(sellers))?,
            products: usize::try_from(common.products)?,
            orders: usize::try_from(common.orders)?,
            sellers: usize::try_from(sellers)?,
        };
        let seeded = seed::seed(&opened.market, &config, extent).await.context("the data can't be made")?;
        let subject = match &common.url {
            Some(url) => Subject::running(url)?,
            None => Subject::start(&config, &public_url)?,
        };
        let memory = subject.memory();
        subject.come_to_rest().await;
        Ok(Self { opened, seeded, subject, config, memory, _dir: dir })
    }

    /// Stops the server, examines the data and says what came out.
    pub(super) async fn finish(
        self,
        scenario: &str,
        figures: Vec<Figures>,
        common: &Common,
    ) -> Result<Report> {
        let now = self.subject.memory();
        let memory = self.memory.zip(now).map(|((before, _), (after, most))| [before, after, most]);
        drop(self.subject);
        let db = &self.opened.market.db;
        let violations = if common.unexamined {
            None
        } else {
            let outcomes = doctor::examine(db).await.context("the data can't be examined")?;
            let named = |outcome: doctor::Outcome| {
                outcome.violations.into_iter().map(move |what| format!("{}: {what}", outcome.name))
            };
            Some(outcomes.into_iter().flat_map(named).collect())
        };
        let report = Report {
            scenario: scenario.to_owned(),
            engine: db.engine().to_string(),
            products: self.seeded.goods.len(),
            callers: usize::try_from(common.concurrency)?,
            figures,
            memory_kib: memory,
            violations,
        };
        self.opened.close().await;
        Ok(report)
    }
}

/// The configuration to measure with: a folder for the moment, unless somebody named a database or folder.
fn place(effective: &Effective, common: &Common) -> Result<(Config, Option<TempDir>)> {
    let config = effective.config.clone();
    let named = effective.is_set("data.dir") || common.url.is_some();
    if named {
        return Ok((config, None));
    }
    let dir = tempfile::tempdir().context("there is no place for a folder")?;
    let config = Config { data_dir: DataDir::at(&dir.path().join("data")), ..config };
    Ok((config, Some(dir)))
}

/// How the load of one round comes.
pub(super) fn pace(common: &Common) -> Pace {
    Pace {
        callers: usize::try_from(common.concurrency).unwrap_or(1),
        rate: common.rate,
        time: Duration::from_millis(common.seconds * 1_000 / common.rounds.max(1)),
    }
}

/// The load before the first round, unless there is to be none.
pub(super) fn warm_up(common: &Common) -> Option<Pace> {
    (common.warm_up > 0).then(|| Pace { time: Duration::from_secs(common.warm_up), ..pace(common) })
}
