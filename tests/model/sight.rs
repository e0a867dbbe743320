//! What can be seen of the real thing, in the model's words.

use db::{Stmt, params};
use testing::{Actor, Response, Seller, Value};

use super::prices::{Units, VARIANTS, order_words};
use super::sequence::Act;
use super::shadow::{cart_words, short, unusable};
use super::world::{Made, World};
use crate::cart::variant;

static STOCK: Stmt = Stmt::new("SELECT stock FROM variants WHERE id = $1");

static USES: Stmt = Stmt::new("SELECT used_count FROM coupons WHERE id = $1");

static PENDING: Stmt = Stmt::new("SELECT pending FROM vendor_balances WHERE vendor_id = $1");

impl World<'_> {
    /// An answer in the model's words; `more` adds to a success.
    pub(super) fn told(&self, answer: &Response, more: impl Fn(&Value) -> String) -> (String, Value) {
        let value = answer.json();
        let status = answer.status.as_u16();
        if status < 400 {
            return (format!("{status}{}", more(&value)), value);
        }
        let errors = || value["errors"].as_array().into_iter().flatten();
        let place = |error: &Value| Some((self.place(error)?, error["available"].as_i64()?));
        let code = value["code"].as_str().unwrap_or("no code");
        let told = if status == 409 && code == "insufficient_stock" {
            let mut places: Vec<(usize, i64)> = errors().filter_map(place).collect();
            places.sort_unstable();
            short(&places)
        } else if status == 409 && code.starts_with("coupon_") {
            let word = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
            unusable(&errors().map(|error| (word(error, "pointer"), word(error, "code"))).collect::<Vec<_>>())
        } else {
            format!("{status} {code}")
        };
        (told, value)
    }

    /// Which of the variants it is about.
    fn place(&self, of: &Value) -> Option<usize> {
        let id = of["variant_id"].as_str()?;
        self.products.iter().position(|product| variant(product) == id)
    }

    /// The order from this seller.
    fn order_of<'v>(checkout: &'v Value, seller: &Seller) -> Option<&'v Value> {
        let shop = seller.vendor.to_string();
        checkout["orders"].as_array()?.iter().find(|order| order["vendor"]["id"] == shop.as_str())
    }

    pub(super) fn orders_in_words(&self, checkout: &Value) -> String {
        let words = |(number, seller): (usize, &Seller)| {
            let order = Self::order_of(checkout, seller)?;
            let items = order["items"].as_array()?.iter();
            let off = |item: &Value| Some((self.place(item)?, amount(&item["coupon_discount"])));
            let mut off: Vec<(usize, i64)> = items.filter_map(off).collect();
            off.sort_unstable();
            Some(order_words(number, &off, amount(&order["shipping_total"]), amount(&order["total"])))
        };
        self.sellers.iter().enumerate().filter_map(words).collect()
    }

    pub(super) fn remember(&self, made: &mut Vec<Made>, act: Act, number: usize, answer: &Value) {
        let payment = answer["payment"]["id"].as_str().map(str::to_owned);
        match (act, payment) {
            (Act::Buy { buyer, in_cash }, Some(payment)) => {
                let of = |seller: &Seller| Some(Self::order_of(answer, seller)?["id"].as_str()?.to_owned());
                let id = answer["id"].as_str().and_then(|id| id.parse().ok()).expect("a checkout has an id");
                let orders = self.sellers.iter().map(of).collect();
                let answer = answer.clone();
                made.push(Made { number, buyer, id, payment, in_cash, answer, orders });
            }
            (Act::PayAgain { checkout }, Some(payment)) => {
                let known = made.iter_mut().find(|made| made.number == checkout);
                known.expect("acts name checkouts that there are").payment = payment;
            }
            _ => {}
        }
    }

    /// What can be seen, in the model's words.
    pub(super) async fn picture(&self, made: &[Made]) -> String {
        let mut stock = Vec::new();
        for place in 0..VARIANTS {
            stock.push(self.stock(place).await);
        }
        let mut carts = Vec::new();
        for buyer in &self.buyers {
            carts.push(self.cart(buyer).await);
        }
        let mut checkouts = Vec::new();
        for made in made {
            let shown = self.buyers[made.buyer].get(&format!("/v1/checkouts/{}", made.id)).await.expect(200);
            let orders: Vec<&str> = made
                .orders
                .iter()
                .flatten()
                .filter_map(|id| {
                    let orders = shown["orders"].as_array()?;
                    orders.iter().find(|order| order["id"] == id.as_str())?["status"].as_str()
                })
                .collect();
            let status = shown["status"].as_str().unwrap_or_default();
            checkouts.push(format!("{}: {status} {}", made.number, orders.join(" ")));
        }
        let mut used = Vec::new();
        for (_, coupon) in &self.coupons {
            used.push(self.count(&USES, coupon.as_i64()).await);
        }
        let now = self.balances().await;
        let money: Vec<i64> = now.iter().zip(&self.owed).map(|(now, before)| now - before).collect();
        format!(
            "stock {stock:?}, carts {carts:?}, checkouts {checkouts:?}, coupons {used:?}, money {money:?}"
        )
    }

    /// What the sellers are owed.
    pub(super) async fn balances(&self) -> Vec<i64> {
        let mut owed = Vec::new();
        for seller in &self.sellers {
            owed.push(self.count(&PENDING, seller.vendor.as_i64()).await);
        }
        owed
    }

    pub(super) async fn stock(&self, place: usize) -> i64 {
        let id: types::VariantId = variant(&self.products[place]).parse().unwrap();
        self.count(&STOCK, id.as_i64()).await
    }

    /// A number that the database has for something; nothing is none.
    async fn count(&self, statement: &'static Stmt, id: i64) -> i64 {
        let found: Option<(i64,)> =
            self.app.market.db.read().await.unwrap().opt(statement, params![id]).await.unwrap();
        found.map_or(0, |(count,)| count)
    }

    async fn cart(&self, buyer: &Actor) -> String {
        let cart = buyer.get("/v1/cart").await.expect(200);
        let groups = cart["groups"].as_array().into_iter().flatten();
        let items = groups.filter_map(|group| group["items"].as_array()).flatten();
        let lines: Vec<Units> =
            items.filter_map(|item| Some((self.place(item)?, item["quantity"].as_i64()?))).collect();
        let place = |shown: &Value| {
            let mut own = self.coupons.iter().map(|(place, _)| *place);
            own.find(|place| shown["code"] == self.code(*place).to_uppercase().as_str())
        };
        let coupons = cart["coupons"].as_array().into_iter().flatten();
        let coupons: Vec<usize> = coupons.filter_map(place).collect();
        cart_words(&lines, &coupons, amount(&cart["grand_total"]))
    }
}

fn amount(price: &Value) -> i64 {
    price["amount"].as_i64().unwrap_or_else(|| panic!("{price} is no amount"))
}
