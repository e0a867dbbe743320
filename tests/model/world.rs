//! The real thing: a small part of a marketplace for one story at a time, among others at the same moment.

use db::{Stmt, Tx, params};
use futures_util::future::join_all;
use marketplace::checkout;
use marketplace::coupons::{self, Benefit, NewCoupon, Terms};
use marketplace::pricing::Funder;
use testing::{Actor, Response, Seller, TestApp, Value, json};
use types::{CheckoutId, CouponId, Money};

use super::explain::explain;
use super::prices::{COUPONS, Gives, SHIPPING, SHIPS_FREE_FROM};
use super::sequence::{Act, Sequence};
use super::shadow::Model;
use crate::cart::variant;

static RUN_OUT: Stmt =
    Stmt::new("UPDATE checkouts SET expires_at = created_at WHERE id = $1 AND status = 'awaiting_payment'");

/// Two sellers with three products, two users and a guest who buy. Stories use it one after the other.
pub(super) struct World<'a> {
    pub(super) app: &'a TestApp,
    pub(super) sellers: [Seller; 2],
    pub(super) products: Vec<Value>,
    /// Those of the story, each with its place among [`COUPONS`].
    pub(super) coupons: Vec<(usize, CouponId)>,
    pub(super) buyers: Vec<Actor>,
    /// What the sellers were owed before this story.
    pub(super) owed: Vec<i64>,
    stories: usize,
    name: String,
}

/// A purchase as its buyer knows it.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) number: usize,
    pub(super) buyer: usize,
    pub(super) id: CheckoutId,
    pub(super) payment: String,
    /// What was asked for, with which key, and the first answer.
    pub(super) in_cash: bool,
    pub(super) answer: Value,
    /// By seller.
    pub(super) orders: Vec<Option<String>>,
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
        let parcel = json!({"name": "Parcel", "price": SHIPPING[0]});
        crate::shipping::method(&sellers[0], parcel).await;
        let letter = json!({"name": "Letter", "price": SHIPPING[1], "free_above": SHIPS_FREE_FROM});
        crate::shipping::method(&sellers[1], letter).await;
        let mut buyers =
            vec![app.buyer(&format!("ana-{name}")).await, app.buyer(&format!("bo-{name}")).await];
        let first = app.anonymous().get("/v1/cart").await;
        buyers.push(app.anonymous().with_header("X-Cart-Token", first.header("x-cart-token")));
        let (coupons, owed) = (Vec::new(), vec![0; sellers.len()]);
        Self { app, sellers, products, coupons, buyers, owed, stories: 0, name: name.to_owned() }
    }

    /// What buyers type for a coupon of this story.
    pub(super) fn code(&self, coupon: usize) -> String {
        format!("{}-{}-{}", COUPONS[coupon].code, self.name, self.stories)
    }

    /// Lives a story, and says where it went another way than the model allows.
    pub(super) async fn live(&mut self, sequence: &Sequence) -> Result<(), String> {
        self.stories += 1;
        self.prepare(sequence).await;
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
        let coupons: Vec<usize> = self.coupons.iter().map(|(place, _)| *place).collect();
        let seen = self.picture(&made).await;
        if models.iter().any(|model| model.picture(&coupons) == seen) {
            return Ok(());
        }
        let expected: Vec<String> = models.iter().map(|model| model.picture(&coupons)).collect();
        Err(format!("in the end there is\n  {seen}\ninstead of\n  {}", expected.join("\nor\n  ")))
    }

    /// Empty carts, the story's stocks, and coupons that nobody has used, whatever was before.
    async fn prepare(&mut self, sequence: &Sequence) {
        for buyer in &self.buyers {
            buyer.delete("/v1/cart").await.expect(204);
        }
        for (place, wanted) in sequence.stocks.iter().enumerate() {
            let delta = wanted - self.stock(place).await;
            if delta != 0 {
                self.adjust(place, delta).await.expect(201);
            }
        }
        self.coupons = self.make_coupons(&sequence.coupons).await;
        self.owed = self.balances().await;
    }

    /// Makes the coupons of a story; those of earlier ones can be used no more, as nobody knows their codes.
    async fn make_coupons(&self, places: &[usize]) -> Vec<(usize, CouponId)> {
        let mut places = places.to_vec();
        places.sort_unstable();
        places.dedup();
        let new: Vec<NewCoupon> = places.iter().map(|place| self.new_coupon(*place)).collect();
        let market = self.app.market.clone();
        let create = async move |tx: &mut Tx| {
            let mut made = Vec::new();
            for coupon in &new {
                made.push(coupons::create(tx, &market, coupon.clone()).await?.id);
            }
            Ok(made)
        };
        let made: marketplace::Result<Vec<CouponId>> = self.app.market.db.write(create).await;
        places.into_iter().zip(made.unwrap()).collect()
    }

    fn new_coupon(&self, place: usize) -> NewCoupon {
        let coupon = COUPONS[place];
        let terms = Terms {
            benefit: match coupon.gives {
                Gives::Percent(percent) => Benefit::Percent(u8::try_from(percent).unwrap()),
                Gives::Amount(amount) => Benefit::Amount(Money::from_minor(amount)),
                Gives::Shipping => Benefit::FreeShipping,
            },
            min_total: (coupon.least > 0).then(|| Money::from_minor(coupon.least)),
            max_uses: coupon.most,
            max_uses_per_user: coupon.most_each,
            products: Vec::new(),
            categories: Vec::new(),
            stackable: coupon.stackable,
            starts_at: None,
            ends_at: None,
            active: true,
        };
        NewCoupon {
            code: self.code(place),
            funded_by: if coupon.seller.is_some() { Funder::Vendor } else { Funder::Marketplace },
            vendor: coupon.seller.map(|seller| self.sellers[seller].vendor),
            terms,
        }
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
            Act::Present { buyer, coupon } => {
                let code = json!({"code": self.code(coupon)});
                self.told(&self.buyers[buyer].post("/v1/cart/coupons", code).await, |_| String::new())
            }
            Act::Withdraw { buyer, coupon } => {
                let path = format!("/v1/cart/coupons/{}", self.code(coupon));
                self.told(&self.buyers[buyer].delete(&path).await, |_| String::new())
            }
            Act::Buy { buyer, in_cash } => self.buy(buyer, in_cash, number).await,
            Act::Adjust { variant, delta } => {
                self.told(&self.adjust(variant, delta).await, |_| String::new())
            }
            Act::Repeat { checkout } => {
                let made = named(made, checkout);
                let (told, answer) = self.buy(made.buyer, made.in_cash, made.number).await;
                (if answer == made.answer { "201 the same".to_owned() } else { told }, Value::Null)
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
        self.told(&answer, |checkout| {
            format!(" {}{}", checkout["grand_total"]["amount"], self.orders_in_words(checkout))
        })
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
}

fn named(made: &[Made], number: usize) -> &Made {
    made.iter().find(|made| made.number == number).expect("acts name checkouts that there are")
}

/// The act with the checkout that it means; none when there is none, or no such order in it.
fn aimed(act: Act, made: &[Made], model: &Model) -> Option<Act> {
    let aim = |place: usize| Some(made.get(place % made.len().max(1))?.number);
    Some(match act {
        Act::Pay { checkout, declined } => Act::Pay { checkout: aim(checkout)?, declined },
        Act::Repeat { checkout } => Act::Repeat { checkout: aim(checkout)? },
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
