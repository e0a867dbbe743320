//! What should happen, one act after the other: the rules of the marketplace without a database, without
//! time and without anything at once.

use std::collections::BTreeMap;

use super::sequence::{Act, BUYERS, VARIANTS};

/// Prices of the variants after offers, in minor units: the last is 999 less 10 %, rounded half up.
const PRICES: [i64; VARIANTS] = [500, 1_250, 899];

/// Who sells a variant.
pub(super) fn seller_of(variant: usize) -> usize {
    usize::from(variant > 0)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Payment {
    Open,
    Declined,
    Captured,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Awaiting,
    Confirmed,
    Expired,
    Cancelled,
}

#[derive(Debug, Clone)]
struct Checkout {
    buyer: usize,
    in_cash: bool,
    status: Status,
    has_run_out: bool,
    /// What was bought, by variant.
    lines: BTreeMap<usize, i64>,
    /// Sellers whose order was cancelled.
    cancelled: Vec<usize>,
    payments: Vec<Payment>,
    /// The payment that the buyer knows of when a step begins.
    known: usize,
}

/// Everything there is. Checkouts are named by the number of the act that made them.
#[derive(Debug, Clone)]
pub(super) struct Model {
    stock: Vec<i64>,
    carts: Vec<BTreeMap<usize, i64>>,
    checkouts: BTreeMap<usize, Checkout>,
}

/// A refusal that concerns variants: each with what there is of it.
pub(super) fn short(variants: &[(usize, i64)]) -> String {
    let each: Vec<String> = variants.iter().map(|(variant, left)| format!(" {variant}:{left}")).collect();
    format!("409 insufficient_stock{}", each.concat())
}

impl Model {
    pub(super) fn new(stocks: &[i64]) -> Self {
        Self { stock: stocks.to_vec(), carts: vec![BTreeMap::new(); BUYERS], checkouts: BTreeMap::new() }
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
                let held = self.carts[buyer].get(&variant).copied().unwrap_or(0);
                self.put(buyer, variant, held + units, "201")
            }
            Act::Buy { buyer, in_cash } => self.buy(buyer, in_cash, number),
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
        if units == 0 {
            self.carts[buyer].remove(&variant);
        } else if units > self.stock[variant] {
            return short(&[(variant, self.stock[variant])]);
        } else {
            self.carts[buyer].insert(variant, units);
        }
        done.to_owned()
    }

    fn buy(&mut self, buyer: usize, in_cash: bool, number: usize) -> String {
        let lines = self.carts[buyer].clone();
        if lines.is_empty() {
            return "409 cart_empty".to_owned();
        }
        let missing: Vec<(usize, i64)> = lines
            .iter()
            .filter(|(variant, units)| **units > self.stock[**variant])
            .map(|(variant, _)| (*variant, self.stock[*variant]))
            .collect();
        if !missing.is_empty() {
            return short(&missing);
        }
        for (variant, units) in &lines {
            self.stock[*variant] -= units;
        }
        self.carts[buyer].clear();
        let checkout = Checkout {
            buyer,
            in_cash,
            status: if in_cash { Status::Confirmed } else { Status::Awaiting },
            has_run_out: false,
            lines,
            cancelled: Vec::new(),
            payments: vec![Payment::Open],
            known: 0,
        };
        let answer = format!("201 {}", checkout.total());
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
        if checkout.in_cash || checkout.payments[payment] == Payment::Declined {
            return "409 invalid_transition".to_owned();
        }
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
        }
        self.give_back(number, &[seller]);
        "200".to_owned()
    }

    /// Ends an unpaid checkout: what is left of it goes back.
    fn end(&mut self, number: usize, status: Status) {
        let checkout = self.checkout(number);
        checkout.status = status;
        checkout.cancel_payment();
        let open: Vec<usize> =
            checkout.sellers().filter(|seller| !checkout.cancelled.contains(seller)).collect();
        checkout.cancelled.extend(&open);
        self.give_back(number, &open);
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

    /// Everything that can be seen from outside, in words.
    pub(super) fn picture(&self) -> String {
        let carts: Vec<String> = self.carts.iter().map(|cart| format!("{cart:?}")).collect();
        let checkouts: Vec<String> = self
            .checkouts
            .iter()
            .map(|(number, checkout)| format!("{number}: {}", checkout.picture()))
            .collect();
        format!("stock {:?}, carts {carts:?}, checkouts {checkouts:?}", self.stock)
    }
}

impl Checkout {
    /// The sellers, each once.
    fn sellers(&self) -> impl Iterator<Item = usize> + use<> {
        let mut sellers: Vec<usize> = self.lines.keys().map(|variant| seller_of(*variant)).collect();
        sellers.dedup();
        sellers.into_iter()
    }

    /// What is bought and not cancelled.
    fn total(&self) -> i64 {
        let is_open = |variant: usize| !self.cancelled.contains(&seller_of(variant));
        self.lines
            .iter()
            .filter(|(variant, _)| is_open(**variant))
            .map(|(variant, units)| PRICES[*variant] * units)
            .sum()
    }

    fn cancel_payment(&mut self) {
        if let Some(last) = self.payments.last_mut().filter(|last| **last == Payment::Open) {
            *last = Payment::Cancelled;
        }
    }

    fn picture(&self) -> String {
        let status = match self.status {
            Status::Awaiting => "awaiting_payment",
            Status::Confirmed => "confirmed",
            Status::Expired => "expired",
            Status::Cancelled => "cancelled",
        };
        let orders: Vec<String> = self
            .sellers()
            .map(|seller| match self.status {
                _ if self.cancelled.contains(&seller) => "cancelled".to_owned(),
                Status::Awaiting => "awaiting_payment".to_owned(),
                _ => "pending".to_owned(),
            })
            .collect();
        format!("{status} {}", orders.join(" "))
    }
}
