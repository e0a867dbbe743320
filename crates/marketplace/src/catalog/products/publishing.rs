//! How products come to be published: by an operator's leave where the marketplace asks for it, and by
//! themselves at a time.

use db::{Conn, Tx};
use types::{Limit, Line, Page, ProductId, Timestamp};

use super::model::{Schedule, ScheduleChanges, WantedStatus};
use super::{CatalogError, Product, ProductStatus, open, store};
use crate::changes::{self, Change};
use crate::jobs::{self, Job};
use crate::notifications::{self, Mail};
use crate::vendors::VendorStatus;
use crate::{Market, Result};

/// Products that wait for an operator, or for their sellers to change them, the oldest first.
pub async fn to_review(
    conn: &mut Conn,
    status: ProductStatus,
    limit: Limit,
    after: Option<ProductId>,
) -> Result<Page<Product, ProductId>> {
    let rows = store::to_review(conn, status, limit, after).await?;
    Ok(Page::cut(rows, limit, |product| product.id))
}

/// Publishes a product that waits for it; the seller is mailed.
pub async fn approve(tx: &mut Tx, market: &Market, id: ProductId) -> Result<Product> {
    let before = pending(tx, id).await?;
    let after = Product {
        status: ProductStatus::Published,
        published_at: before.published_at.or(Some(market.now())),
        review_reason: None,
        ..before.clone()
    };
    decide(tx, market, (&before, &after), Mail::ProductApproved { product: id.as_i64() }).await?;
    Ok(after)
}

/// Gives a product that waits for an operator back to its seller, who is mailed what is to be changed.
pub async fn request_changes(
    tx: &mut Tx,
    market: &Market,
    id: ProductId,
    reason: &Line<500>,
) -> Result<Product> {
    let before = pending(tx, id).await?;
    let after = Product {
        status: ProductStatus::ChangesRequested,
        review_reason: Some(reason.to_string()),
        ..before.clone()
    };
    market.journal.with("reason", &reason.as_str());
    decide(tx, market, (&before, &after), Mail::ProductChangesRequested { product: id.as_i64() }).await?;
    Ok(after)
}

/// The product, locked, when it waits for an operator.
async fn pending(tx: &mut Tx, id: ProductId) -> Result<Product> {
    let product = open(tx, id).await?;
    if product.status == ProductStatus::PendingReview {
        Ok(product)
    } else {
        Err(CatalogError::InvalidTransition { status: product.status }.into())
    }
}

async fn decide(
    tx: &mut Tx,
    market: &Market,
    (before, after): (&Product, &Product),
    mail: Mail,
) -> Result<()> {
    store::set_status(tx, after, market.now()).await?;
    market.journal.changed("status", &before.status, &after.status);
    changes::record(tx, market, &[Change::Product(after.id)]).await?;
    notifications::send(tx, market, mail).await
}

/// Changes when a product is published and archived by itself; says whether it is to be published.
pub(super) async fn change_schedule(
    tx: &mut Tx,
    market: &Market,
    product: &Product,
    wanted: ScheduleChanges,
) -> Result<bool> {
    let before = Schedule { publish_at: product.publish_at, unpublish_at: product.unpublish_at };
    let given = Schedule {
        publish_at: wanted.publish_at.clone().apply(None),
        unpublish_at: wanted.unpublish_at.clone().apply(None),
    };
    let mut after = Schedule {
        publish_at: wanted.publish_at.apply(before.publish_at),
        unpublish_at: wanted.unpublish_at.apply(before.unpublish_at),
    };
    if product.status != ProductStatus::Draft && given.publish_at.is_none() {
        after.publish_at = None;
    }
    if after != before {
        after.check(given, product.status, market.now())?;
        set_schedule(tx, market, product.id, (before, after)).await?;
        market.journal.changed("publish_at", &before.publish_at, &after.publish_at);
        market.journal.changed("unpublish_at", &before.unpublish_at, &after.unpublish_at);
    }
    Ok(given.publish_at.is_some())
}

/// Writes when a product is published and archived by itself, with the jobs that do it. A job whose time was
/// changed finds that, and does nothing.
pub(super) async fn set_schedule(
    tx: &mut Tx,
    market: &Market,
    id: ProductId,
    (before, after): (Schedule, Schedule),
) -> Result<()> {
    if after == before {
        return Ok(());
    }
    store::set_schedule(tx, id, after).await?;
    let job = Job::KeepSchedule { product: id.as_i64() };
    let changed = |was: Option<Timestamp>, is: Option<Timestamp>| is.filter(|_| was != is);
    let due =
        [changed(before.publish_at, after.publish_at), changed(before.unpublish_at, after.unpublish_at)];
    for due in due.into_iter().flatten() {
        jobs::enqueue(tx, market, &job, due).await?;
    }
    Ok(())
}

/// Does with a product what its time has come for: publishes a draft (or hands it to an operator, where one
/// looks at products first), archives what is published. Twice is once; a shop that is closed publishes
/// nothing.
pub async fn keep_schedule(tx: &mut Tx, market: &Market, id: ProductId) -> Result<()> {
    store::lock(tx, id).await?;
    let Some(product) = store::find(tx, &id.into()).await? else { return Ok(()) };
    let now = market.now();
    let has_come = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    if product.status == ProductStatus::Published && has_come(product.unpublish_at) {
        return super::archive(tx, market, id).await;
    }
    let is_open = product.vendor_status == VendorStatus::Accepted;
    if product.status != ProductStatus::Draft || !has_come(product.publish_at) || !is_open {
        return Ok(());
    }
    let wanted = Some(WantedStatus::Published);
    let status = product.status.becoming(wanted, market.settings.product_approval)?;
    let published_at = (status == ProductStatus::Published).then_some(now);
    let unpublish_at = product.unpublish_at;
    let after = Product { status, published_at: product.published_at.or(published_at), ..product };
    store::set_status(tx, &after, now).await?;
    store::set_schedule(tx, id, Schedule { publish_at: None, unpublish_at }).await?;
    changes::record(tx, market, &[Change::Product(id)]).await
}
