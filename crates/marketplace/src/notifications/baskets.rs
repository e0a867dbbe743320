//! Mails to users about what is in their carts.

use db::Conn;
use types::{CartId, Money};

use super::content::{Basket, Item, Sum};
use super::letters;
use super::news::{News, there, written};
use super::store;
use crate::cart::{Line, reminders};
use crate::jobs::Failure;
use crate::{Market, Result};

/// What a user left in their cart and can still have. Nobody is told when that is nothing, or when they want no
/// reminders meanwhile.
pub(super) async fn reminder(conn: &mut Conn, market: &Market, cart: i64) -> Result<News, Failure> {
    let left = reminders::read(conn, market, CartId::from_i64(cart)).await?;
    let home = &market.settings.public_url;
    let mut content =
        Basket { items: Vec::new(), sums: Vec::new(), cart: format!("{home}/cart"), stop: String::new() };
    let Some((user, priced)) = left else {
        return Ok(News::of(Vec::new(), written(letters::cart_reminder, content)));
    };
    let reader = there(store::user(conn, user).await?)?;
    let lines = || priced.cart.lines.iter().filter(|line| line.problem().is_none());
    content.items = lines().map(|line| item(line, market)).collect();
    let total: Money = lines().map(|line| line.totals().subtotal()).sum();
    content.sums = vec![Sum { label: "Subtotal", amount: total.display(market.settings.currency) }];
    content.stop = reminders::opt_out_link(market, user).await?;
    let recipients = if content.items.is_empty() { Vec::new() } else { vec![reader] };
    let stop = Some(content.stop.clone());
    Ok(News { stop, ..News::of(recipients, written(letters::cart_reminder, content)) })
}

fn item(line: &Line, market: &Market) -> Item {
    let offer = &line.offer;
    Item {
        title: offer.title.clone(),
        variant: Some(offer.variant_title.clone()).filter(|title| !title.is_empty()),
        sku: None,
        quantity: line.quantity.units(),
        total: line.totals().subtotal().display(market.settings.currency),
    }
}
