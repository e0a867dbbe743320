//! What handlers share.

use std::sync::Arc;

use axum::http::StatusCode;
use db::{Conn, Tx};
use marketplace::{Error, Market, idempotency};
use serde::Serialize;

use crate::api::KeptTree;
use crate::problem::Problem;
use crate::respond::Once;

/// The state of the router. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    market: Market,
    categories: Arc<KeptTree>,
}

impl App {
    /// The state for a marketplace.
    pub fn new(market: Market) -> Self {
        Self { market, categories: Arc::default() }
    }

    /// The marketplace.
    pub const fn market(&self) -> &Market {
        &self.market
    }

    /// The tree of categories.
    pub(crate) fn categories(&self) -> &KeptTree {
        &self.categories
    }

    /// Runs `op` in one durable transaction; it may run again after a conflict with another.
    ///
    /// The closure owns what it captures: `app.write(async move |tx, market| …)`.
    pub async fn write<T, F>(&self, op: F) -> Result<T, Problem>
    where
        F: AsyncFn(&mut Tx, &Market) -> Result<T, Error> + Send + Sync + 'static,
        T: Send + 'static,
    {
        let market = self.market.clone();
        self.market.db.write(async move |tx: &mut Tx| op(tx, &market).await).await.map_err(Problem::from)
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
                return Ok(Once::fresh(status, &op(tx, market).await?));
            };
            if let Some(answer) = idempotency::claim(tx, market, key).await? {
                return Ok(Once { answer, replayed: true });
            }
            let once = Once::fresh(status, &op(tx, market).await?);
            idempotency::keep(tx, key, &once.answer).await?;
            Ok(once)
        })
        .await
    }

    /// A connection to read with.
    pub async fn read(&self) -> Result<Conn, Problem> {
        self.market.db.read().await.map_err(|error| Problem::from(Error::from(error)))
    }
}
