//! A purchase in the model.

use super::prices::{Order, Units};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payment {
    Open,
    Declined,
    Captured,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Awaiting,
    Confirmed,
    Expired,
    Cancelled,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checkout {
    pub(super) buyer: usize,
    pub(super) in_cash: bool,
    pub(super) status: Status,
    pub(super) has_run_out: bool,
    /// What was bought.
    pub(super) lines: Vec<Units>,
    pub(super) orders: Vec<Order>,
    /// The coupons that were used.
    pub(super) coupons: Vec<usize>,
    /// Sellers whose order was cancelled.
    pub(super) cancelled: Vec<usize>,
    pub(super) payments: Vec<Payment>,
    /// The payment that the buyer knows of when a step begins.
    pub(super) known: usize,
}

impl Checkout {
    /// The sellers, each once.
    pub(super) fn sellers(&self) -> impl Iterator<Item = usize> + use<'_> {
        self.orders.iter().map(|order| order.seller)
    }

    /// What was not cancelled.
    pub(super) fn open_orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.iter().filter(|order| !self.cancelled.contains(&order.seller))
    }

    /// What is bought and not cancelled.
    pub(super) fn total(&self) -> i64 {
        self.open_orders().map(|order| order.total).sum()
    }

    /// What its sellers have the money for.
    pub(super) fn paid(&self) -> impl Iterator<Item = &Order> {
        let is_paid = self.payments.contains(&Payment::Captured);
        self.open_orders().filter(move |_| is_paid)
    }

    pub(super) fn cancel_payment(&mut self) {
        if let Some(last) = self.payments.last_mut().filter(|last| **last == Payment::Open) {
            *last = Payment::Cancelled;
        }
    }

    pub(super) fn picture(&self) -> String {
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
