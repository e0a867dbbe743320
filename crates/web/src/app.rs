//! What handlers share.

use std::sync::Arc;

use axum::http::StatusCode;
use db::{Conn, Tx};
use marketplace::checkout::Purchase;
use marketplace::{Error, Market, audit, idempotency};
use serde::Serialize;

use crate::answers::Answers;
use crate::api::{KeptTree, Shelf};
use crate::middleware::request;
use crate::problem::Problem;
use crate::respond::Once;

/// The state of the router. Cheap to clone: every request does so several times.
#[derive(Debug, Clone)]
pub struct App(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    market: Market,
    categories: KeptTree,
    answers: Answers,
    shelf: Shelf,
}

impl App {
    /// The state for a marketplace.
    pub fn new(market: Market) -> Self {
        let answers = Answers::new(market.clone());
        Self(Arc::new(Inside { market, categories: KeptTree::default(), answers, shelf: Shelf::default() }))
    }

    /// The marketplace.
    pub fn market(&self) -> &Market {
        &self.0.market
    }

    /// The tree of categories.
    pub(crate) fn categories(&self) -> &KeptTree {
        &self.0.categories
    }

    /// Public answers that are ready.
    pub(crate) fn answers(&self) -> &Answers {
        &self.0.answers
    }

    /// What lists are put together from.
    pub(crate) fn shelf(&self) -> &Shelf {
        &self.0.shelf
    }

    /// Runs `op` in one durable transaction; it may run again after a conflict with another.
    ///
    /// The closure owns what it captures: `app.write(async move |tx, market| …)`. Where an admin or a shop's
    /// member acts, the audit log's entry is written in the same transaction, with what `op` noted in
    /// `market.journal`.
    pub async fn write<T, F>(&self, op: F) -> Result<T, Problem>
    where
        F: AsyncFn(&mut Tx, &Market) -> Result<T, Error> + Send + Sync + 'static,
        T: Send + 'static,
    {
        let Some(act) = request::act() else { return self.write_unheard(op).await };
        self.write_unheard(async move |tx, market| {
            let market = market.for_act(act.clone());
            let answer = op(tx, &market).await?;
            audit::record(tx, &market).await?;
            Ok(answer)
        })
        .await
    }

    /// Runs `op` like [`App::write`] for what is nobody's act: counting tries.
    pub(crate) async fn write_unheard<T, F>(&self, op: F) -> Result<T, Problem>
    where
        F: AsyncFn(&mut Tx, &Market) -> Result<T, Error> + Send + Sync + 'static,
        T: Send + 'static,
    {
        let market = self.0.market.clone();
        self.0.market.db.write(async move |tx: &mut Tx| op(tx, &market).await).await.map_err(Problem::from)
    }

    /// Runs `op` like [`App::write`], once per idempotency key: the key is claimed, the effect made and the
    /// answer kept in one transaction. The same request with the same key gets the first answer again,
    /// with `Idempotent-Replayed: true`; what failed is not kept, so the key may try again.
    ///
    /// Check ownership inside `op`, or before; bind the key to the body that was parsed:
    ///
    /// ```ignore
    /// let (request, parts) = body.parse_with_parts()?;
    /// let key = key.bind(&caller.user.to_string(), &parts, Keep::Day);
    /// app.write_once(key, StatusCode::OK, async move |tx, market| {
    ///     let order = orders::cancel(tx, market, id, request.reason.as_ref()).await?;
    ///     Ok(OrderView::of(order, market))
    /// })
    /// .await
    /// ```
    pub async fn write_once<T, F>(
        &self,
        key: Option<idempotency::Key>,
        status: StatusCode,
        op: F,
    ) -> Result<Once, Problem>
    where
        F: AsyncFn(&mut Tx, &Market) -> Result<T, Error> + Send + Sync + 'static,
        T: Serialize + Send + 'static,
    {
        self.write(async move |tx, market| {
            let Some(key) = &key else {
                return Ok(fresh(status, &op(tx, market).await?, market));
            };
            if let Some(answer) = idempotency::claim(tx, market, key).await? {
                market.journal.drop_act();
                return Ok(Once { answer, replayed: true });
            }
            let once = fresh(status, &op(tx, market).await?, market);
            idempotency::keep(tx, key, &once.answer).await?;
            Ok(once)
        })
        .await
    }

    /// Makes a purchase together with all that wait, once per its key.
    pub async fn place(&self, purchase: Purchase) -> Result<Once, Problem> {
        let reply = self.0.market.checkouts.place(&self.0.market, purchase).await?;
        Ok(Once { answer: reply.answer, replayed: reply.replayed })
    }

    /// A connection to read with.
    pub async fn read(&self) -> Result<Conn, Problem> {
        self.0.market.db.read().await.map_err(|error| Problem::from(Error::from(error)))
    }
}

/// A fresh answer. Of an act that makes something, the log tells what was made.
fn fresh<T: Serialize>(status: StatusCode, value: &T, market: &Market) -> Once {
    let once = Once::fresh(status, value);
    market.journal.about_new(|| {
        let made: serde_json::Value = serde_json::from_str(&once.answer.body).ok()?;
        Some(made.get("id")?.as_str()?.to_owned())
    });
    once
}
