//! `souk replay olist`: a real marketplace, lived again through the HTTP API of a running server.
//!
//! Sellers, products and buyers are made as anybody makes them: registration with the mailed code, an
//! accepted application, a product call. Then each order of the data is bought, paid, accepted, packed,
//! shipped and delivered, or cancelled, as the data say.
//!
//! What the data lack, and what is done instead: a product that several sellers sold is listed by each; a
//! product that was sold at several prices has a variant for each; each order has a freight of its own, so a
//! seller has one way of shipping, which is given the price of each purchase before it; a `boleto`, which is paid
//! in cash, is cash on delivery.

mod api;
mod crowd;
mod dataset;
mod life;
mod loading;
mod people;
mod plan;
mod report;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use marketplace::accounts::{self, NewUser};
use marketplace::secrets;
use parking_lot::Mutex;
use reqwest::Method;
use serde_json::json;

use crate::cli::Olist;
use crate::config::Config;
use crate::opening::Opened;
use crate::output;
use api::{Api, Session};
use crowd::Progress;
use dataset::Dataset;
use life::World;
use people::People;
use plan::Plan;
use report::Summary;

/// Replays the data set. `false` when a request failed.
pub(crate) async fn olist(config: &Config, options: &Olist) -> Result<bool> {
    let mut data = Dataset::read(Path::new(&options.dir))?;
    if let Some(orders) = options.orders {
        data.keep_first(orders);
    }
    let plan = Arc::new(Plan::of(&data.orders, options.merge));
    let url = options.url.clone().unwrap_or_else(|| config.listen.url(config.listen.port()));
    let api = Arc::new(Api::new(&url)?);
    api.open(Method::GET, "/readyz", None).await.context("start the server first: `souk serve`")?;

    let people = Arc::new(people(config, &api).await?);
    let stock = loading::load(&api, &people, &data, &plan, options.concurrency).await?;
    output::line(format_args!(
        "Loaded {} sellers and {} products. Now {} orders in {} purchases.",
        stock.shops.len(),
        stock.products,
        data.orders.len(),
        plan.purchases.len()
    ));
    let world = Arc::new(World { api: api.clone(), people, plan, stock });
    let started = Instant::now();
    let summary = live(world, options.concurrency).await?;
    output::line(summary.text(&api, started.elapsed(), &data.oddities));
    Ok(summary.failures.is_empty() && api.tally.failed.load(std::sync::atomic::Ordering::Relaxed) == 0)
}

async fn live(world: Arc<World>, concurrency: usize) -> Result<Summary> {
    let purchases: Vec<usize> = (0..world.plan.purchases.len()).collect();
    let progress = Progress::new("purchases", purchases.len());
    let summary = Arc::new(Mutex::new(Summary::default()));
    let sums = summary.clone();
    crowd::run(purchases, concurrency, progress, move |place| {
        let (world, sums) = (world.clone(), sums.clone());
        async move {
            let purchase = &world.plan.purchases[place];
            let outcome = world.live(purchase).await.map_err(|error| format!("{}: {error:#}", purchase.key));
            sums.lock().add(outcome);
            Ok(())
        }
    })
    .await?;
    let summary = std::mem::take(&mut *summary.lock());
    Ok(summary)
}

/// The people of this run, with an operator who is made on the spot.
async fn people(config: &Config, api: &Api) -> Result<People> {
    let password = secrets::token::<15>("")?;
    let opened = Opened::for_command(config).await?;
    let run = opened.market.now().as_seconds().to_string();
    let email = format!("operator@{run}.olist.example");
    let new = NewUser {
        email: email.parse()?,
        password: accounts::hash_password(password.parse()?).await?,
        first_name: "Operator".parse()?,
        last_name: None,
    };
    let market = opened.market.clone();
    let made: marketplace::Result<()> = opened
        .market
        .db
        .write(async move |tx| {
            let user = accounts::create_user(tx, &market, &new).await?;
            accounts::set_admin(tx, &market, user, true).await
        })
        .await;
    opened.close().await;
    made.context("no operator could be made for the replay")?;
    let login = json!({"email": email, "password": password});
    let tokens = api.open(Method::POST, "/v1/auth/login", Some(login)).await;
    let tokens = tokens.context("the server has another database than this command's configuration names")?;
    Ok(People::new(run, password, Session::from_tokens(&tokens)?))
}
