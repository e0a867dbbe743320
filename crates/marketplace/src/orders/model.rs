//! The states of an order and the pure rules of its moves: who may do what from which state.

use super::InvalidTransition;
use crate::actor::Actor;
use crate::settings::Fulfilment;
use crate::states::states;

states! {
    /// How far an order is.
    pub enum OrderStatus {
        /// Its checkout is not paid.
        AwaitingPayment = "awaiting_payment",
        /// The seller has it before them.
        Pending = "pending",
        /// The seller will fulfil it.
        Accepted = "accepted",
        /// Its items are packed; some may be on their way.
        Packed = "packed",
        /// Every item is in a shipment.
        Shipped = "shipped",
        /// Every shipment has arrived.
        Delivered = "delivered",
        /// Every item has come back and been refunded.
        Returned = "returned",
        /// It will not be fulfilled.
        Cancelled = "cancelled",
    }
}

states! {
    /// In which role somebody moves an order.
    pub enum Party {
        /// Whoever bought.
        Buyer = "buyer",
        /// A member of the vendor.
        Vendor = "vendor",
        /// An operator of the marketplace.
        Admin = "admin",
        /// The marketplace itself.
        System = "system",
    }
}

impl From<Actor> for Party {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::Buyer(_) => Self::Buyer,
            Actor::Vendor(_) => Self::Vendor,
            Actor::Admin(_) => Self::Admin,
            Actor::System => Self::System,
        }
    }
}

/// What can be done with an order as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It is paid, or to be paid on delivery: the seller sees it.
    Start,
    /// The seller will fulfil it.
    Accept,
    /// The seller has packed it.
    Pack,
    /// The last of its items left the seller; a part that leaves earlier does not change the state.
    Ship,
    /// All of it has arrived.
    Deliver,
    /// It will not be fulfilled: the buyer or an admin cancels, the seller rejects, time runs out.
    Cancel,
    /// The last of its items came back and was refunded.
    TakeBack,
}

impl Move {
    /// Every move.
    pub const ALL: &[Self] =
        &[Self::Start, Self::Accept, Self::Pack, Self::Ship, Self::Deliver, Self::Cancel, Self::TakeBack];

    /// The word of the API for this move when `party` makes it.
    pub const fn word(self, party: Party) -> &'static str {
        match (self, party) {
            (Self::Start, _) => "pay",
            (Self::Accept, _) => "accept",
            (Self::Pack, _) => "pack",
            (Self::Ship, _) => "ship",
            (Self::Deliver, Party::Buyer) => "confirm-delivery",
            (Self::Deliver, _) => "deliver",
            (Self::Cancel, Party::Vendor) => "reject",
            (Self::Cancel, Party::System) => "expire",
            (Self::Cancel, _) => "cancel",
            (Self::TakeBack, _) => "return",
        }
    }
}

/// One row of the table of `domain.md`: from any of these states, this party, by this move, to that state.
struct Rule {
    of: Move,
    by: Party,
    /// Only when the order is fulfilled this way.
    only: Option<Fulfilment>,
    from: &'static [OrderStatus],
    to: OrderStatus,
}

const fn rule(of: Move, by: Party, from: &'static [OrderStatus], to: OrderStatus) -> Rule {
    Rule { of, by, only: None, from, to }
}

impl Rule {
    const fn only(self, fulfilment: Fulfilment) -> Self {
        Self { only: Some(fulfilment), ..self }
    }
}

const RULES: &[Rule] = {
    use Fulfilment::{Direct, Hub};
    use Move::{Accept, Cancel, Deliver, Pack, Ship, Start, TakeBack};
    use OrderStatus::{Accepted, AwaitingPayment, Cancelled, Delivered, Packed, Pending, Returned, Shipped};
    use Party::{Admin, Buyer, System, Vendor};
    &[
        rule(Start, System, &[AwaitingPayment], Pending),
        rule(Accept, Vendor, &[Pending], Accepted),
        rule(Pack, Vendor, &[Accepted], Packed),
        rule(Ship, Vendor, &[Packed], Shipped),
        rule(Deliver, Vendor, &[Shipped], Delivered).only(Direct),
        rule(Deliver, Buyer, &[Shipped], Delivered).only(Direct),
        rule(Deliver, Admin, &[Shipped], Delivered).only(Hub),
        rule(Cancel, Buyer, &[AwaitingPayment, Pending, Accepted], Cancelled),
        rule(Cancel, Vendor, &[Pending, Accepted], Cancelled),
        rule(Cancel, Admin, &[AwaitingPayment, Pending, Accepted, Packed], Cancelled),
        rule(Cancel, System, &[AwaitingPayment], Cancelled),
        rule(TakeBack, System, &[Delivered], Returned),
    ]
};

/// The part of an order that decides what may happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// How far it is.
    pub status: OrderStatus,
    /// Who brings it to the buyer.
    pub fulfilment: Fulfilment,
    /// Whether a parcel of it has left the seller: what is on its way can't be cancelled.
    pub partly_shipped: bool,
}

impl Situation {
    fn allows(self, rule: &Rule) -> bool {
        rule.from.contains(&self.status)
            && rule.only.is_none_or(|fulfilment| fulfilment == self.fulfilment)
            && !(rule.of == Move::Cancel && self.partly_shipped)
    }

    /// The state after `party` makes `wanted`, or why that can't be.
    pub fn decide(self, wanted: Move, party: Party) -> Result<OrderStatus, InvalidTransition> {
        let fits = |rule: &&Rule| rule.of == wanted && rule.by == party && self.allows(rule);
        match RULES.iter().find(fits) {
            Some(rule) => Ok(rule.to),
            None => Err(self.refuse(wanted.word(party))),
        }
    }

    /// Everything that may happen now, as `accept (vendor)`.
    pub fn allowed(self) -> Vec<String> {
        let fits = RULES.iter().filter(|rule| self.allows(rule));
        fits.map(|rule| match rule.of {
            // The marketplace ends what the buyer begins by asking to return items.
            Move::TakeBack => "return (buyer)".to_owned(),
            of => format!("{} ({})", of.word(rule.by), rule.by),
        })
        .collect()
    }

    /// The refusal of `attempted` in this situation.
    pub fn refuse(self, attempted: &'static str) -> InvalidTransition {
        let state = self.status.as_str();
        InvalidTransition { thing: "order", state, attempted, allowed: self.allowed() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(status: OrderStatus, fulfilment: Fulfilment, partly_shipped: bool) -> Vec<String> {
        Situation { status, fulfilment, partly_shipped }.allowed()
    }

    /// The table of `domain.md`, row by row.
    #[test]
    fn who_may_do_what_from_which_state() {
        use Fulfilment::{Direct, Hub};
        use OrderStatus::{
            Accepted, AwaitingPayment, Cancelled, Delivered, Packed, Pending, Returned, Shipped,
        };
        for fulfilment in [Direct, Hub] {
            let of = |status| allowed(status, fulfilment, false);
            let unpaid = ["pay (system)", "cancel (buyer)", "cancel (admin)", "expire (system)"];
            assert_eq!(of(AwaitingPayment), unpaid);
            let pending = ["accept (vendor)", "cancel (buyer)", "reject (vendor)", "cancel (admin)"];
            assert_eq!(of(Pending), pending);
            let accepted = ["pack (vendor)", "cancel (buyer)", "reject (vendor)", "cancel (admin)"];
            assert_eq!(of(Accepted), accepted);
            assert_eq!(of(Packed), ["ship (vendor)", "cancel (admin)"]);
            assert_eq!(allowed(Packed, fulfilment, true), ["ship (vendor)"]);
            assert_eq!(of(Delivered), ["return (buyer)"]);
            assert_eq!(of(Returned), [""; 0]);
            assert_eq!(of(Cancelled), [""; 0]);
        }
        assert_eq!(allowed(Shipped, Direct, true), ["deliver (vendor)", "confirm-delivery (buyer)"]);
        assert_eq!(allowed(Shipped, Hub, true), ["deliver (admin)"]);
    }

    #[test]
    fn a_refusal_names_the_state_and_what_it_allows() {
        let situation =
            Situation { status: OrderStatus::Packed, fulfilment: Fulfilment::Hub, partly_shipped: false };
        let refusal = situation.decide(Move::Accept, Party::Vendor).unwrap_err().to_string();
        let expected = "`accept` is not allowed for this order: it is `packed`, which allows ship (vendor), cancel (admin)";
        assert_eq!(refusal, expected);
    }
}
