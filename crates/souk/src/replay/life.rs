//! One purchase, from the cart to wherever the data say that its orders went.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use super::api::{Api, Session};
use super::loading::Stock;
use super::people::People;
use super::plan::{Goal, Plan, Purchase};

/// What became of a purchase's orders: seller, status, total.
pub(super) type Outcome = Vec<(String, &'static str, i64)>;

/// What a purchase needs around it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) api: Arc<Api>,
    pub(super) people: Arc<People>,
    pub(super) plan: Arc<Plan>,
    pub(super) stock: Stock,
}

impl World {
    /// Lives a purchase.
    pub(super) async fn live(&self, purchase: &Purchase) -> Result<Outcome> {
        let turn = self.people.buyer(&purchase.customer.id);
        let mut turn = turn.lock().await;
        let mut buyer = self.people.enter(&self.api, &purchase.customer.id, &mut turn).await?;
        let checkout = self.buy(&mut buyer, purchase).await?;
        self.settle(&mut buyer, purchase, &checkout).await?;
        let orders = self.orders_by_seller(purchase, &checkout)?;
        let mut outcome = Vec::new();
        for (seller, goal) in &purchase.goals {
            let (order, total) = orders.get(seller.as_str()).context("a seller has no order")?;
            self.carry_on(&mut buyer, seller, *goal, order).await?;
            outcome.push((seller.clone(), goal.status(), *total));
        }
        Ok(outcome)
    }

    async fn buy(&self, buyer: &mut Session, purchase: &Purchase) -> Result<Value> {
        for (place, units) in &purchase.lines {
            let line = json!({"variant_id": self.stock.variants[*place], "quantity": units});
            self.api.call(buyer, Method::POST, "/v1/cart/items", Some(line)).await?;
        }
        let goods: i64 =
            purchase.lines.iter().map(|(place, units)| self.plan.offers[*place].0.cents * units).sum();
        // The sellers' prices of shipping stay as they are until this is bought: each one's turn is kept, in
        // the order of their names.
        let mut turns = Vec::with_capacity(purchase.freight.len());
        let mut shipping = Vec::with_capacity(purchase.freight.len());
        for (seller, cents) in &purchase.freight {
            let shop = self.stock.shops.get(seller).context("an unknown seller")?;
            let mut session = shop.session.lock().await;
            let path = format!("/v1/vendor/shipping-methods/{}", shop.shipping);
            self.api.call(&mut session, Method::PATCH, &path, Some(json!({"price": cents}))).await?;
            shipping.push(json!({"vendor_id": shop.vendor, "option_id": shop.shipping}));
            turns.push(session);
        }
        let customer = &purchase.customer;
        let body = json!({
            "address": {
                "name": format!("Customer {}", customer.id.get(..8).unwrap_or_default()), "phone": "+55 11 0000 0000",
                "line1": format!("CEP {}", customer.zip), "city": customer.city, "region": customer.state,
                "postal_code": customer.zip, "country": "BR",
            },
            "payment_method": if purchase.is_cash { "cod" } else { "test" },
            "shipping": shipping,
            "expected_total": goods + purchase.freight.values().sum::<i64>(),
        });
        self.api.checkout(buyer, &purchase.key, body).await
    }

    async fn settle(&self, buyer: &mut Session, purchase: &Purchase, checkout: &Value) -> Result<()> {
        if !purchase.is_paid || purchase.is_cash {
            return Ok(());
        }
        let payment = checkout["payment"]["id"].as_str().context("the checkout has no payment")?;
        let path = format!("/v1/payments/{payment}/confirm");
        let paid = self.api.call(buyer, Method::POST, &path, Some(json!({"outcome": "succeed"}))).await?;
        ensure!(paid["status"] == "captured", "the payment is {}", paid["status"]);
        Ok(())
    }

    /// Order and total of each seller, found by the variants that were bought.
    fn orders_by_seller<'a>(
        &self,
        purchase: &'a Purchase,
        checkout: &'a Value,
    ) -> Result<BTreeMap<&str, (&'a str, i64)>> {
        let seller_of: BTreeMap<&str, &str> = purchase
            .lines
            .keys()
            .map(|place| (self.stock.variants[*place].as_str(), self.plan.offers[*place].0.seller.as_str()))
            .collect();
        let mut orders = BTreeMap::new();
        for order in checkout["orders"].as_array().into_iter().flatten() {
            let variant = order["items"][0]["variant_id"].as_str().unwrap_or_default();
            let seller = seller_of.get(variant).context("an order has a strange item")?;
            let total = order["total"]["amount"].as_i64().context("an order has no total")?;
            orders.insert(*seller, (order["id"].as_str().context("an order has no id")?, total));
        }
        ensure!(
            orders.len() == purchase.goals.len(),
            "{} orders for {} sellers",
            orders.len(),
            purchase.goals.len()
        );
        Ok(orders)
    }

    async fn carry_on(&self, buyer: &mut Session, seller: &str, goal: Goal, order: &str) -> Result<()> {
        let shop = self.stock.shops.get(seller).context("an unknown seller")?;
        let mut vendor = shop.session.lock().await;
        let by_vendor = |step: &str| format!("/v1/vendor/orders/{order}/{step}");
        match goal {
            Goal::AwaitingPayment => return Ok(()),
            Goal::CancelledUnpaid | Goal::Cancelled => {
                let path = format!("/v1/orders/{order}/cancel");
                self.api.call(buyer, Method::POST, &path, Some(json!({"reason": "changed my mind"}))).await?;
                return Ok(());
            }
            Goal::Rejected => {
                let body = json!({"reason": "unavailable"});
                self.api.call(&mut vendor, Method::POST, &by_vendor("reject"), Some(body)).await?;
                return Ok(());
            }
            Goal::Accepted | Goal::Packed | Goal::Shipped | Goal::Delivered => {}
        }
        self.api.call(&mut vendor, Method::POST, &by_vendor("accept"), None).await?;
        if goal >= Goal::Packed {
            self.api.call(&mut vendor, Method::POST, &by_vendor("pack"), None).await?;
        }
        if goal >= Goal::Shipped {
            let body = json!({"carrier": "Correios", "tracking_number": order});
            self.api.call(&mut vendor, Method::POST, &by_vendor("ship"), Some(body)).await?;
        }
        if goal >= Goal::Delivered {
            self.api.call(&mut vendor, Method::POST, &by_vendor("deliver"), None).await?;
        }
        Ok(())
    }
}
