//! `bench journey`: what a buyer does from the first look to the payment, and the sellers after that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use types::{OrderId, PaymentId, ProductId, VariantId, VendorId};

use super::client::{Connection, bearer, request};
use super::load::{self, Counter, Work};
use super::options::{Journey, Journeys};
use super::purchase;
use super::report::{Figures, Report};
use super::seed::{Good, people};
use super::stage::{Stage, pace, warm_up};
use crate::config::Effective;

/// Buyers for each caller: of one buyer's journeys one follows the other.
const BUYERS_PER_CALLER: usize = 4;

struct Shopping {
    extent: Journeys,
    goods: Vec<Good>,
    /// Access tokens.
    buyers: Vec<String>,
    /// Shops and the access tokens of their owners.
    owners: Vec<(String, String)>,
    body: String,
    run: String,
    /// Buyers whose cart is in use are not taken again before it is empty.
    taken: AtomicU64,
}

/// Runs it.
pub(super) async fn run(effective: &Effective, options: &Journey) -> Result<Report> {
    let common = &options.common;
    let stage = Stage::prepare(effective, common, 2).await?;
    let market = &stage.opened.market;
    let callers = usize::try_from(common.concurrency)?;
    let users = people::make(market, "walker", callers * BUYERS_PER_CALLER).await?;
    let owners: Vec<_> = stage.seeded.shops.iter().map(|shop| types::UserId::from_i64(shop.owner)).collect();
    let tokens = people::log_in(market, &owners).await?;
    let named = stage.seeded.shops.iter().map(|shop| VendorId::from_i64(shop.vendor).to_string());
    let work = Arc::new(Shopping {
        extent: options.extent,
        goods: stage.seeded.goods.clone(),
        buyers: people::log_in(market, &users).await?,
        owners: named.zip(tokens).collect(),
        body: purchase::body(),
        run: market.now().as_micros().to_string(),
        taken: AtomicU64::new(0),
    });
    if let Some(pace) = warm_up(common) {
        load::run(&stage.subject, work.clone(), pace).await?;
    }
    let mut rounds = Vec::new();
    for _ in 0..common.rounds {
        rounds.push(load::run(&stage.subject, work.clone(), pace(common)).await?);
    }
    let what = match options.extent {
        Journeys::Buy => "add 2, buy, pay",
        Journeys::Browse => "look around, add 2, buy, pay",
        Journeys::Deliver => "look around, add 2, buy, pay, deliver",
    };
    let figures = vec![Figures::of(what.to_owned(), rounds)?];
    stage.finish("journey", figures, common).await
}

impl Work for Shopping {
    async fn perform(&self, connection: &mut Connection, _: u64, counter: &Counter) -> Result<()> {
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        let place = usize::try_from(number)?;
        let mut walk = Walk { connection, counter, token: bearer(&self.buyers[place % self.buyers.len()]) };
        let (one, other) = self.pair(place);
        if self.extent >= Journeys::Browse && !walk.look(&[one, other]).await? {
            return Ok(());
        }
        for good in [one, other] {
            let item = json!({"variant_id": VariantId::from_i64(good.variant).to_string(), "quantity": 1});
            if walk.post("add", "/v1/cart/items", "", &item.to_string()).await?.is_none() {
                return Ok(());
            }
        }
        let key = format!("Idempotency-Key: walk-{}-{number}\r\n", self.run);
        let Some(checkout) = walk.post("checkout", "/v1/checkouts", &key, &self.body).await? else {
            return Ok(());
        };
        let payment: PaymentId =
            checkout["payment"]["id"].as_str().context("a checkout has a payment")?.parse()?;
        let path = format!("/v1/payments/{payment}/confirm");
        if walk.post("pay", &path, "", r#"{"outcome":"succeed"}"#).await?.is_none() {
            return Ok(());
        }
        if self.extent >= Journeys::Deliver && !self.deliver(&mut walk, &checkout).await? {
            return Ok(());
        }
        counter.done();
        Ok(())
    }
}

impl Shopping {
    /// Two products of different shops.
    fn pair(&self, number: usize) -> (Good, Good) {
        let count = self.goods.len();
        let one = self.goods[number.wrapping_mul(7_919) % count];
        let others = (1..count).map(|step| self.goods[(number.wrapping_mul(7_919) + step * 31) % count]);
        (one, others.into_iter().find(|other| other.vendor != one.vendor).unwrap_or(one))
    }

    async fn deliver(&self, walk: &mut Walk<'_>, checkout: &Value) -> Result<bool> {
        for order in checkout["orders"].as_array().into_iter().flatten() {
            let id: OrderId = order["id"].as_str().context("an order has an id")?.parse()?;
            let owner = self.owners.iter().find(|(shop, _)| order["vendor"]["id"] == shop.as_str());
            let (_, token) = owner.context("an order is of a shop that nobody owns")?;
            walk.token = bearer(token);
            for step in ["accept", "pack", "ship", "deliver"] {
                if walk.post(step, &format!("/v1/vendor/orders/{id}/{step}"), "", "").await?.is_none() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

/// One journey.
struct Walk<'a> {
    connection: &'a mut Connection,
    counter: &'a Counter,
    token: String,
}

impl Walk<'_> {
    async fn look(&mut self, goods: &[Good]) -> Result<bool> {
        if !self.get("list", "/v1/products?limit=20").await? {
            return Ok(false);
        }
        for good in goods {
            let path = format!("/v1/products/{}", ProductId::from_i64(good.product));
            if !self.get("page", &path).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn get(&mut self, step: &'static str, path: &str) -> Result<bool> {
        let started = Instant::now();
        let answer = self.connection.send(&request("GET", path, "", "")).await?;
        self.counter.step(step, started)?;
        Ok(self.counter.accepts(&answer))
    }

    /// The answer of a call that was not refused.
    async fn post(
        &mut self,
        step: &'static str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Result<Option<Value>> {
        let started = Instant::now();
        let request = request("POST", path, &format!("{}{headers}", self.token), body);
        let answer = self.connection.send(&request).await?;
        self.counter.step(step, started)?;
        if !self.counter.accepts(&answer) {
            return Ok(None);
        }
        // Only the purchase tells what is needed later.
        let is_told = step == "checkout";
        Ok(Some(if is_told { serde_json::from_slice(answer.body)? } else { Value::Null }))
    }
}
