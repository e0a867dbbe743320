//! What an order is, and the pure rules of its states: who may do what from which state.

use types::{
    CheckoutId, ItemId, Money, OrderId, ProductId, Quantity, Timestamp, UserId, VariantId, VendorId,
};

use super::InvalidTransition;
use crate::actor::Actor;
use crate::fulfilment::Shipment;
use crate::returns::Return;
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

/// The vendor of an order, as shown with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorName {
    /// Identifier.
    pub id: VendorId,
    /// Its place in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// An order without its items, shipments, returns and timeline.
#[derive(Debug, Clone)]
pub struct OrderHead {
    /// Identifier.
    pub id: OrderId,
    /// The purchase it belongs to.
    pub checkout: CheckoutId,
    /// Who sells.
    pub vendor: VendorName,
    /// Who bought; absent for a guest.
    pub user: Option<UserId>,
    /// The buyer's first name, when they have an account.
    pub first_name: Option<String>,
    /// What people call it by.
    pub number: String,
    /// How far it is.
    pub status: OrderStatus,
    /// Who brings it to the buyer.
    pub fulfilment: Fulfilment,
    /// The items at list prices.
    pub items_total: Money,
    /// Offers and coupons.
    pub discount_total: Money,
    /// Shipping.
    pub shipping_total: Money,
    /// Tax.
    pub tax_total: Money,
    /// What the buyer pays for it.
    pub total: Money,
    /// The marketplace's share of `total`, fixed when it was bought.
    pub commission: Money,
    /// What was given back so far.
    pub refunded_total: Money,
    /// Where it goes: JSON, as it was when it was bought.
    pub address: String,
    /// When the seller first saw it.
    pub started_at: Option<Timestamp>,
    /// When its money came in.
    pub captured_at: Option<Timestamp>,
    /// When all of it had arrived.
    pub delivered_at: Option<Timestamp>,
    /// When the seller's money became available.
    pub released_at: Option<Timestamp>,
    /// When it was bought.
    pub created_at: Timestamp,
}

impl db::FromRow for OrderHead {
    fn from_row(row: &db::Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let head = Self {
            id: columns.read()?,
            checkout: columns.read()?,
            vendor: VendorName { id: columns.read()?, slug: columns.read()?, name: columns.read()? },
            user: columns.read()?,
            first_name: columns.read()?,
            number: columns.read()?,
            status: columns.read()?,
            fulfilment: columns.read()?,
            items_total: columns.read()?,
            discount_total: columns.read()?,
            shipping_total: columns.read()?,
            tax_total: columns.read()?,
            total: columns.read()?,
            commission: columns.read()?,
            refunded_total: columns.read()?,
            address: columns.read()?,
            started_at: columns.read()?,
            captured_at: columns.read()?,
            delivered_at: columns.read()?,
            released_at: columns.read()?,
            created_at: columns.read()?,
        };
        columns.finish()?;
        Ok(head)
    }
}

impl OrderHead {
    /// The goods after offers and coupons.
    pub fn subtotal(&self) -> Money {
        self.items_total - self.discount_total
    }

    /// How its money is shared out.
    pub const fn shares(&self) -> Shares {
        Shares {
            vendor: self.vendor.id,
            total: self.total,
            commission: self.commission,
            refunded_total: self.refunded_total,
            released_at: self.released_at,
        }
    }
}

/// How an order's money is shared between the seller and the marketplace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Who sells.
    pub vendor: VendorId,
    /// What the buyer pays for it.
    pub total: Money,
    /// The marketplace's share of `total`.
    pub commission: Money,
    /// What was given back of `total`.
    pub refunded_total: Money,
    /// When the seller's share became available.
    pub released_at: Option<Timestamp>,
}

db::from_row!(Shares { vendor, total, commission, refunded_total, released_at });

impl Shares {
    /// What was not given back.
    pub fn unrefunded(&self) -> Money {
        self.total - self.refunded_total
    }

    /// The marketplace's share of what was not given back.
    pub fn commission_kept(&self) -> Money {
        self.commission - commission_share(self.commission, self.total, self.refunded_total)
    }

    /// What the seller gets of what was not given back.
    pub fn payout_amount(&self) -> Money {
        self.unrefunded() - self.commission_kept()
    }

    /// The commission in the last `amount` that was given back.
    pub fn commission_refunded(&self, amount: Money) -> Money {
        let share = |part| commission_share(self.commission, self.total, part);
        share(self.refunded_total) - share(self.refunded_total - amount)
    }
}

/// The commission on the first `part` of an order's `total`.
///
/// Refunds one after the other each reverse the difference of two such shares: whatever the parts,
/// giving back the whole total gives back the whole commission.
pub fn commission_share(commission: Money, total: Money, part: Money) -> Money {
    commission.fraction(part.minor(), total.minor())
}

/// A line of an order, as it was when it was bought.
#[derive(Debug, Clone)]
pub struct Item {
    /// Identifier.
    pub id: ItemId,
    /// Whose it is.
    pub order: OrderId,
    /// The product.
    pub product: ProductId,
    /// The variant.
    pub variant: VariantId,
    /// The product's title.
    pub title: String,
    /// The variant's title.
    pub variant_title: String,
    /// The seller's number.
    pub sku: Option<String>,
    /// Its picture.
    pub image: Option<String>,
    /// Units.
    pub quantity: Quantity,
    /// List price of a unit.
    pub unit_price: Money,
    /// Price of a unit after offers.
    pub final_unit_price: Money,
    /// Price of all units after offers.
    pub line_total: Money,
    /// Units in shipments.
    pub quantity_shipped: i64,
    /// Units in returns that were not rejected.
    pub quantity_claimed: i64,
    /// Units that came back.
    pub quantity_returned: i64,
}

db::from_row!(Item {
    id,
    order,
    product,
    variant,
    title,
    variant_title,
    sku,
    image,
    quantity,
    unit_price,
    final_unit_price,
    line_total,
    quantity_shipped,
    quantity_claimed,
    quantity_returned,
});

/// An entry of an order's timeline.
#[derive(Debug, Clone)]
pub struct TimelineEntry {
    /// Whose it is.
    pub order: OrderId,
    /// When.
    pub at: Timestamp,
    /// In which role it was moved.
    pub party: Party,
    /// The state before; absent for the first.
    pub from: Option<OrderStatus>,
    /// The state after.
    pub to: OrderStatus,
    /// What was said about it.
    pub note: Option<String>,
}

db::from_row!(TimelineEntry { order, at, party, from, to, note });

/// An order with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct Order {
    /// The order itself.
    pub head: OrderHead,
    /// What was bought.
    pub items: Vec<Item>,
    /// Its parcels.
    pub shipments: Vec<Shipment>,
    /// What the buyer sends back.
    pub returns: Vec<Return>,
    /// How it went, oldest first.
    pub timeline: Vec<TimelineEntry>,
}

impl Order {
    /// What decides what may happen to it.
    pub fn situation(&self) -> Situation {
        Situation {
            status: self.head.status,
            fulfilment: self.head.fulfilment,
            partly_shipped: !self.shipments.is_empty(),
        }
    }
}
