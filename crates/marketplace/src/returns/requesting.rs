//! A buyer asks to send items back.

use db::Tx;
use types::{ItemId, ReturnId, kind};

use super::model::going_back;
use super::{Return, ReturnError, ReturnItem, ReturnStatus, store};
use crate::actor::Actor;
use crate::notifications::{self, Mail};
use crate::orders::{self, Line, Order, OrderStatus};
use crate::{Market, Result};

/// Asks to return units of a delivered order's items. The seller is told.
pub async fn request(
    tx: &mut Tx,
    market: &Market,
    order: &Order,
    by: Actor,
    lines: &[Line],
    reason: &str,
) -> Result<Return> {
    order.check_lines(lines)?;
    let now = market.now();
    let delivered_at = order.head.delivered_at.filter(|_| order.head.status == OrderStatus::Delivered);
    let Some(delivered_at) = delivered_at else {
        return Err(order.situation().refuse("return").into());
    };
    let closes_at = delivered_at.plus_seconds(market.settings.return_window_seconds);
    if now > closes_at {
        return Err(ReturnError::WindowClosed(closes_at).into());
    }
    orders::hold(tx, order, "return", now).await?;
    let claimed: Vec<(ItemId, i64)> = lines.iter().map(|line| (line.item, line.quantity.units())).collect();
    if !orders::claim(tx, &claimed).await? {
        return Err(ReturnError::AlreadyReturned.into());
    }
    let id = market.id::<kind::Return>();
    let returned = Return {
        id,
        order: order.head.id,
        vendor: order.head.vendor.id,
        status: ReturnStatus::Requested,
        reason: reason.to_owned(),
        answer: None,
        refund: going_back(order, &claimed).refund,
        created_at: now,
        items: items(id, &claimed),
    };
    store::insert(tx, &returned).await?;
    orders::note(tx, market, order, by, &format!("{id} requested")).await?;
    notifications::send(tx, market, Mail::ReturnRequested { returned: id.as_i64() }).await?;
    Ok(returned)
}

fn items(returned: ReturnId, lines: &[(ItemId, i64)]) -> Vec<ReturnItem> {
    let item = |(item, quantity): &(ItemId, i64)| ReturnItem { returned, item: *item, quantity: *quantity };
    lines.iter().map(item).collect()
}
