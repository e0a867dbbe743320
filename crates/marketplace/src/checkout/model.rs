//! What a checkout is, and the pure decisions about it: what may be bought, what follows from what.

use std::collections::HashMap;

use types::{
    CheckoutId, Email, FieldError, FieldErrors, Money, ShippingMethodId, Timestamp, UserId, VariantId,
    VendorId,
};

use super::{CheckoutError, LineProblem, ShippingChoice};
use crate::Shopper;
use crate::cart::{Cart, Line, Problem};
use crate::payments;
use crate::pricing::{Delivery, Quote, Totals};
use crate::shipping::Method;
use crate::states::states;

states! {
    /// How far a purchase is as a whole.
    pub enum CheckoutStatus {
        /// Its stock is taken; the money is to come before it expires.
        AwaitingPayment = "awaiting_payment",
        /// Paid, or to be paid on delivery: each order goes its own way.
        Confirmed = "confirmed",
        /// Not paid in time.
        Expired = "expired",
        /// Given up before it was paid.
        Cancelled = "cancelled",
    }
}

impl CheckoutStatus {
    /// The first state of a checkout that is paid by `method`: it waits where money is to come before the
    /// sellers begin.
    pub(super) fn first(method: payments::Method, due: Money) -> Self {
        if method.is_prepaid() && due > Money::ZERO { Self::AwaitingPayment } else { Self::Confirmed }
    }
}

/// What can happen to a checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Its money came in, or will on delivery.
    Confirm,
    /// The buyer gives it up.
    Cancel,
    /// Its time has run out.
    Expire,
}

impl Move {
    /// Every move.
    pub const ALL: &[Self] = &[Self::Confirm, Self::Cancel, Self::Expire];
}

/// The part of a checkout that decides what may happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// How far it is.
    pub status: CheckoutStatus,
    /// When it expires, unless it is paid before.
    pub expires_at: Timestamp,
}

impl Situation {
    /// The state after `wanted` at `now`, or why that can't be.
    ///
    /// Time alone decides between paying and expiring: from `expires_at` on an unpaid checkout can only
    /// expire, before that it can't, whichever of the two asks first.
    pub fn decide(self, wanted: Move, now: Timestamp) -> Result<CheckoutStatus, CheckoutError> {
        use CheckoutStatus::{AwaitingPayment, Cancelled, Confirmed, Expired};
        let is_over = now >= self.expires_at;
        match (self.status, wanted) {
            (AwaitingPayment, Move::Confirm | Move::Cancel) if is_over => Err(CheckoutError::Expired),
            (AwaitingPayment, Move::Confirm) => Ok(Confirmed),
            (AwaitingPayment, Move::Cancel) => Ok(Cancelled),
            (AwaitingPayment, Move::Expire) if is_over => Ok(Expired),
            (AwaitingPayment, Move::Expire) => Err(CheckoutError::NotDue),
            (Confirmed, _) => Err(CheckoutError::AlreadyPaid),
            (Expired, _) => Err(CheckoutError::Expired),
            (Cancelled, _) => Err(CheckoutError::Cancelled),
        }
    }
}

/// Who buys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Buyer {
    /// Somebody with an account.
    User {
        /// The account.
        id: UserId,
        /// The e-mail address at this moment, as [`Email::person_key`] gives it.
        person: String,
    },
    /// Somebody without an account.
    Guest {
        /// The SHA-256 of their cart token, by which they see the purchase again.
        token: [u8; 32],
        /// Where mails about it go.
        email: Email,
    },
}

impl Buyer {
    /// By what the buyer's limits are counted: see [`crate::limits`].
    pub(super) fn limit_key(&self) -> String {
        match self {
            Self::User { person, .. } => person.clone(),
            Self::Guest { email, .. } => email.person_key(),
        }
    }

    /// Whose cart is bought.
    pub const fn shopper(&self) -> Shopper {
        match self {
            Self::User { id, .. } => Shopper::User(*id),
            Self::Guest { token, .. } => Shopper::Guest(*token),
        }
    }
}

/// One purchase, without its orders and payments.
#[derive(Debug, Clone)]
pub struct Checkout {
    /// Identifier.
    pub id: CheckoutId,
    /// Who bought; absent for a guest.
    pub user: Option<UserId>,
    /// Where mails to a guest go.
    pub guest_email: Option<Email>,
    /// The SHA-256 of a guest's cart token.
    pub guest_token_hash: Option<[u8; 32]>,
    /// How far it is.
    pub status: CheckoutStatus,
    /// How it is to be paid.
    pub payment_method: payments::Method,
    /// What its orders come to, without those that were cancelled one by one before it was paid.
    pub totals: Totals,
    /// Where it goes: JSON, as it was at that moment.
    pub address: String,
    /// What the buyer said.
    pub note: Option<String>,
    /// When it expires, unless it is paid before.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

impl db::FromRow for Checkout {
    fn from_row(row: &db::Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let checkout = Self {
            id: columns.read()?,
            user: columns.read()?,
            guest_email: columns.read()?,
            guest_token_hash: columns.read()?,
            status: columns.read()?,
            payment_method: columns.read()?,
            totals: Totals {
                items: columns.read()?,
                discount: columns.read()?,
                shipping: columns.read()?,
                tax: columns.read()?,
            },
            address: columns.read()?,
            note: columns.read()?,
            expires_at: columns.read()?,
            created_at: columns.read()?,
        };
        columns.finish()?;
        Ok(checkout)
    }
}

impl Checkout {
    /// What decides what may happen to it.
    pub const fn situation(&self) -> Situation {
        Situation { status: self.status, expires_at: self.expires_at }
    }

    /// Its totals and state without `part`, an order that is cancelled while the checkout is unpaid;
    /// `is_last` when no other order is left. The checkout ends with its last order; where nothing is to be
    /// paid for those that are left, it waits no longer.
    pub(super) fn without(
        &self,
        part: Totals,
        is_last: bool,
        now: Timestamp,
    ) -> Result<(Totals, CheckoutStatus), CheckoutError> {
        let ended = self.situation().decide(Move::Cancel, now)?;
        let rest = self.totals - part;
        let status = if is_last { ended } else { CheckoutStatus::first(self.payment_method, rest.grand()) };
        Ok((rest, status))
    }

    /// Whether `shopper` bought it. Who bought as a guest still has, after the purchase was claimed.
    pub fn is_of(&self, shopper: &Shopper) -> bool {
        match shopper {
            Shopper::User(user) => self.user == Some(*user),
            Shopper::Guest(token) => self.guest_token_hash.as_ref() == Some(token),
        }
    }
}

/// What a locked cart comes to, if all of it can be bought for what the buyer expects to pay. `limits` are
/// what the buyer's limits have against its lines.
pub(super) fn price(
    cart: &Cart,
    quote: &Quote,
    mut limits: HashMap<VariantId, Problem>,
    expected: Option<Money>,
) -> Result<Totals, CheckoutError> {
    if cart.lines.is_empty() {
        return Err(CheckoutError::CartEmpty);
    }
    let problem = |line: &Line| {
        let variant = line.offer.variant;
        let undeliverable = quote
            .order_of(line.offer.vendor.id)
            .is_some_and(|order| order.delivery == Delivery::Impossible)
            .then_some(Problem::NotDeliverable);
        // What can't be had at all is told before what can't be had now.
        let problem = match line.problem() {
            Some(Problem::InsufficientStock { available }) => {
                limits.remove(&variant).or(Some(Problem::InsufficientStock { available }))
            }
            problem => problem.or_else(|| limits.remove(&variant)),
        };
        Some((variant, problem.or(undeliverable)?))
    };
    refuse(cart, &cart.lines.iter().filter_map(problem).collect())?;
    let refused: Vec<_> = quote
        .coupons
        .iter()
        .enumerate()
        .filter_map(|(place, coupon)| Some((place, coupon.problem?)))
        .collect();
    if !refused.is_empty() {
        return Err(CheckoutError::Coupons(refused));
    }
    let totals = quote.totals();
    match expected {
        Some(expected) if expected != totals.grand() => {
            Err(CheckoutError::TotalChanged { expected, actual: totals.grand() })
        }
        _ => Ok(totals),
    }
}

/// The ways of shipping that were chosen, by seller, if each is one of a seller in the cart.
pub(super) fn choices(
    cart: &Cart,
    chosen: &[ShippingChoice],
    methods: &HashMap<VendorId, Vec<Method>>,
) -> Result<HashMap<VendorId, ShippingMethodId>, FieldErrors> {
    let (mut choices, mut errors) = (HashMap::new(), FieldErrors::default());
    for (index, ShippingChoice { vendor, option }) in chosen.iter().enumerate() {
        let mut refuse = |field, code, detail| {
            errors.push(FieldError::new(format!("/shipping/{index}/{field}"), code, detail));
        };
        let known = methods.get(vendor).is_some_and(|own| own.iter().any(|method| method.id == *option));
        if !cart.lines.iter().any(|line| line.offer.vendor.id == *vendor) {
            refuse("vendor_id", "not_found", "nothing in the cart is from this seller");
        } else if !known {
            refuse("option_id", "not_found", "the seller has no such way of shipping");
        } else if choices.insert(*vendor, *option).is_some() {
            refuse("vendor_id", "duplicate", "this seller is named twice");
        }
    }
    errors.into_result()?;
    Ok(choices)
}

/// Refuses when any variant of the cart has a problem: all of them at once, each by its place in the cart.
pub(super) fn refuse(cart: &Cart, problems: &HashMap<VariantId, Problem>) -> Result<(), CheckoutError> {
    if problems.is_empty() {
        return Ok(());
    }
    let mut named = Vec::with_capacity(problems.len());
    for (group, part) in cart.groups().iter().enumerate() {
        for (item, line) in part.lines.iter().enumerate() {
            if let Some(&problem) = problems.get(&line.offer.variant) {
                named.push(LineProblem { place: (group, item), variant: line.offer.variant, problem });
            }
        }
    }
    Err(CheckoutError::Lines(named))
}
