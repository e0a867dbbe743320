//! What a buyer asks for, and what they get.

use types::{AddressId, Money, Prose, ShippingMethodId, VendorId};

use super::{Buyer, Checkout};
use crate::Market;
use crate::accounts::PostalAddress;
use crate::idempotency::{Answer, Key};
use crate::orders::Order;
use crate::payments::{Method, Payment};

/// Where a purchase goes.
#[derive(Debug, Clone)]
pub enum Destination {
    /// An entry of the buyer's address book.
    Kept(AddressId),
    /// An address given with the purchase.
    Inline(Box<PostalAddress>),
}

/// How one seller is to ship.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShippingChoice {
    /// The seller.
    pub vendor: VendorId,
    /// One of the seller's ways of shipping.
    pub option: ShippingMethodId,
}

/// What a buyer says when buying the cart.
#[derive(Debug, Clone)]
pub struct PlaceInput {
    /// Where it goes.
    pub destination: Destination,
    /// How it is to be paid.
    pub method: Method,
    /// The ways in which sellers are to ship; the cheapest of those who are not named.
    pub shipping: Vec<ShippingChoice>,
    /// What it may cost: anything else is refused.
    pub expected_total: Option<Money>,
    /// A word to the sellers.
    pub note: Option<Prose<500>>,
}

/// A purchase to be made.
#[derive(Debug, Clone)]
pub struct Purchase {
    /// Who buys their cart.
    pub buyer: Buyer,
    /// How.
    pub input: PlaceInput,
    /// Under which key its answer is kept.
    pub key: Key,
    /// How its answer is written.
    pub render: Render,
}

/// Writes the answer to a purchase that was made, from what was decided: nothing is read again. The answer
/// is kept with the purchase, so this runs before it is certain, and must have no effect.
pub type Render = fn(&Market, Placed) -> Answer;

/// A purchase that was made, as it is at that moment.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The checkout.
    pub checkout: Checkout,
    /// One order for each vendor.
    pub orders: Vec<Order>,
    /// The attempt to collect the money.
    pub payment: Payment,
}
