//! What a seller does with a return.

use db::Tx;
use types::ItemId;

use super::model::going_back;
use super::{Return, ReturnMove, store};
use crate::actor::Actor;
use crate::catalog::stock::{self, StockLine, StockReason};
use crate::notifications::{self, Mail};
use crate::orders::{self, Order};
use crate::{Error, Market, Result, payments};

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
/// sold again. With its last unit the order is `returned`.
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
    payments::refund_order(tx, market, &order.head, back, &reason).await?;
    store::refund(tx, returned.id, back.refund, market.now()).await?;
    orders::note(tx, market, &order, by, &format!("{} received and refunded", returned.id)).await?;
    notifications::send(tx, market, Mail::ReturnRefunded { returned: returned.id.as_i64() }).await?;
    let units: i64 = lines.iter().map(|(_, units)| units).sum();
    let out: i64 = order.items.iter().map(|item| item.quantity.units() - item.quantity_returned).sum();
    if units == out {
        orders::take_back(tx, market, &order).await?;
    }
    Ok(())
}

/// Holds the order of a return, and reads it as it is then.
async fn hold_order(
    tx: &mut Tx,
    market: &Market,
    returned: &Return,
    attempted: &'static str,
) -> Result<Order> {
    let gone = || Error::internal("a return has no order");
    let order = orders::find(tx, returned.order).await?.ok_or_else(gone)?;
    orders::hold(tx, &order, attempted, market.now()).await?;
    orders::find(tx, returned.order).await?.ok_or_else(gone)
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
