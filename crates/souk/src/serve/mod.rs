//! `souk serve`: the marketplace, from the open port to the last answer.
//!
//! The port is taken first, so that a second start fails before it touches anything; until the database is
//! migrated, everybody is told so (`/readyz` is 503). The first signal lets what runs finish, the second does not.

mod greeting;
pub(crate) mod http;
pub(crate) mod lease;
mod leftover;
mod rotation;
mod signals;
mod unread;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use marketplace::changes::Follower;
use marketplace::failpoint;
use marketplace::jobs::Worker;
use marketplace::mail::Mailer;
use marketplace::search::Search;
use marketplace::settings;
use tokio::net::TcpListener;
use tokio::time::timeout;
use types::Clock;
use web::Unread;

use crate::cli::Serve;
use crate::config::Config;
use crate::data_dir;
use crate::demo;
use crate::opening::{Keys, Opened, open_database};
use signals::Signals;

/// The longest that a shutdown waits for what runs.
const GRACE: Duration = Duration::from_secs(30);

/// The longest that closing the database may take after that.
const CLOSING: Duration = Duration::from_secs(5);

/// Runs until a signal comes, or the node can't go on.
pub(crate) async fn run(config: &Config, options: &Serve) -> Result<()> {
    if cfg!(debug_assertions)
        && let Ok(point) = std::env::var("SOUK_TEST_CRASH_AT")
    {
        failpoint::arm(point);
    }
    let mut signals = Signals::listen()?;
    let started = tokio::select! {
        started = start(config, options) => started?,
        () = signals.next() => return Ok(()),
    };
    let Started { opened, listener, mailer, data_dir } = started;
    let unread = Unread::new(opened.market.clock.clone(), opened.market.settings.public_url.clone());
    let worker = Worker::new(opened.market.clone(), mailer).start();
    let follower = Follower::new(opened.market.clone()).start();
    let following = tokio::spawn(settings::follow(opened.market.clone()));
    let rotating = tokio::spawn(rotation::follow(opened.market.clone(), data_dir));
    let search = Search::start(&opened.market);
    let server = http::Server::start(listener, web::router(opened.market.clone()), unread)?;
    let reason = tokio::select! {
        () = signals.next() => Ok(()),
        reason = lease::keep(&opened) => Err(reason),
    };
    following.abort();
    rotating.abort();
    tracing::info!("stopping: what runs is finished");
    let stop = async { tokio::join!(server.stop(GRACE), worker.stop(), search.stop()) };
    tokio::select! {
        ((), (), ()) = stop => follower.stop().await,
        () = signals.next() => bail!("stopped at once by a second signal"),
    }
    if timeout(CLOSING, opened.close()).await.is_err() {
        tracing::warn!("the database was not closed in time");
    }
    reason
}

struct Started {
    opened: Opened,
    listener: TcpListener,
    mailer: Mailer,
    data_dir: PathBuf,
}

async fn start(config: &Config, options: &Serve) -> Result<Started> {
    let listener = http::listen(&config.listen).await?;
    let address = listener.local_addr().context("the port that was taken is unknown")?;
    let public_url = config.public_url(address.port());
    let unread = Unread::new(Clock::system(), public_url.clone());
    let starting = http::Server::start(listener, web::starting::router(Clock::system()), unread)?;
    let data_dir = data_dir::create(config.data_dir.path())?;
    let keys = Keys::read(config, &data_dir)?;
    let db = open_database(config).await?;
    let opened = Opened::new(db, config, keys, public_url).await?;
    let mailer = Mailer::new(&opened.market.settings).context("mails can't be sent")?;
    publish_key(&opened).await.context("the signing key could not be published")?;
    rotation::renew_if_retired(&opened.market, &data_dir).await?;
    if options.demo {
        demo::seed(&opened.market).await?;
    }
    let listener = starting.give_way().await?;
    greeting::print(config, &config.listen.url(address.port()), &data_dir);
    if options.demo {
        greeting::print_demo();
    }
    Ok(Started { opened, listener, mailer, data_dir })
}

async fn publish_key(opened: &Opened) -> marketplace::Result<()> {
    let market = opened.market.clone();
    opened.market.db.write(async move |tx| market.tokens.publish(tx, market.now()).await).await
}
