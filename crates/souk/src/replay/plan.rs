//! What is to happen: purchases made of the data's orders, and how far each is to go.

use std::collections::{BTreeMap, HashMap};

use super::dataset::{Customer, Offer, Order, Unit};

/// How far an order is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Goal {
    /// The buyer cancels before paying.
    CancelledUnpaid,
    /// The seller rejects it after payment: `unavailable` in the data.
    Rejected,
    /// The buyer cancels after payment.
    Cancelled,
    /// Stays unpaid.
    AwaitingPayment,
    /// `processing` in the data.
    Accepted,
    /// `invoiced` in the data.
    Packed,
    /// On its way.
    Shipped,
    /// Arrived.
    Delivered,
}

impl Goal {
    /// What the data's status asks for. An order that was cancelled on its way was shipped: nobody can
    /// cancel that here, so it is cancelled before.
    pub(super) fn of(status: &str, was_paid: bool) -> Self {
        match status {
            "delivered" => Self::Delivered,
            "shipped" => Self::Shipped,
            "invoiced" => Self::Packed,
            "processing" | "approved" => Self::Accepted,
            "unavailable" => Self::Rejected,
            "canceled" if was_paid => Self::Cancelled,
            "canceled" => Self::CancelledUnpaid,
            _ => Self::AwaitingPayment,
        }
    }

    /// The status that the order ends with here.
    pub(super) const fn status(self) -> &'static str {
        match self {
            Self::CancelledUnpaid | Self::Rejected | Self::Cancelled => "cancelled",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Accepted => "accepted",
            Self::Packed => "packed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
        }
    }

    /// Whether the money comes in at all.
    pub(super) const fn is_paid(self) -> bool {
        !matches!(self, Self::CancelledUnpaid | Self::AwaitingPayment)
    }
}

/// One cart that is bought.
#[derive(Debug)]
pub(super) struct Purchase {
    /// The data's order, or the first of those that were merged.
    pub(super) key: String,
    pub(super) customer: Customer,
    pub(super) is_cash: bool,
    /// Offer → units.
    pub(super) lines: BTreeMap<usize, i64>,
    /// Seller → what shipping costs, in cents.
    pub(super) freight: BTreeMap<String, i64>,
    /// Seller → how far the order at that seller goes.
    pub(super) goals: BTreeMap<String, Goal>,
    /// Whether anything of it is paid.
    pub(super) is_paid: bool,
}

/// Every offer with the units it takes to serve all orders, and the purchases in the data's order.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) offers: Vec<(Offer, i64)>,
    pub(super) purchases: Vec<Purchase>,
}

impl Plan {
    /// Joins each `merge` consecutive orders into one purchase by the first one's customer.
    pub(super) fn of(orders: &[Order], merge: usize) -> Self {
        let mut places: HashMap<Offer, usize> = HashMap::new();
        let mut offers: Vec<(Offer, i64)> = Vec::new();
        let mut purchases = Vec::new();
        for group in orders.chunks(merge.max(1)) {
            purchases.push(purchase(group, |offer| {
                let place = *places.entry(offer.clone()).or_insert_with(|| {
                    offers.push((offer.clone(), 0));
                    offers.len() - 1
                });
                offers[place].1 += 1;
                place
            }));
        }
        Self { offers, purchases }
    }
}

fn purchase(orders: &[Order], mut place: impl FnMut(&Offer) -> usize) -> Purchase {
    // A chunk of a slice is never empty.
    let first = &orders[0];
    // A merged cart is paid as a whole: one order that was never paid does not hold up the others.
    let is_paid = orders.iter().any(|order| Goal::of(&order.status, order.was_paid).is_paid());
    let mut lines = BTreeMap::new();
    let mut goals: BTreeMap<String, Goal> = BTreeMap::new();
    let mut freight: BTreeMap<String, i64> = BTreeMap::new();
    for order in orders {
        let own = Goal::of(&order.status, order.was_paid);
        let goal = match own {
            Goal::AwaitingPayment if is_paid => Goal::Accepted,
            Goal::CancelledUnpaid if is_paid => Goal::Cancelled,
            goal => goal,
        };
        for Unit { offer, freight_cents } in &order.units {
            *lines.entry(place(offer)).or_insert(0) += 1;
            *freight.entry(offer.seller.clone()).or_insert(0) += freight_cents;
            // Where one seller's order is made of several, it goes as far as the furthest.
            let known = goals.entry(offer.seller.clone()).or_insert(goal);
            *known = (*known).max(goal);
        }
    }
    Purchase {
        key: first.id.clone(),
        customer: first.customer.clone(),
        is_cash: is_paid && first.is_cash,
        lines,
        freight,
        goals,
        is_paid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(id: &str, status: &str, was_paid: bool, seller: &str, cents: i64) -> Order {
        let customer = Customer { id: id.into(), zip: "1".into(), city: "c".into(), state: "SP".into() };
        let offer = Offer { product: "p".into(), seller: seller.into(), cents };
        let unit = Unit { offer, freight_cents: 7 };
        Order {
            id: id.into(),
            customer,
            status: status.into(),
            was_paid,
            is_cash: false,
            units: vec![unit.clone(), unit],
        }
    }

    #[test]
    fn merged_orders_are_one_purchase_with_a_goal_for_each_seller() {
        let orders = [
            order("a", "delivered", true, "s1", 100),
            order("b", "canceled", false, "s2", 200),
            order("c", "shipped", true, "s1", 100),
        ];
        let plan = Plan::of(&orders, 3);
        let [purchase] = plan.purchases.as_slice() else { panic!("one purchase") };
        assert_eq!(purchase.goals["s1"], Goal::Delivered);
        assert_eq!(purchase.goals["s2"], Goal::Cancelled);
        assert_eq!((purchase.freight["s1"], purchase.freight["s2"]), (28, 14));
        assert_eq!(plan.offers.iter().map(|(_, units)| *units).collect::<Vec<_>>(), [4, 2]);
        assert_eq!(Plan::of(&orders, 1).purchases.len(), 3);
    }
}
