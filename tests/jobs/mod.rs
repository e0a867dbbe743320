//! Background work: when it runs, how often, and what becomes of what fails.

mod crash;
mod retries;
mod runner;
mod sweeps;

use marketplace::jobs::{self, Counts, JobState, JobSummary};
use marketplace::notifications::{self, Mail};
use testing::{Actor, TestApp};
use types::Limit;

/// Tells a user that their password was changed: the simplest job that does something to be seen.
async fn send_mail(app: &TestApp, to: &Actor) {
    let market = app.market.clone();
    let user = to.user.unwrap().as_i64();
    let send: marketplace::Result<()> = app
        .market
        .db
        .write(async move |tx| notifications::send(tx, &market, Mail::PasswordChanged { user }).await)
        .await;
    send.unwrap();
}

async fn counts(app: &TestApp) -> Counts {
    jobs::counts(&mut app.market.db.read().await.unwrap(), &app.market).await.unwrap()
}

async fn list(app: &TestApp, state: Option<JobState>) -> Vec<JobSummary> {
    let mut conn = app.market.db.read().await.unwrap();
    jobs::list(&mut conn, &app.market, state, Limit::default()).await.unwrap()
}
