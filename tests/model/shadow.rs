//! What should happen, one act after the other: the rules of the marketplace without a database, without
//! time and without anything at once.

use std::collections::BTreeMap;

use super::bought::{Checkout, Payment, Status};
use super::prices::{self, COUPONS, Order, SHIPPING, Units, Used, seller_of};
use super::sequence::{Act, BUYERS};

/// The buyer without an account.
const GUEST: usize = BUYERS - 1;

/// What a buyer means to buy, in the order in which it was put in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Cart {
    lines: Vec<Units>,
    coupons: Vec<usize>,
}

/// Everything there is. Checkouts are named by the number of the act that made them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Model {
    stock: Vec<i64>,
    carts: Vec<Cart>,
    checkouts: BTreeMap<usize, Checkout>,
    /// Who has used each coupon, once for each use.
    used: [Vec<usize>; COUPONS.len()],
}

/// A refusal that concerns variants: each with what there is of it.
pub(super) fn short(variants: &[(usize, i64)]) -> String {
    let each: Vec<String> = variants.iter().map(|(variant, left)| format!(" {variant}:{left}")).collect();
    format!("409 insufficient_stock{}", each.concat())
}

/// A refusal that concerns coupons: each with its place.
pub(super) fn unusable(problems: &[(String, String)]) -> String {
    let each: Vec<String> = problems.iter().map(|(place, code)| format!(" {place}:{code}")).collect();
    format!("409{}", each.concat())
}

impl Model {
    pub(super) fn new(stocks: &[i64]) -> Self {
        Self {
            stock: stocks.to_vec(),
            carts: vec![Cart::default(); BUYERS],
            checkouts: BTreeMap::new(),
            used: Default::default(),
        }
    }

    /// A step begins: buyers know what happened until now.
    pub(super) fn begin_step(&mut self) {
        for checkout in self.checkouts.values_mut() {
            checkout.known = checkout.payments.len() - 1;
        }
    }

    /// Does an act, of which `number` is the name of what it makes, and says how it is answered.
    pub(super) fn apply(&mut self, act: Act, number: usize) -> String {
        match act {
            Act::Put { buyer, variant, units } => self.put(buyer, variant, units, "200"),
            Act::Add { buyer, variant, units } => {
                let held = self.carts[buyer].lines.iter().find(|line| line.0 == variant);
                self.put(buyer, variant, held.map_or(0, |held| held.1) + units, "201")
            }
            Act::Present { buyer, coupon } => self.present(buyer, coupon),
            Act::Withdraw { buyer, coupon } => {
                let own = &mut self.carts[buyer].coupons;
                let Some(place) = own.iter().position(|held| *held == coupon) else {
                    return "404 not_found".to_owned();
                };
                own.remove(place);
                "200".to_owned()
            }
            Act::Buy { buyer, in_cash } => self.buy(buyer, in_cash, number),
            Act::Repeat { .. } => "201 the same".to_owned(),
            Act::Pay { checkout, declined } => self.pay(checkout, declined),
            Act::PayAgain { checkout } => self.pay_again(checkout),
            Act::GiveUp { checkout } => {
                if let Some(refusal) = self.refusal(checkout) {
                    return refusal.to_owned();
                }
                self.end(checkout, Status::Cancelled);
                "200".to_owned()
            }
            Act::CancelOrder { checkout, seller } => self.cancel_order(checkout, seller),
            Act::RunOut { checkout } => {
                self.checkout(checkout).has_run_out = true;
                "done".to_owned()
            }
            Act::Expire { checkout } => {
                let found = self.checkout(checkout);
                if found.status == Status::Awaiting && found.has_run_out {
                    self.end(checkout, Status::Expired);
                }
                "done".to_owned()
            }
            Act::Adjust { variant, delta } => {
                if self.stock[variant] + delta < 0 {
                    return short(&[(variant, self.stock[variant])]);
                }
                self.stock[variant] += delta;
                "201".to_owned()
            }
        }
    }

    fn checkout(&mut self, number: usize) -> &mut Checkout {
        self.checkouts.get_mut(&number).expect("acts name checkouts that there are")
    }

    fn put(&mut self, buyer: usize, variant: usize, units: i64, done: &str) -> String {
        let lines = &mut self.carts[buyer].lines;
        if units == 0 {
            lines.retain(|line| line.0 != variant);
        } else if units > self.stock[variant] {
            return short(&[(variant, self.stock[variant])]);
        } else if let Some(line) = lines.iter_mut().find(|line| line.0 == variant) {
            line.1 = units;
        } else {
            lines.push((variant, units));
        }
        done.to_owned()
    }

    /// The coupons of a cart, with how often they were used. Who a guest is nobody knows before they buy.
    fn presented(&self, buyer: usize, is_known: bool) -> Vec<(usize, Used)> {
        let used = |coupon: usize| {
            let own = self.used[coupon].iter().filter(|user| is_known && **user == buyer).count();
            let count = |uses: usize| i64::try_from(uses).expect("a few uses");
            Used { all: count(self.used[coupon].len()), own: count(own) }
        };
        self.carts[buyer].coupons.iter().map(|coupon| (*coupon, used(*coupon))).collect()
    }

    fn present(&mut self, buyer: usize, coupon: usize) -> String {
        let before = self.carts[buyer].clone();
        if !before.coupons.contains(&coupon) {
            self.carts[buyer].coupons.push(coupon);
        }
        let presented = self.presented(buyer, buyer != GUEST);
        let place = presented.iter().position(|(held, _)| *held == coupon).expect("it was put in");
        let Some(problem) = prices::problems(&before.lines, &presented)[place] else {
            return "201".to_owned();
        };
        self.carts[buyer] = before;
        unusable(&[("/code".to_owned(), problem.to_owned())])
    }

    fn buy(&mut self, buyer: usize, in_cash: bool, number: usize) -> String {
        let Cart { lines, coupons } = self.carts[buyer].clone();
        if lines.is_empty() {
            return "409 cart_empty".to_owned();
        }
        let missing = lines.iter().filter(|(variant, units)| *units > self.stock[*variant]);
        let mut missing: Vec<(usize, i64)> =
            missing.map(|(variant, _)| (*variant, self.stock[*variant])).collect();
        if !missing.is_empty() {
            missing.sort_unstable();
            return short(&missing);
        }
        let problems = prices::problems(&lines, &self.presented(buyer, true)).into_iter().enumerate();
        let problems: Vec<(String, String)> =
            problems.filter_map(|(at, code)| Some((format!("/coupons/{at}"), code?.to_owned()))).collect();
        if !problems.is_empty() {
            return unusable(&problems);
        }
        for (variant, units) in &lines {
            self.stock[*variant] -= units;
        }
        for coupon in &coupons {
            self.used[*coupon].push(buyer);
        }
        self.carts[buyer] = Cart::default();
        let orders = prices::orders(&lines, &coupons);
        let words: Vec<String> = orders.iter().map(Order::words).collect();
        let checkout = Checkout {
            buyer,
            in_cash,
            status: if in_cash { Status::Confirmed } else { Status::Awaiting },
            has_run_out: false,
            lines,
            orders,
            coupons,
            cancelled: Vec::new(),
            payments: vec![Payment::Open],
            known: 0,
        };
        let answer = format!("201 {}{}", checkout.total(), words.concat());
        self.checkouts.insert(number, checkout);
        answer
    }

    /// Why an unpaid checkout can neither be paid nor given up.
    fn refusal(&mut self, number: usize) -> Option<&'static str> {
        let checkout = self.checkout(number);
        match checkout.status {
            Status::Awaiting if checkout.has_run_out => Some("409 checkout_expired"),
            Status::Awaiting => None,
            Status::Confirmed => Some("409 already_paid"),
            Status::Expired => Some("409 checkout_expired"),
            Status::Cancelled => Some("409 invalid_transition"),
        }
    }

    fn pay(&mut self, number: usize, declined: bool) -> String {
        let checkout = self.checkout(number);
        let payment = checkout.known;
        if checkout.in_cash {
            return "409 invalid_transition".to_owned();
        }
        if checkout.payments[payment] == Payment::Declined {
            return self.refusal(number).unwrap_or("409 invalid_transition").to_owned();
        }
        let checkout = self.checkout(number);
        if checkout.payments[payment] == Payment::Captured {
            return "409 already_paid".to_owned();
        }
        if let Some(refusal) = self.refusal(number) {
            return refusal.to_owned();
        }
        let checkout = self.checkout(number);
        if declined {
            checkout.payments[payment] = Payment::Declined;
            return "200 failed".to_owned();
        }
        checkout.payments[payment] = Payment::Captured;
        checkout.status = Status::Confirmed;
        format!("200 captured {}", checkout.total())
    }

    fn pay_again(&mut self, number: usize) -> String {
        if let Some(refusal) = self.refusal(number) {
            return refusal.to_owned();
        }
        let checkout = self.checkout(number);
        if checkout.payments.last() != Some(&Payment::Open) {
            checkout.payments.push(Payment::Open);
        }
        let is_new = checkout.payments.len() - 1 != checkout.known;
        format!("200 {}", if is_new { "another" } else { "the same" })
    }

    fn cancel_order(&mut self, number: usize, seller: usize) -> String {
        let checkout = self.checkout(number);
        if checkout.cancelled.contains(&seller) {
            return "409 invalid_transition".to_owned();
        }
        if checkout.status == Status::Awaiting && checkout.has_run_out {
            return "409 checkout_expired".to_owned();
        }
        checkout.cancelled.push(seller);
        let rest = checkout.total();
        if checkout.status == Status::Awaiting && rest == 0 {
            checkout.status = Status::Cancelled;
            checkout.cancel_payment();
            self.give_back_coupons(number);
        }
        self.give_back(number, &[seller]);
        "200".to_owned()
    }

    /// Ends an unpaid checkout: what is left of it goes back, and its coupons can be used again.
    fn end(&mut self, number: usize, status: Status) {
        let checkout = self.checkout(number);
        checkout.status = status;
        checkout.cancel_payment();
        let open: Vec<usize> =
            checkout.sellers().filter(|seller| !checkout.cancelled.contains(seller)).collect();
        checkout.cancelled.extend(&open);
        self.give_back(number, &open);
        self.give_back_coupons(number);
    }

    fn give_back_coupons(&mut self, number: usize) {
        let Checkout { buyer, coupons, .. } = self.checkout(number).clone();
        for coupon in coupons {
            let use_of_it = self.used[coupon].iter().position(|user| *user == buyer);
            self.used[coupon].remove(use_of_it.expect("what is given back was used"));
        }
    }

    fn give_back(&mut self, number: usize, sellers: &[usize]) {
        let lines = self.checkout(number).lines.clone();
        for (variant, units) in
            lines.into_iter().filter(|(variant, _)| sellers.contains(&seller_of(*variant)))
        {
            self.stock[variant] += units;
        }
    }

    /// Whether a checkout was made by this act, by whom, and from which sellers.
    pub(super) fn made(&self, number: usize) -> Option<(usize, Vec<usize>)> {
        self.checkouts.get(&number).map(|checkout| (checkout.buyer, checkout.sellers().collect()))
    }

    /// Everything that can be seen from outside, in words; of the coupons those that the story is about.
    pub(super) fn picture(&self, coupons: &[usize]) -> String {
        let carts: Vec<String> = self
            .carts
            .iter()
            .enumerate()
            .map(|(buyer, cart)| cart.picture(&self.presented(buyer, buyer != GUEST)))
            .collect();
        let checkouts: Vec<String> = self
            .checkouts
            .iter()
            .map(|(number, checkout)| format!("{number}: {}", checkout.picture()))
            .collect();
        let used: Vec<usize> = coupons.iter().map(|coupon| self.used[*coupon].len()).collect();
        let mut money = [0; SHIPPING.len()];
        for checkout in self.checkouts.values() {
            checkout.paid().for_each(|order| money[order.seller] += order.share);
        }
        let stock = &self.stock;
        format!(
            "stock {stock:?}, carts {carts:?}, checkouts {checkouts:?}, coupons {used:?}, money {money:?}"
        )
    }
}

impl Cart {
    /// What is in it, and what it comes to with those of its coupons that can be used.
    fn picture(&self, presented: &[(usize, Used)]) -> String {
        let problems = prices::problems(&self.lines, presented);
        let good = presented.iter().zip(problems).filter(|(_, problem)| problem.is_none());
        let good: Vec<usize> = good.map(|((coupon, _), _)| *coupon).collect();
        let total: i64 = prices::orders(&self.lines, &good).iter().map(|order| order.total).sum();
        cart_words(&self.lines, &self.coupons, total)
    }
}

/// A cart in words.
pub(super) fn cart_words(lines: &[Units], coupons: &[usize], total: i64) -> String {
    let lines: BTreeMap<usize, i64> = lines.iter().copied().collect();
    format!("{lines:?} {coupons:?} ={total}")
}
