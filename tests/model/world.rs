//! The real thing: a small part of a marketplace for one story at a time, among others at the same moment.

use db::{Stmt, params};
use futures_util::future::join_all;
use marketplace::checkout;
use testing::{Actor, Response, Seller, TestApp, Value, json};
use types::CheckoutId;

use super::sequence::{Act, Sequence, VARIANTS};
use super::shadow::{Model, short};
use crate::cart::variant;

static RUN_OUT: Stmt =
    Stmt::new("UPDATE checkouts SET expires_at = created_at WHERE id = $1 AND status = 'awaiting_payment'");

static STOCK: Stmt = Stmt::new("SELECT stock FROM variants WHERE id = $1");

/// Two sellers with three products, two users and a guest who buy. Stories use it one after the other.
pub(super) struct World<'a> {
    app: &'a TestApp,
    sellers: [Seller; 2],
    products: Vec<Value>,
    buyers: Vec<Actor>,
    stories: usize,
    name: String,
}

/// A purchase as its buyer knows it.
#[derive(Clone)]
struct Made {
    number: usize,
    buyer: usize,
    id: CheckoutId,
    payment: String,
    /// By seller.
    orders: Vec<Option<String>>,
}

impl<'a> World<'a> {
    pub(super) async fn new(app: &'a TestApp, name: &str) -> Self {
        let sellers = [app.seller(&format!("mia-{name}")).await, app.seller(&format!("noah-{name}")).await];
        let off = json!({"title": "Lamp", "price": 999, "stock": 1, "discount": {"percent": 10}});
        let products = vec![
            sellers[0].product("Mug", 500, 1).await,
            sellers[1].product("Book", 1_250, 1).await,
            sellers[1].product_with(off).await,
        ];
        let mut buyers =
            vec![app.buyer(&format!("ana-{name}")).await, app.buyer(&format!("bo-{name}")).await];
        let first = app.anonymous().get("/v1/cart").await;
        buyers.push(app.anonymous().with_header("X-Cart-Token", first.header("x-cart-token")));
        Self { app, sellers, products, buyers, stories: 0, name: name.to_owned() }
    }

    /// Lives a story, and says where it went another way than the model allows.
    pub(super) async fn live(&mut self, sequence: &Sequence) -> Result<(), String> {
        self.stories += 1;
        self.prepare(&sequence.stocks).await;
        let mut models = vec![Model::new(&sequence.stocks)];
        let mut made: Vec<Made> = Vec::new();
        let mut number = 0;
        for (place, step) in sequence.steps.iter().enumerate() {
            let acts: Vec<(Act, usize)> =
                step.iter().filter_map(|act| aimed(*act, &made, &models[0])).zip(number..).collect();
            number += acts.len();
            let answers = join_all(acts.iter().map(|(act, number)| self.act(*act, *number, &made))).await;
            let told: Vec<String> = answers.iter().map(|(told, _)| told.clone()).collect();
            models = explain(&models, &acts, &told);
            if models.is_empty() {
                return Err(format!("step {place}: no order of {acts:?} explains {told:?}"));
            }
            for (answer, (act, number)) in answers.into_iter().zip(&acts) {
                self.remember(&mut made, *act, *number, &answer.1);
            }
        }
        let seen = self.picture(&made).await;
        if models.iter().any(|model| model.picture() == seen) {
            return Ok(());
        }
        let expected: Vec<String> = models.iter().map(Model::picture).collect();
        Err(format!("in the end there is\n  {seen}\ninstead of\n  {}", expected.join("\nor\n  ")))
    }

    /// Empty carts and the story's stocks, whatever was before.
    async fn prepare(&self, stocks: &[i64]) {
        for buyer in &self.buyers {
            buyer.delete("/v1/cart").await.expect(204);
        }
        for (place, wanted) in stocks.iter().enumerate() {
            let delta = wanted - self.stock(place).await;
            if delta != 0 {
                self.adjust(place, delta).await.expect(201);
            }
        }
    }

    async fn stock(&self, place: usize) -> i64 {
        let id: types::VariantId = variant(&self.products[place]).parse().unwrap();
        let (stock,): (i64,) =
            self.app.market.db.read().await.unwrap().one(&STOCK, params![id]).await.unwrap();
        stock
    }

    async fn adjust(&self, place: usize, delta: i64) -> Response {
        let path = format!("/v1/variants/{}/stock-adjustments", variant(&self.products[place]));
        self.sellers[usize::from(place > 0)].post(&path, json!({"delta": delta, "reason": "counted"})).await
    }

    /// Does an act, and answers what the model should say, and the whole answer.
    async fn act(&self, act: Act, number: usize, made: &[Made]) -> (String, Value) {
        match act {
            Act::Put { buyer, variant: place, units } => {
                let path = format!("/v1/cart/items/{}", variant(&self.products[place]));
                self.told(&self.buyers[buyer].put(&path, json!({"quantity": units})).await, |_| String::new())
            }
            Act::Add { buyer, variant: place, units } => {
                let item = json!({"variant_id": variant(&self.products[place]), "quantity": units});
                self.told(&self.buyers[buyer].post("/v1/cart/items", item).await, |_| String::new())
            }
            Act::Buy { buyer, in_cash } => self.buy(buyer, in_cash, number).await,
            Act::Adjust { variant, delta } => {
                self.told(&self.adjust(variant, delta).await, |_| String::new())
            }
            Act::Pay { checkout, .. }
            | Act::PayAgain { checkout }
            | Act::GiveUp { checkout }
            | Act::CancelOrder { checkout, .. }
            | Act::RunOut { checkout }
            | Act::Expire { checkout } => self.act_on(act, named(made, checkout)).await,
        }
    }

    async fn buy(&self, buyer: usize, in_cash: bool, number: usize) -> (String, Value) {
        let mut body = crate::checkout::purchase(if in_cash { "cod" } else { "test" });
        if self.buyers[buyer].token.is_none() {
            body["email"] = json!("guest@example.com");
        }
        let key = format!("{}-{}-{number}", self.name, self.stories);
        let answer = crate::checkout::buy(&self.buyers[buyer], &key, body).await;
        self.told(&answer, |checkout| format!(" {}", checkout["grand_total"]["amount"]))
    }

    async fn act_on(&self, act: Act, made: &Made) -> (String, Value) {
        let buyer = &self.buyers[made.buyer];
        let path = format!("/v1/checkouts/{}", made.id);
        match act {
            Act::Pay { declined, .. } => {
                let outcome = if declined { "decline" } else { "succeed" };
                let confirm = format!("/v1/payments/{}/confirm", made.payment);
                self.told(&buyer.post(&confirm, json!({"outcome": outcome})).await, |payment| {
                    let status = payment["status"].as_str().unwrap_or_default();
                    let amount = &payment["amount"]["amount"];
                    if declined { format!(" {status}") } else { format!(" {status} {amount}") }
                })
            }
            Act::PayAgain { .. } => {
                let answer = buyer.post(&format!("{path}/payments"), json!({"method": "test"})).await;
                self.told(&answer, |checkout| {
                    let same = checkout["payment"]["id"] == made.payment.as_str();
                    format!(" {}", if same { "the same" } else { "another" })
                })
            }
            Act::GiveUp { .. } => {
                self.told(&buyer.post_empty(&format!("{path}/cancel")).await, |_| String::new())
            }
            Act::CancelOrder { seller, .. } => {
                let order = made.orders[seller].as_deref().expect("acts name orders that there are");
                let answer = buyer.post_empty(&format!("/v1/orders/{order}/cancel")).await;
                self.told(&answer, |_| String::new())
            }
            Act::RunOut { .. } => {
                let id = made.id;
                let ran: db::Result<u64> =
                    self.app.market.db.write(async move |tx| tx.exec(&RUN_OUT, params![id]).await).await;
                ran.unwrap();
                ("done".to_owned(), Value::Null)
            }
            _ => {
                let (market, id) = (self.app.market.clone(), made.id);
                let ran: marketplace::Result<()> =
                    self.app.market.db.write(async move |tx| checkout::expire(tx, &market, id).await).await;
                ran.unwrap();
                ("done".to_owned(), Value::Null)
            }
        }
    }

    /// An answer in the model's words; `more` adds to a success.
    fn told(&self, answer: &Response, more: impl Fn(&Value) -> String) -> (String, Value) {
        let value = answer.json();
        let status = answer.status.as_u16();
        if status < 400 {
            return (format!("{status}{}", more(&value)), value);
        }
        let place = |error: &Value| {
            let id = error["variant_id"].as_str()?;
            let place = self.products.iter().position(|product| variant(product) == id)?;
            Some((place, error["available"].as_i64()?))
        };
        let mut places: Vec<(usize, i64)> =
            value["errors"].as_array().into_iter().flatten().filter_map(place).collect();
        places.sort_unstable();
        let code = value["code"].as_str().unwrap_or("no code");
        let told = match code {
            "insufficient_stock" if status == 409 => short(&places),
            _ => format!("{status} {code}"),
        };
        (told, value)
    }

    fn remember(&self, made: &mut Vec<Made>, act: Act, number: usize, answer: &Value) {
        let payment = answer["payment"]["id"].as_str().map(str::to_owned);
        match (act, payment) {
            (Act::Buy { buyer, .. }, Some(payment)) => {
                let of = |seller: &Seller| {
                    let shop = seller.vendor.to_string();
                    let orders = answer["orders"].as_array()?;
                    let order = orders.iter().find(|order| order["vendor"]["id"] == shop.as_str())?;
                    order["id"].as_str().map(str::to_owned)
                };
                let id = answer["id"].as_str().and_then(|id| id.parse().ok()).expect("a checkout has an id");
                let orders = self.sellers.iter().map(of).collect();
                made.push(Made { number, buyer, id, payment, orders });
            }
            (Act::PayAgain { checkout }, Some(payment)) => {
                let known = made.iter_mut().find(|made| made.number == checkout);
                known.expect("acts name checkouts that there are").payment = payment;
            }
            _ => {}
        }
    }

    /// What can be seen, in the model's words.
    async fn picture(&self, made: &[Made]) -> String {
        let mut stocks = Vec::new();
        for place in 0..VARIANTS {
            stocks.push(self.stock(place).await);
        }
        let mut carts = Vec::new();
        for buyer in &self.buyers {
            carts.push(format!("{:?}", self.cart(buyer).await));
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
        format!("stock {stocks:?}, carts {carts:?}, checkouts {checkouts:?}")
    }

    async fn cart(&self, buyer: &Actor) -> std::collections::BTreeMap<usize, i64> {
        let cart = buyer.get("/v1/cart").await.expect(200);
        let items =
            cart["groups"].as_array().into_iter().flatten().filter_map(|group| group["items"].as_array());
        let line = |item: &Value| {
            let place = self.products.iter().position(|product| item["variant_id"] == variant(product))?;
            Some((place, item["quantity"].as_i64()?))
        };
        items.flatten().filter_map(line).collect()
    }
}

fn named(made: &[Made], number: usize) -> &Made {
    made.iter().find(|made| made.number == number).expect("acts name checkouts that there are")
}

/// The act with the checkout that it means; none when there is none, or no such order in it.
fn aimed(act: Act, made: &[Made], model: &Model) -> Option<Act> {
    let aim = |place: usize| Some(made.get(place % made.len().max(1))?.number);
    Some(match act {
        Act::Pay { checkout, declined } => Act::Pay { checkout: aim(checkout)?, declined },
        Act::PayAgain { checkout } => Act::PayAgain { checkout: aim(checkout)? },
        Act::GiveUp { checkout } => Act::GiveUp { checkout: aim(checkout)? },
        Act::RunOut { checkout } => Act::RunOut { checkout: aim(checkout)? },
        Act::Expire { checkout } => Act::Expire { checkout: aim(checkout)? },
        Act::CancelOrder { checkout, seller } => {
            let checkout = aim(checkout)?;
            let (buyer, sellers) = model.made(checkout)?;
            // A guest has no orders, only checkouts.
            (buyer < 2 && sellers.contains(&seller)).then_some(Act::CancelOrder { checkout, seller })?
        }
        other => other,
    })
}

/// What a cancellation is told that decided on a state which somebody else changed at that moment. Of two moves
/// in the same instant one wins, also where one after the other would both have done.
const LOST: &str = "409 invalid_transition";

/// Whether an order is being cancelled while something else happens to its checkout.
fn meets_another(acts: &[(Act, usize)], place: usize) -> bool {
    let Act::CancelOrder { checkout, .. } = acts[place].0 else { return false };
    let mut others = acts.iter().enumerate().filter(|(other, _)| *other != place);
    others.any(|(_, (act, _))| match *act {
        Act::Pay { checkout: other, .. }
        | Act::PayAgain { checkout: other }
        | Act::GiveUp { checkout: other }
        | Act::Expire { checkout: other }
        | Act::RunOut { checkout: other }
        | Act::CancelOrder { checkout: other, .. } => other == checkout,
        _ => false,
    })
}

/// What may hold after acts at once: the models that some order of them leads to, if it explains what
/// everybody was told.
fn explain(models: &[Model], acts: &[(Act, usize)], told: &[String]) -> Vec<Model> {
    let mut found: Vec<Model> = Vec::new();
    for model in models {
        let mut model = model.clone();
        model.begin_step();
        follow(&model, acts, told, &mut vec![false; acts.len()], &mut found);
    }
    found
}

fn follow(
    model: &Model,
    acts: &[(Act, usize)],
    told: &[String],
    done: &mut Vec<bool>,
    found: &mut Vec<Model>,
) {
    if done.iter().all(|done| *done) {
        let picture = model.picture();
        if !found
            .iter()
            .any(|known| known.picture() == picture && format!("{known:?}") == format!("{model:?}"))
        {
            found.push(model.clone());
        }
        return;
    }
    for place in 0..acts.len() {
        if done[place] {
            continue;
        }
        let mut next = model.clone();
        let (act, number) = acts[place];
        let answer = next.apply(act, number);
        let lost = answer != told[place] && told[place] == LOST && meets_another(acts, place);
        if lost {
            next = model.clone();
        }
        if lost || answer == told[place] {
            done[place] = true;
            follow(&next, acts, told, done, found);
            done[place] = false;
        }
    }
}
