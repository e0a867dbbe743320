//! The app under test.

mod building;
mod node;

pub use building::TestAppBuilder;
pub use node::Node;

use std::sync::Mutex;
use std::time::Duration;

use axum::Router;
use marketplace::Market;
use marketplace::accounts::{self, Client, NewUser, PasswordHash};
use marketplace::changes;
use marketplace::doctor;
use marketplace::jobs::{self, JobState, Worker};
use marketplace::mail::mailbox;
use marketplace::search::{self, Search};
use marketplace::vendors::{self, Application, Decision};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use types::Limit;

use crate::database::TestDatabase;
use crate::{Actor, ReceivedMail, Seller};

/// What the nodes' vaults are made of.
const VAULT: &str = "the tests' key";

/// A marketplace of its own for one test.
pub struct TestApp {
    /// The marketplace, for builders and for what no endpoint shows.
    pub market: Market,
    router: Router,
    worker: Worker,
    follower: changes::Running,
    search: Mutex<Option<search::Running>>,
    database: Option<TestDatabase>,
    dir: TempDir,
}

/// Starts to keep a search index, and waits until it is there. Its searches wait for their own writes as long
/// as a loaded machine needs.
async fn start_search(market: &Market) -> search::Running {
    let running = Search::start(market);
    market.search().set_patience(20_000);
    let ready = async {
        while !market.search().is_ready() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(Duration::from_secs(20), ready).await.expect("the search index is built");
    running
}

impl TestApp {
    /// Has the app keep an index of what can be bought, as a server does, and waits until it is there.
    pub async fn searches(&self) {
        let running = start_search(&self.market).await;
        *self.search.lock().expect("nobody panicked with it") = Some(running);
    }

    /// Ends what [`searches`](Self::searches) began.
    pub async fn stops_searching(&self) {
        let running = self.search.lock().expect("nobody panicked with it").take();
        if let Some(running) = running {
            running.stop().await;
        }
    }

    /// An app with the default settings, throttles off.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// The folder of this app's files.
    pub fn data_dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Somebody nobody knows.
    pub fn anonymous(&self) -> Actor {
        Actor::anonymous(self.router.clone())
    }

    /// A user `name@example.com`, logged in. Their password is none: nobody can log in with one.
    pub async fn user(&self, name: &str) -> Actor {
        self.make_user(name, false).await
    }

    /// A user who buys.
    pub async fn buyer(&self, name: &str) -> Actor {
        self.make_user(name, false).await
    }

    /// An operator of the marketplace.
    pub async fn admin(&self) -> Actor {
        self.make_user("admin", true).await
    }

    /// The same user with a fresh login, for when time has passed.
    pub async fn login_again(&self, actor: &Actor) -> Actor {
        let user = actor.user.expect("a user logs in");
        let market = self.market.clone();
        let tokens: marketplace::Result<_> = self
            .market
            .db
            .write(async move |tx| accounts::open_session(tx, &market, user, &Client::default()).await)
            .await;
        actor.with_token(&tokens.expect("the session is opened").access)
    }

    /// The owner of an accepted shop `Shop of <name>`.
    pub async fn seller(&self, name: &str) -> Seller {
        let actor = self.user(name).await;
        let user = actor.user.expect("a user was made");
        let application = Application {
            name: format!("Shop of {name}").parse().expect("the test's name fits a shop's"),
            description: "Sells what tests buy".parse().expect("a description"),
            address: "1 Test Street".parse().expect("an address"),
            domain: None,
            tax_number: None,
        };
        let market = self.market.clone();
        let made: marketplace::Result<_> = self
            .market
            .db
            .write(async move |tx| {
                let vendor = vendors::enrol(tx, &market, user, &application).await?;
                vendors::review(tx, &market, user, vendor.id, &Decision::Accept).await
            })
            .await;
        let vendor = made.expect("the vendor is made");
        Seller { actor, vendor: vendor.id, slug: vendor.slug }
    }

    async fn make_user(&self, name: &str, is_admin: bool) -> Actor {
        let new = NewUser {
            email: format!("{name}@example.com").parse().expect("the test's name fits an e-mail address"),
            password: PasswordHash::from_kept("none".to_owned()),
            first_name: name.parse().expect("the test's name is a name"),
            last_name: None,
        };
        let market = self.market.clone();
        let made: marketplace::Result<_> = self
            .market
            .db
            .write(async move |tx| {
                let user = accounts::create_user(tx, &market, &new).await?;
                if is_admin {
                    accounts::set_admin(tx, &market, user, true).await?;
                }
                let tokens = accounts::open_session(tx, &market, user, &Client::default()).await?;
                Ok((user, tokens))
            })
            .await;
        let (user, tokens) = made.expect("the user is made");
        Actor { token: Some(tokens.access), user: Some(user), ..self.anonymous() }
    }

    /// Moves the app's clock.
    pub fn advance(&self, seconds: i64) {
        self.market.clock.advance(seconds);
    }

    /// What does the background work: for tests that run it in their own way.
    pub fn worker(&self) -> Worker {
        self.worker.clone()
    }

    /// Runs the jobs that are due until none is, and says how many runs that took.
    pub async fn run_jobs(&self) -> usize {
        self.worker.run_due().await.expect("the jobs run")
    }

    /// Drops all waiting work: for tests that made more of it than they can wait for.
    pub async fn forget_jobs(&self) {
        static FORGET: db::Stmt = db::Stmt::new("DELETE FROM jobs WHERE state = 'waiting'");
        let done: db::Result<u64> =
            self.market.db.write(async |tx: &mut db::Tx| tx.exec(&FORGET, &[]).await).await;
        done.expect("the jobs are dropped");
    }

    /// The mails in the development mailbox to this address, the oldest first. Run the jobs before.
    pub async fn mails_to(&self, email: &str) -> Vec<ReceivedMail> {
        let mut conn = self.market.db.read().await.expect("the database answers");
        let most = Limit::new(Limit::MAX).expect("the largest limit is one");
        let (mut mails, mut after) = (Vec::new(), None);
        loop {
            let page = mailbox::list(&mut conn, Some(email), after, most).await.expect("the mailbox opens");
            mails.extend(page.entries.into_iter().map(ReceivedMail::from));
            after = page.next;
            if after.is_none() {
                mails.reverse();
                return mails;
            }
        }
    }

    /// Ends the test: what is due is run, no job may have been given up, the doctor may find nothing, and the
    /// database goes.
    pub async fn stop(self) {
        self.stop_with_failed_jobs(0).await;
    }

    /// Ends a test in which this many jobs were to be given up.
    pub async fn stop_with_failed_jobs(self, expected: usize) {
        self.run_jobs().await;
        let violations = self.violations().await;
        self.end(expected).await;
        assert_eq!(violations, [""; 0], "what must hold does not");
    }

    /// Ends a test that wrote rows by hand, which the doctor would find wanting.
    pub async fn stop_unexamined(self) {
        self.run_jobs().await;
        self.end(0).await;
    }

    async fn end(mut self, expected: usize) {
        let failed = self.failed_jobs().await;
        self.follower.stop().await;
        let search = self.search.lock().expect("nobody panicked with it").take();
        if let Some(search) = search {
            search.stop().await;
        }
        self.market.db.clone().close().await;
        if let Some(database) = self.database.take() {
            database.drop().await;
        }
        assert_eq!(failed.len(), expected, "jobs that were given up: {failed:#?}");
    }

    /// What the doctor finds, each as `check: sentence`.
    pub async fn violations(&self) -> Vec<String> {
        let outcomes = doctor::examine(&self.market.db).await.expect("the doctor examines");
        let named = |name: &'static str| move |violation: String| format!("{name}: {violation}");
        outcomes
            .into_iter()
            .flat_map(|outcome| outcome.violations.into_iter().map(named(outcome.name)))
            .collect()
    }

    async fn failed_jobs(&self) -> Vec<jobs::JobSummary> {
        let mut conn = self.market.db.read().await.expect("the database answers");
        jobs::list(&mut conn, &self.market, Some(JobState::Failed), Limit::default())
            .await
            .expect("the jobs can be listed")
    }
}
