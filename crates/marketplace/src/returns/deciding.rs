//! What a seller does with a return.

use db::Tx;
use types::{ItemId, ReturnId};

use super::model::going_back;
use super::{Return, ReturnMove, ReturnStatus, store};
use crate::actor::Actor;
use crate::catalog::stock::{self, StockLine, StockReason};
use crate::notifications::{self, Mail};
use crate::orders::{self, Order};
use crate::payments::{self, RefundStatus, Why};
use crate::{Error, Market, Result};

/// The seller takes the items back; the buyer is told.
pub async fn approve(tx: &mut Tx, market: &Market, returned: &Return, by: Actor) -> Result<()> {
    let order = hold_order(tx, market, returned, "approve").await?;
    advance(tx, market, returned, ReturnMove::Approve, None).await?;
    orders::note(tx, market, &order, by, &format!("{} approved", returned.id)).await?;
    notifications::send(tx, market, Mail::ReturnApproved { returned: returned.id.as_i64() }).await
}

/// The seller does not take the items back; the buyer is told why, and may ask again.
pub async fn reject(tx: &mut Tx, market: &Market, returned: &Return, by: Actor, reason: &str) -> Result<()> {
    let order = hold_order(tx, market, returned, "reject").await?;
    advance(tx, market, returned, ReturnMove::Reject, Some(reason)).await?;
    orders::unclaim(tx, &lines(returned)).await?;
    orders::note(tx, market, &order, by, &format!("{} rejected", returned.id)).await?;
    notifications::send(tx, market, Mail::ReturnRejected { returned: returned.id.as_i64() }).await
}

/// The items are back: the buyer gets their money by itself, and `restock` says whether the units can be
/// sold again. Where the provider says later that the buyer has the money, the return is `received` until
/// then. With its last unit the order is `returned`.
pub async fn receive(
    tx: &mut Tx,
    market: &Market,
    returned: &Return,
    by: Actor,
    restock: bool,
) -> Result<()> {
    let order = hold_order(tx, market, returned, "receive").await?;
    advance(tx, market, returned, ReturnMove::Receive, None).await?;
    let lines = lines(returned);
    orders::add_returned(tx, &lines).await?;
    if restock {
        stock::give_back(tx, market, &stock_lines(&order, &lines)?, StockReason::Returned).await?;
    }
    let back = going_back(&order, &lines);
    let reason = format!("{} received: {}", returned.id, returned.reason);
    let why = Why::Returned(returned.id, &reason);
    let money = payments::refund_order(tx, market, &order.head, back, why).await?;
    store::set_refund(tx, returned.id, back.refund, market.now()).await?;
    if money != RefundStatus::Succeeded {
        return orders::note(tx, market, &order, by, &format!("{} received", returned.id)).await;
    }
    orders::note(tx, market, &order, by, &format!("{} received and refunded", returned.id)).await?;
    finish(tx, market, returned).await
}

/// Holds the order of a return, as every step of it does first.
pub(crate) async fn hold(tx: &mut Tx, market: &Market, returned: ReturnId) -> Result<()> {
    let returned = found(store::find(tx, returned).await?)?;
    hold_order(tx, market, &returned, "refund").await.map(drop)
}

/// The buyer has the money of a received return. Whoever calls it holds its order, and calls it once.
pub(crate) async fn end_refunded(tx: &mut Tx, market: &Market, returned: ReturnId) -> Result<()> {
    let returned = found(store::find(tx, returned).await?)?;
    let order = found(orders::find(tx, returned.order).await?)?;
    orders::note(tx, market, &order, Actor::System, &format!("{} refunded", returned.id)).await?;
    finish(tx, market, &returned).await
}

/// The buyer has their money and is told; with the last unit that comes back and is refunded the order is
/// `returned`.
async fn finish(tx: &mut Tx, market: &Market, returned: &Return) -> Result<()> {
    store::end_refunded(tx, returned.id, market.now()).await?;
    notifications::send(tx, market, Mail::ReturnRefunded { returned: returned.id.as_i64() }).await?;
    let order = found(orders::find(tx, returned.order).await?)?;
    let is_back = order.items.iter().all(|item| item.quantity.units() == item.quantity_returned);
    let is_refunded = order.returns.iter().all(|other| other.status != ReturnStatus::Received);
    if is_back && is_refunded {
        orders::take_back(tx, market, &order).await?;
    }
    Ok(())
}

fn found<T>(found: Option<T>) -> Result<T> {
    found.ok_or_else(|| Error::internal("a return or its order is gone"))
}

/// Holds the order of a return, and reads it as it is then.
async fn hold_order(
    tx: &mut Tx,
    market: &Market,
    returned: &Return,
    attempted: &'static str,
) -> Result<Order> {
    let order = found(orders::find(tx, returned.order).await?)?;
    orders::hold(tx, &order, attempted, market.now()).await?;
    found(orders::find(tx, returned.order).await?)
}

/// Makes a step, if nobody else has made one in the meantime.
async fn advance(
    tx: &mut Tx,
    market: &Market,
    returned: &Return,
    wanted: ReturnMove,
    answer: Option<&str>,
) -> Result<()> {
    let to = returned.status.after(wanted)?;
    if store::set_status(tx, returned.id, (returned.status, to), answer, market.now()).await? {
        market.journal.changed("status", &returned.status, &to);
        if let Some(answer) = answer {
            market.journal.with("reason", &answer);
        }
        return Ok(());
    }
    let now = store::find(tx, returned.id).await?;
    let now = now.ok_or_else(|| Error::internal("a return is gone"))?;
    now.status.after(wanted)?;
    Err(Error::internal("a return's row could not be moved"))
}

fn lines(returned: &Return) -> Vec<(ItemId, i64)> {
    returned.items.iter().map(|item| (item.item, item.quantity)).collect()
}

fn stock_lines(order: &Order, lines: &[(ItemId, i64)]) -> Result<Vec<StockLine>> {
    let line = |(item, units): &(ItemId, i64)| {
        let item = order.item(*item).ok_or_else(|| Error::internal("a return names a foreign item"))?;
        Ok(StockLine { variant: item.variant, units: *units, order: order.head.id })
    };
    lines.iter().map(line).collect()
}
